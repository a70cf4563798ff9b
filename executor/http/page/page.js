// The page of the front end: looks at /status.json every second, and lets somebody try a prompt.
"use strict";

const kBeat = 1000;  // Milliseconds.
const kShown = 60;   // Beats that a line shows.
const at = (id) => document.getElementById(id);
const lines = { waiting: [], running: [], kv: [], tokens: [] };
let trial = null;  // What ends the answer that is coming.

function headers() {
  const token = sessionStorage.getItem("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function shortNumber(number) {
  return number >= 100 ? number.toFixed(0) : number.toFixed(1);
}

function timeText(seconds) {
  if (!seconds) return "–";
  return seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toFixed(2)} s`;
}

// A line of the last beats, from zero to the largest.
function draw(id, sample, top) {
  const samples = lines[id];
  samples.push(sample);
  if (samples.length > kShown) samples.shift();
  const most = Math.max(top, ...samples) || 1;
  const points = samples.map((y, i) => `${kShown - samples.length + i},${19 - (18 * y) / most}`);
  const svg = at(`${id}-line`);
  svg.setAttribute("viewBox", `0 0 ${kShown - 1} 20`);
  svg.setAttribute("preserveAspectRatio", "none");
  if (!svg.firstChild) {
    svg.append(document.createElementNS("http://www.w3.org/2000/svg", "polyline"));
  }
  svg.firstChild.setAttribute("points", points.join(" "));
}

function showModels(models) {
  const names = models.map((model) => model.name);
  const select = at("model");
  const shown = [...select.options].map((option) => option.value);
  if (names.join("\n") === shown.join("\n")) return;
  select.replaceChildren(...names.map((name) => new Option(name)));
}

function showFigures(model) {
  const share = model.blocks ? model.blocks_held / model.blocks : 0;
  at("waiting").textContent = model.waiting;
  at("running").textContent = model.running;
  at("kv").textContent = `${(100 * share).toFixed(0)} %`;
  at("tokens").textContent = shortNumber(model.tokens_per_s);
  draw("waiting", model.waiting, 1);
  draw("running", model.running, 1);
  draw("kv", share, 1);
  draw("tokens", model.tokens_per_s, 1);
  at("more").textContent =
    `${model.replicas} ${model.replicas === 1 ? "replica" : "replicas"} · ${shortNumber(model.requests_per_s)} requests/s · ` +
    `${model.blocks_held} of ${model.blocks} blocks · ${model.preemptions} preemptions · ` +
    `last step ${timeText(model.last_step_s)}`;
  for (const name of ["ttft", "itl", "e2e"]) {
    for (const [percentile, value] of Object.entries(model[`${name}_s`])) {
      at(`${name}-${percentile}`).textContent = timeText(value);
    }
  }
}

function showStatus(status) {
  showModels(status.models);
  const model = status.models.find((one) => one.name === at("model").value);
  if (model) showFigures(model);
  at("summary").textContent =
    `${status.version} · up ${Math.floor(status.uptime_s / 60)} min · ` +
    `${status.connections} connections`;
  at("summary").className = "";
}

function showDoor(message) {
  at("summary").textContent = "Waiting for a token";
  at("summary").className = "";
  at("door-message").textContent = message;
  if (!at("door").hidden) return;
  at("door").hidden = false;
  at("token").focus();
}

// Whether there is no use in asking before somebody has given a token.
async function needsToken() {
  if (sessionStorage.getItem("token")) return false;
  return (await (await fetch("version")).json()).has_users;
}

// Whether to look again.
async function look() {
  try {
    if (await needsToken()) {
      showDoor("This server has users. The token stays in this tab.");
      return false;
    }
    const response = await fetch("status.json", { headers: headers() });
    const status = await response.json();
    if (response.status === 401 || response.status === 403) {
      showDoor(status.error.message);
    } else if (response.ok) {
      at("door").hidden = true;
      showStatus(status);
    } else {
      throw new Error(status.error.message);
    }
    return response.status !== 401 && response.status !== 429;
  } catch (error) {
    at("summary").textContent = `No answer: ${error.message}`;
    at("summary").className = "wrong";
    return true;
  }
}

async function keepLooking() {
  const goesOn = await look();
  document.body.dataset.ready = "yes";
  if (goesOn) setTimeout(keepLooking, kBeat);
}

// The data of server-sent events, as they come.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop();
    for (const part of parts) yield part.replace(/^data: /, "");
  }
}

async function ask(signal) {
  const response = await fetch("v1/completions", {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify({
      model: at("model").value,
      prompt: at("prompt").value,
      max_tokens: at("max-tokens").valueAsNumber,
      temperature: at("temperature").valueAsNumber,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal,
  });
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response;
}

async function tryPrompt() {
  trial = new AbortController();
  const start = performance.now();
  let first = 0;
  let usage = null;
  at("answer").textContent = "";
  for await (const data of events(await ask(trial.signal))) {
    if (data === "[DONE]") break;
    const event = JSON.parse(data);
    if (event.error) throw new Error(event.error.message);
    first = first || performance.now();
    usage = event.usage || usage;
    for (const choice of event.choices) at("answer").append(choice.text);
    at("answer").scrollTop = at("answer").scrollHeight;
  }
  return (
    `${usage.completion_tokens} tokens in ${timeText((performance.now() - start) / 1000)}, ` +
    `the first after ${timeText((first - start) / 1000)}`
  );
}

at("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (trial) return;
  at("send").disabled = true;
  at("stop").disabled = false;
  at("outcome").className = "quiet";
  at("outcome").textContent = "Waiting…";
  try {
    at("outcome").textContent = await tryPrompt();
  } catch (error) {
    const stopped = error.name === "AbortError";
    at("outcome").textContent = stopped ? "Stopped." : error.message;
    at("outcome").className = stopped ? "quiet" : "wrong";
  }
  trial = null;
  at("send").disabled = false;
  at("stop").disabled = true;
});

at("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) at("try").requestSubmit();
});
at("stop").addEventListener("click", () => trial.abort());
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", at("token").value.trim());
  at("token").value = "";
  keepLooking();
});
at("model").addEventListener("change", () => {
  for (const samples of Object.values(lines)) samples.length = 0;
  look();
});
keepLooking();
