"""tandem report: one page that asks nothing of the network and says what the figures say, in headless
Chromium; and pictures."""

import json
import os
import re
import unittest
import xml.dom.minidom

import browser
import e2e

if browser.webdriver is not None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select

HOSTILE = """\
tandem: 1
name: "</script><script>alert(1)</script><!--\\"'&日本<img/src=x/onerror=alert(2)>"
cluster:
  nodes: [{ name: "n<b>", count: 2, devices: { type: h100-sxm, count: 4 } }]
  price: { "n<b>": 2 USD/device-hour }
  power: { "n<b>": { busy: 700 W, idle: 100 W } }
tenants: { "red<script>": { weight: 2 }, 'blue"\\"onclick=': { weight: 1 } }
workload:
  jobs:
    - generate:
        name: "g<script>alert(3)</script>"
        count: 60
        arrival: poisson
        load: 0.9
        duration: { lognormal: { median: 20 min, p99: 5 h } }
        devices: { 1: 2, 4: 1 }
        tenants: { "red<script>": 1, 'blue"\\"onclick=': 1 }
    - job: { name: "wide&amp;\\"'`${x}日本", submit: 1 h, devices: 8, duration: 1 h, tenant: "red<script>" }
policies: [fifo, easy]
"""
PRICED = e2e.LAB.replace("tenants:", "  price: { n: 2 USD/device-hour }\n"
                         "  power: { n: { busy: 700 W, idle: 100 W } }\ntenants:", 1)
SERVING = """\
tandem: 1
name: chat
cluster:
  nodes: [{ name: n, count: 1, devices: { type: h100-sxm, count: 4 } }]
workload:
  services:
    - name: chat
      model: llama-3.1-8b
      replicas: 2
      requests: { generate: { count: 300, arrival: { poisson: 4/s }, prompt: 200, output: 50 } }
      slo: { ttft_p99: 800 ms }
policies: [fifo]
"""


class Page(e2e.Case):
    """A report of a small laboratory in a browser."""

    def simulate(self, scenario=PRICED, *more):
        self.write("lab.yaml", scenario)
        result = self.good("simulate", "lab.yaml", "-o", "out", "--json", "-q", *more).json()
        self.good("report", "out", "-o", "report.html", "-q")
        return result

    def open(self, dark=False, size=(1200, 1000)):
        self.browser = browser.start(self, dark, size)
        self.browser.execute_cdp_cmd("Network.enable", {})
        self.browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
            "offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0})
        self.browser.get("file://" + self.path("report.html"))
        browser.until_ready(self.browser)

    def text(self, name):
        return self.browser.find_element(By.ID, name).text

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def requests(self):
        """What the browser asked for, but for the empty icon and its own new tab."""
        asked = []
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return [url for url in asked if not url.startswith(("data:", "chrome:"))]

    def quiet(self):
        """No complaint on the console, one request: the file itself."""
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertEqual(self.requests(), ["file://" + self.path("report.html")])

    def nothing_sticks_out(self):
        self.assertLessEqual(self.script("return document.documentElement.scrollWidth"),
                             self.script("return document.documentElement.clientWidth"))


@unittest.skipIf(browser.missing(), f"needs {browser.missing()}")
class InABrowser(Page):
    def test_figures_are_those_of_the_json(self):
        result = self.simulate()
        self.open()
        cells = self.script("""
            const value = (row, i) => row.cells[i].dataset.value;
            return [...document.querySelectorAll("#tables tr[data-metric]")].map((row) =>
                [row.dataset.metric, [...row.cells].slice(1).map((cell) => cell.dataset.value)]);""")
        self.assertGreater(len(cells), 15)
        summaries = {one["policy"]: one["metrics"] for one in result["summary"]}
        for metric, values in cells:
            for policy, value in zip(("fifo", "easy"), values):
                self.assertEqual(float(value), summaries[policy][metric]["mean"], metric)
        for run, queue in zip(result["runs"], self.script("""
            const data = JSON.parse(document.getElementById("data").textContent);
            return data.runs.map((run) => Math.max(...unpackSteps(run.queue.level_thousandths)) / 1000);
            """)):
            self.assertEqual(queue, run["queue_length"]["max"], "extremes are kept")
        waits = self.script("""
            const data = JSON.parse(document.getElementById("data").textContent);
            return data.runs.map((run) => quantile(run.waits, 1));""")
        for run, longest in zip(result["runs"], waits):
            self.assertAlmostEqual(longest / run["wait_s"]["max"], 1, places=5)
        answer = self.good("simulate", "lab.yaml", "-q").out.split("\n")[0]
        self.assertTrue(self.text("answer-text").startswith(answer))
        self.assertIn("started ahead of an earlier one", self.text("why"))
        browser.picture(self.browser, "report-answer.png")
        self.quiet()

    def test_seeds_are_means_and_jobs_of_the_first(self):
        result = self.simulate(PRICED, "--seeds", "3,4")
        self.open()
        told = float(self.script(
            "return document.querySelector('tr[data-metric=wait_s_mean]').cells[1].dataset.value"))
        self.assertEqual(told, result["summary"][0]["metrics"]["wait_s_mean"]["mean"])
        self.assertIn("seed 3", self.text("origin"))
        self.assertIn("±", self.text("tables"))

    def test_a_story_is_what_explain_says(self):
        self.simulate()
        self.open()
        Select(self.browser.find_element(By.ID, "gantt-run")).select_by_visible_text("fifo")
        told = self.good("explain", "out", "wide", "-p", "fifo", "--json").json()[0]["job"]
        box = self.browser.find_element(By.ID, "job-name")
        box.send_keys("wide", Keys.ENTER)
        story = self.text("story")
        self.assertIn("wide: completed under fifo", story)
        self.assertIn("asked for 8 devices", story)
        ahead = told["waited_ahead"]
        who = "Nobody" if ahead == 0 else f"{ahead} job{'' if ahead == 1 else 's'}"
        self.assertIn(f"{who} waited ahead of it; "
                      f"{told['devices_free']} of 8 devices were free", story)
        for holder in told["tenants_holding"]["first"]:
            self.assertIn(f"{holder['tenant']} {holder['devices']}", story)
        run = told["runs"][0]
        for node in run["nodes"]:
            self.assertIn(f"{node['node']}[{node['devices']}]", story)
        self.assertIn(run["reason"], story)
        for room in run["room_made_by"]["first"]:
            self.assertIn(f"{room['job']} {room['how']}", story)
        exact = re.search(r"Waited [^(]*\(([\d.]+) s\)", story)
        self.assertAlmostEqual(float(exact[1]), told["wait_s"], places=5)
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "story")
        self.quiet()

    def test_all_counts_are_those_of_explain(self):
        self.simulate()
        self.open()
        counted = self.script("""
            const data = JSON.parse(document.getElementById("data").textContent);
            return data.runs.map((run) => {
              const jobs = unpackRun(data, run);
              return Array.from(jobs.ahead, (ahead, job) =>
                  [jobs.workload.name(job), ahead, jobs.free[job], jobs.overtaken[job]]);
            });""")
        for policy, jobs in zip(("fifo", "easy"), counted):
            for name, ahead, free, overtaken in jobs[::6]:
                told = self.good("explain", "out", name, "-p", policy, "--json").json()[0]["job"]
                self.assertEqual((ahead, free, overtaken),
                                 (told["waited_ahead"], told["devices_free"],
                                  told["overtaken_by"]["count"]), f"{name} under {policy}")

    def test_a_click_opens_a_story(self):
        self.simulate()
        self.open()
        place = self.script("""
            document.getElementById("gantt").scrollIntoView({block: "center", behavior: "instant"});
            const data = JSON.parse(document.getElementById("data").textContent);
            const run = unpackRun(data, data.runs[1]);
            const canvas = document.getElementById("gantt").getBoundingClientRect();
            let turn = 0;
            const length = (i) => run.turns.end[i] - run.turns.begin[i];
            for (let i = 0; i < run.turns.begin.length; ++i) if (length(i) > length(turn)) turn = i;
            const middle = (run.turns.begin[turn] + run.turns.end[turn]) / 2;
            const device = run.turns.first[run.turns.firstRange[turn]] + 0.5;
            return {
              x: canvas.left + kMargin.left + middle / data.runs[1].end * (canvas.width - kMargin.left),
              y: canvas.top + kMargin.top + device / 8 * (canvas.height - kMargin.top - kMargin.bottom),
              job: run.workload.name(run.turns.job[turn]),
            };""")
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1})
        browser.until(self.browser, lambda: self.text("story-title").startswith(place["job"] + ":"))
        browser.picture(self.browser, "report-story.png")
        self.quiet()

    def test_the_keyboard_zooms_moves_and_opens_a_story(self):
        self.simulate()
        self.open()
        gantt = self.browser.find_element(By.ID, "gantt")
        whole = gantt.get_attribute("aria-label")
        gantt.send_keys("+")
        zoomed = gantt.get_attribute("aria-label")
        self.assertNotEqual(zoomed, whole)
        gantt.send_keys(Keys.ARROW_RIGHT)
        self.assertNotEqual(gantt.get_attribute("aria-label"), zoomed)
        gantt.send_keys("0")
        self.assertEqual(gantt.get_attribute("aria-label"), whole)
        gantt.send_keys("nn", Keys.ENTER)
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), "story")
        self.assertIn("Started on", self.text("story"))
        self.quiet()

    def test_the_wheel_zooms_and_dragging_moves(self):
        self.simulate()
        self.open()
        gantt = self.browser.find_element(By.ID, "gantt")
        self.script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", gantt)
        box = self.script("const b = arguments[0].getBoundingClientRect();"
                          "return [b.left + b.width / 2, b.top + b.height / 2]", gantt)
        whole = gantt.get_attribute("aria-label")
        for _ in range(3):
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": "mouseWheel", "x": box[0], "y": box[1], "deltaX": 0, "deltaY": -120})
        browser.until(self.browser, lambda: gantt.get_attribute("aria-label") != whole)
        zoomed = gantt.get_attribute("aria-label")
        for kind, x in (("mousePressed", 0), ("mouseMoved", 60), ("mouseMoved", 120),
                        ("mouseReleased", 120)):
            self.browser.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": kind, "x": box[0] + x, "y": box[1], "button": "left", "clickCount": 1})
        browser.until(self.browser, lambda: gantt.get_attribute("aria-label") != zoomed)
        self.quiet()

    def test_both_schemes(self):
        self.simulate()
        for dark in (False, True):
            self.open(dark=dark, size=(1600, 1200))
            ground = "return getComputedStyle(document.body).backgroundColor"
            first = self.script(ground)
            self.assertEqual(sum(map(int, re.findall(r"\d+", first)[:3])) < 300, dark)
            browser.picture(self.browser, f"report-wide-{'dark' if dark else 'light'}.png")
            Select(self.browser.find_element(By.ID, "scheme")).select_by_value(
                "light" if dark else "dark")
            self.assertNotEqual(self.script(ground), first)
            self.quiet()

    def test_narrow_and_wide_without_scrolling_sideways(self):
        self.simulate()
        for width in (380, 1600):
            self.open()
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
            self.browser.refresh()
            browser.until_ready(self.browser)
            self.nothing_sticks_out()
            self.whole_picture(f"report-{width}.png")
            self.quiet_again()

    def quiet_again(self):
        """As quiet(), after the page was loaded twice."""
        self.assertEqual(self.browser.get_log("browser"), [])
        self.assertEqual(set(self.requests()), {"file://" + self.path("report.html")})

    def whole_picture(self, name):
        if "TANDEM_PICTURES" not in os.environ:
            return
        import base64
        size = self.script("return [document.documentElement.clientWidth,"
                           "document.documentElement.scrollHeight]")
        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}})
        with open(os.path.join(os.environ["TANDEM_PICTURES"], name), "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def test_it_prints(self):
        self.simulate()
        self.open(dark=True)
        printed = self.browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
        self.assertGreater(len(printed["data"]), 10_000)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        for hidden in ("find", "contents", "zoom-in"):
            self.assertFalse(self.browser.find_element(By.ID, hidden).is_displayed(), hidden)
        for shown in ("answer-text", "tables", "gantt"):
            self.assertTrue(self.browser.find_element(By.ID, shown).is_displayed(), shown)
        if "TANDEM_PICTURES" in os.environ:
            import base64
            with open(os.path.join(os.environ["TANDEM_PICTURES"], "report.pdf"), "wb") as file:
                file.write(base64.b64decode(printed["data"]))

    def test_screen_readers_find_their_way(self):
        self.simulate()
        self.open()
        wrong = self.script("""
            const wrong = [];
            const named = (one) => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby")
                || one.labels?.length || one.textContent.trim();
            for (const one of document.querySelectorAll("button, select, input, canvas, section, nav"))
              if (!one.closest("[hidden]") && !named(one)) wrong.push(one.outerHTML);
            for (const one of document.querySelectorAll("figure canvas"))
              if (!one.closest("figure").querySelector("details")) wrong.push("no table behind " + one.outerHTML);
            if (document.querySelectorAll("h1").length !== 1) wrong.push("one h1");
            if (document.querySelectorAll("main").length !== 1) wrong.push("one main");
            const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
            if (new Set(ids).size !== ids.length) wrong.push("an id comes twice");
            return wrong;""")
        self.assertEqual(wrong, [])
        summary = self.browser.find_element(By.CSS_SELECTOR, "#time summary")
        summary.send_keys(Keys.ENTER)
        rows = self.browser.find_elements(By.CSS_SELECTOR, "#time details[open] tbody tr")
        self.assertEqual(len(rows), 25)

    def test_hostile_names_are_names(self):
        self.simulate(HOSTILE)
        self.open()
        self.assertEqual(self.script("return document.images.length"), 0)
        self.assertIn("</script><script>alert(1)</script>", self.text("title"))
        box = self.browser.find_element(By.ID, "job-name")
        box.send_keys("wide", Keys.ENTER)
        self.assertIn("wide&amp;\"'`${x}日本", self.text("story"))
        self.assertIn("red<script>", self.text("story"))
        box.clear()
        box.send_keys("g<script>alert(3)", Keys.ENTER)
        self.assertIn("g<script>alert(3)</script>", self.text("story"))
        self.assertIn("red<script>", self.text("gantt-legend"))
        self.quiet()

    def test_services_have_first_tokens(self):
        result = self.simulate(SERVING)
        self.open()
        self.assertIn("Time to the first token of chat", self.text("waiting-charts"))
        longest = self.script("""
            const data = JSON.parse(document.getElementById("data").textContent);
            return quantile(data.runs[0].first_tokens[0].curve, 1);""")
        told = result["runs"][0]["services"]["chat"]["ttft_ms"]["max"]
        self.assertAlmostEqual(longest / told, 1, places=4)
        self.assertIn("service chat", self.text("tables"))
        self.quiet()


class Files(e2e.Case):
    def setUp(self):
        super().setUp()
        self.write("lab.yaml", PRICED)
        self.good("simulate", "lab.yaml", "--seeds", "1,2", "-o", "out", "-q")

    def data_of(self, name):
        page = self.read(name)
        return json.loads(page.split('id="data">')[1].split("</script>")[0])

    def test_equal_runs_give_equal_bytes(self):
        self.good("report", "out", "-o", "a.html")
        self.good("report", "out", "-o", "b.html", "-q")
        self.assertEqual(self.read("a.html"), self.read("b.html"))
        told = self.good("report", "out", "-o", "c.html", "--json").json()
        self.assertEqual(told["bytes"], os.path.getsize(self.path("c.html")))
        self.assertEqual(told["policies"], ["fifo", "easy"])

    def test_one_policy_or_several_folders(self):
        self.good("report", "out/easy-seed2", "-o", "one.html", "-q")
        one = self.data_of("one.html")
        self.assertEqual([(run["policy"], run["seed"]) for run in one["runs"]], [("easy", 2)])
        self.good("report", "out/easy-seed1/journal", "-o", "one.html", "-q")
        self.good("simulate", "lab.yaml", "--set", "cluster.nodes.0.count=3", "-o", "more/", "-q")
        self.good("report", "out", "more/", "-o", "both.html", "-q")
        both = self.data_of("both.html")
        self.assertEqual([policy["label"] for policy in both["policies"]],
                         ["fifo (out)", "easy (out)", "fifo (more)", "easy (more)"])
        self.assertTrue(both["front"])

    def test_without_result_json_the_journal_knows(self):
        self.good("report", "out/easy-seed1", "-o", "with.html", "-q")
        os.remove(self.path("out/result.json"))
        self.good("report", "out/easy-seed1", "-o", "without.html", "-q")
        waits = [self.data_of(name)["policies"][0]["metrics"]["wait_s_mean"]["mean"]
                 for name in ("with.html", "without.html")]
        self.assertEqual(waits[0], waits[1])

    def test_figures(self):
        for name in ("overview", "gantt", "queue", "utilization", "wait", "fairness", "cost"):
            with self.subTest(figure=name):
                self.good("report", "out", "--figure", name, "-o", f"{name}.svg", "-q")
                svg = xml.dom.minidom.parse(self.path(f"{name}.svg")).documentElement
                self.assertEqual(svg.tagName, "svg")
                self.assertGreater(len(svg.getElementsByTagName("text")), 3)
                self.good("report", "out", "--figure", name, "-o", f"{name}.png", "-q")
                with open(self.path(f"{name}.png"), "rb") as file:
                    self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        for name, says in (("first-token", "no services"), ("loss", "no job .*learnt")):
            self.refused("report", "out", "--figure", name, "-o", "x.svg", "-q", says=says)

    def test_hostile_names_in_figures(self):
        self.write("hostile.yaml", HOSTILE)
        self.good("simulate", "hostile.yaml", "-o", "hostile", "-q")
        for name in ("overview", "gantt", "fairness"):
            self.good("report", "hostile", "--figure", name, "-o", "x.svg", "-q")
            svg = xml.dom.minidom.parse(self.path("x.svg"))
            self.assertFalse(svg.getElementsByTagName("script"))

    def test_a_real_run_has_losses_and_may_be_cut_off(self):
        # A real run's folder as docs/running.md describes it, killed in the middle of a line.
        self.good("simulate", "lab.yaml", "-p", "easy", "-o", "sim", "-q")
        journal = self.read("sim/easy-seed1/journal").splitlines(keepends=True)
        self.write("real/journal", "".join(journal[:len(journal) // 2]))
        self.write("real/jobs/small/losses.csv",
                   "step,loss,gradient_norm,learning_rate,tokens_per_s\n"
                   + "".join(f"{i},{5 / (i + 1)},1,0.001,100\n" for i in range(3000)) + "3000,0.0")
        self.write("real/jobs/small/held_out.csv", "step,held_out_loss\n1000,0.5\n")
        self.good("report", "real", "-o", "real.html", "-q")
        data = self.data_of("real.html")
        run = data["runs"][0]
        self.assertFalse(run["complete"])
        self.assertIn("the run has not come to its end; this is how far it came",
                      " ".join(data["notes"]))
        loss = run["losses"][0]
        self.assertEqual(loss["job"], "small")
        self.assertLess(len(loss["loss"]["x"]), 1300)
        self.assertEqual((loss["loss"]["x"][0], loss["loss"]["y"][0]), (0, 5))
        self.assertEqual(loss["loss"]["x"][-1], 2999)
        self.assertEqual(loss["held_out"], {"x": [1000], "y": [0.5]})
        self.good("report", "real", "--figure", "loss", "-o", "loss.svg", "-q")
        self.good("trace", "export", "real", "-o", "real.json", "-q")
        begun = [one["ph"] for one in json.loads(self.read("real.json"))["traceEvents"]]
        self.assertEqual(begun.count("B"), begun.count("E"))

    def test_what_cannot_be(self):
        for arguments, says in [
                (["none", "-o", "x.html"], "none: no such run"),
                (["out", "-o", "x.svg"], "x.svg: the page is .html; --figure NAME makes a picture"),
                (["out", "-o", "x.pdf"], "x.pdf: a report's name ends in .html"),
                (["out", "--figure", "queue", "-o", "x.html"], "ends in .svg or .png"),
                (["out", "--figure", "pie", "-o", "x.svg"], "pie"),
                (["out", "-o", "nowhere/x.html"], "nowhere/x.html: cannot write here"),
                (["out"], "--output is missing"),
                (["-o", "x.html"], "RUN is missing")]:
            with self.subTest(arguments=arguments):
                self.refused("report", *arguments, says=says)
        self.write("out/result.json", "{")
        self.refused("report", "out", "-o", "x.html", says="result.json: damaged: not JSON")
        os.remove(self.path("out/result.json"))
        with open(self.path("out/easy-seed1/journal"), "r+b") as file:
            file.truncate(os.path.getsize(file.name) // 2)
        self.refused("report", "out", "-o", "x.html", says="damaged: the file is cut")


if __name__ == "__main__":
    e2e.main()
