"""An OpenAI-compatible server whose answers, delays and faults a test decides."""

import asyncio
import json
import threading

TOKENS_OF_CHAT = 7  # What its chat template adds to a prompt.


class Fault:
    """What goes wrong with a request."""

    def __init__(self, status=200, retry_after=None, drop_after=None, malformed=False,
                 error_event=False, empty=False, delay=0.0, gap=0.0, pieces=None):
        self.status, self.retry_after, self.drop_after = status, retry_after, drop_after
        self.malformed, self.error_event, self.empty = malformed, error_event, empty
        self.delay, self.gap, self.pieces = delay, gap, pieces


class FakeServer:
    """Answers on a thread of its own; `fault(number, body)` is asked for every completion."""

    def __init__(self, fault=lambda number, body: Fault(), models=("toy",), tls=None, token=None,
                 per_word=1):
        self.fault, self.models, self.tls, self.token = fault, models, tls, token
        self.per_word = per_word
        self.bodies, self.paths = [], []
        self.connections = self.open = self.most_open = 0
        self.loop = asyncio.new_event_loop()
        started = threading.Event()

        def run():
            asyncio.set_event_loop(self.loop)
            self.server = self.loop.run_until_complete(
                asyncio.start_server(self.talk, "127.0.0.1", 0, ssl=tls))
            self.port = self.server.sockets[0].getsockname()[1]
            started.set()
            self.loop.run_forever()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        started.wait()

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def stop(self):
        async def end():
            self.server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def talk(self, reader, writer):
        self.connections += 1
        try:
            while await self.answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def answer(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split("\r\n")[0].split()
        headers = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1]
                   for line in head.split("\r\n")[1:] if line}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.paths.append(path)
        if self.token and headers.get("authorization") != "Bearer " + self.token:
            return self.whole(writer, 401, {"error": {"message": "no such token"}})
        if path == "/v1/models":
            return self.whole(writer, 200, {"data": [{"id": name} for name in self.models]})
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await self.complete(writer, json.loads(body))
        finally:
            self.open -= 1

    def whole(self, writer, status, value, headers=""):
        text = json.dumps(value)
        writer.write(f"HTTP/1.1 {status} Some\r\nContent-Type: application/json\r\n{headers}"
                     f"Content-Length: {len(text)}\r\n\r\n{text}".encode())
        return True

    def prompt_tokens(self, body):
        if "messages" in body:
            text = body["messages"][0]["content"]
            return TOKENS_OF_CHAT + self.per_word * len(text.split())
        prompt = body["prompt"]
        return len(prompt) if isinstance(prompt, list) else self.per_word * len(prompt.split())

    async def complete(self, writer, body):
        usage = {"prompt_tokens": self.prompt_tokens(body),
                 "completion_tokens": body["max_tokens"]}
        if not body.get("stream"):
            return self.whole(writer, 200, {"choices": [{"text": "a"}], "usage": usage})
        fault = self.fault(len(self.bodies), body)
        self.bodies.append(body)
        await asyncio.sleep(fault.delay)
        if fault.status != 200:
            wait = f"Retry-After: {fault.retry_after}\r\n" if fault.retry_after is not None else ""
            return self.whole(writer, fault.status, {"error": {"message": "not now"}}, wait)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        for i in range(0 if fault.empty else body["max_tokens"]):
            if fault.drop_after == i:
                return False
            if i > 0:
                await asyncio.sleep(fault.gap)
            event = self.token_event(body, i, i + 1 == body["max_tokens"])
            if fault.malformed and i == 1:
                event = "{no json"
            if fault.error_event and i == 1:
                event = json.dumps({"error": {"message": "the replica is gone"}})
            await self.chunk(writer, f"data: {event}\n\n", fault.pieces)
        await self.chunk(writer, "data: " + json.dumps({"choices": [], "usage": usage}) + "\n\n",
                         fault.pieces)
        await self.chunk(writer, "data: [DONE]\n\n", fault.pieces)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def token_event(self, body, place, is_last):
        finish = "length" if is_last else None
        text = " tök"
        choice = {"index": 0, "finish_reason": finish}
        if "messages" in body:
            choice["delta"] = {"content": text} if place else {"role": "assistant", "content": text}
        else:
            choice["text"] = text
        return json.dumps({"choices": [choice]}, ensure_ascii=False)

    async def chunk(self, writer, text, pieces):
        """An event as a chunk, or cut into chunks of so many bytes."""
        data = text.encode()
        for begin in range(0, len(data), pieces or len(data)):
            part = data[begin:begin + (pieces or len(data))]
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
        await writer.drain()
