// Puts the page together, once, when its data has been read.
"use strict";

const kFoundAtMost = 12;
const kLongest = 8;

// The chosen colours, or those of the system.
function applyScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.scheme = at("scheme").value || (dark ? "dark" : "light");
}

function showContents() {
  for (const section of document.querySelectorAll("main > section:not([hidden])")) {
    const title = section.querySelector("h2");
    if (title) at("contents").append(element("a", { href: `#${section.id}` }, title.textContent));
  }
}

function showGanttLegend(gantt) {
  const { workload, outages } = gantt.run;
  const used = [...new Set(workload.tenant)].sort((a, b) => a - b);
  const entries = gantt.colourBy === "tenant"
    ? used.slice(0, 24).map((tenant) => [seriesColour(tenant), workload.tenants[tenant]])
    : [[2, "under a minute"], [0, "under an hour"], [1, "under a day"], [6, "longer"]].map(([i, text]) => [seriesColour(i), text]);
  if (gantt.colourBy === "tenant" && used.length > 24) entries.push(["transparent", `and ${used.length - 24} more`]);
  if (outages.node.length > 0) entries.push([colour("--edge"), "node down"]);
  at("gantt-legend").replaceChildren(...entries.map(([paint, text]) => {
    const patch = element("i");
    patch.style.background = paint;
    return element("span", {}, patch, text);
  }));
  if (gantt.run.omitted > 0) {
    at("gantt-legend").append(element("span", { class: "quiet" }, `Not shown: the ${counted(gantt.run.omitted, "gang")} with the least device time.`));
  }
}

// Jobs as buttons that open their stories.
function jobButton(run, job, open) {
  const button = element("button", { type: "button", class: "link" }, run.workload.name(job));
  button.addEventListener("click", () => open(job));
  return button;
}

function showLongest(run, unit, open) {
  const waits = Array.from(run.workload.submit, (submit, job) => {
    const own = run.turnsOf(job);
    return [(own.length > 0 ? run.turns.begin[own[0]] : run.ended[job] > 0 ? submit + run.ended[job] : run.end) - submit, job];
  }).filter(([, job]) => run.state[job] !== 5);
  waits.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  at("longest").replaceChildren(
    element("thead", {}, element("tr", {}, ...["job", "devices", "wait"].map((cell) => element("th", { scope: "col" }, cell)))),
    element("tbody", {}, ...waits.slice(0, kLongest).map(([wait, job]) => element("tr", {},
      element("th", { scope: "row" }, jobButton(run, job, open)),
      element("td", {}, `${run.workload.devices[job]}`), element("td", {}, timeText(wait * unit))))));
}

function find(run, words, open) {
  const found = [];
  for (let job = 0; job < run.workload.name.count && words !== "" && found.length <= kFoundAtMost; ++job) {
    const name = run.workload.name(job);
    if (name === words) found.unshift(job); else if (name.includes(words)) found.push(job);
  }
  at("found").replaceChildren(...found.slice(0, kFoundAtMost).map((job) => element("li", {}, jobButton(run, job, open))));
  if (found.length > kFoundAtMost) at("found").append(element("li", { class: "quiet" }, "and more"));
  if (words !== "" && found.length === 0) at("found").append(element("li", { class: "quiet" }, "no such job"));
  return found;
}

// Picture and stories of the single jobs; nothing if the page has none.
function showJobs(data) {
  const shown = data.runs.filter((run) => run.turn !== undefined);
  if (shown.length === 0) {
    at("jobs").hidden = true;
    return null;
  }
  const unpacked = new Map();
  let run = null;
  const gantt = new Gantt(at("gantt"), data.unit_s, (job, opens) => showStory(run, job, data.unit_s, opens));
  const open = (job) => {
    const turn = run.turnsOf(job)[0];
    if (turn === undefined) showStory(run, job, data.unit_s, true); else gantt.choose(turn, true);
  };
  const choose = () => {
    const packed = shown[at("gantt-run").selectedIndex];
    if (!unpacked.has(packed)) {
      unpacked.set(packed, { ...unpackRun(data, packed), label: packed.label, end: packed.end, deviceCount: packed.devices, omitted: packed.omitted });
    }
    run = unpacked.get(packed);
    gantt.show(run, packed.end);
    showGanttLegend(gantt);
    showLongest(run, data.unit_s, open);
    find(run, at("job-name").value.trim(), open);
  };
  at("gantt-run").append(...shown.map((one) => element("option", {}, one.label)));
  const best = shown.findIndex((one) => one.label === data.policies[byWait(data)[0]].label);
  at("gantt-run").selectedIndex = Math.max(best, 0);
  if (shown.length < data.runs.length) {
    at("gantt-help").append(` Not here, since the page would open slowly: ${data.runs.filter((one) => one.turn === undefined).map((one) => one.label).join(", ")}; ` +
      "tandem report makes a page of one policy's folder, too.");
  }
  at("gantt-run").addEventListener("change", choose);
  at("gantt-colour").addEventListener("change", () => {
    gantt.colourBy = at("gantt-colour").value;
    gantt.draw();
    showGanttLegend(gantt);
  });
  for (const [id, act] of [["zoom-in", () => gantt.zoomTime(0.7)], ["zoom-out", () => gantt.zoomTime(1 / 0.7)],
    ["rows-in", () => gantt.zoomRows(0.7)], ["rows-out", () => gantt.zoomRows(1 / 0.7)], ["zoom-all", () => gantt.zoomAll()]]) {
    at(id).addEventListener("click", act);
  }
  at("job-name").addEventListener("input", () => find(run, at("job-name").value.trim(), open));
  at("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const [first] = find(run, at("job-name").value.trim(), open);
    if (first !== undefined) open(first);
  });
  choose();
  return gantt;
}

function main() {
  const data = JSON.parse(at("data").textContent);
  applyScheme();
  showAnswer(data);
  const gantt = showJobs(data);
  addTimeCharts(data);
  at("waiting").hidden = !addWaitingCharts(data);
  at("fairness").hidden = !addFairnessCharts(data);
  at("cost").hidden = !addCostCharts(data);
  at("learning").hidden = !addLearningCharts(data);
  showContents();
  drawCharts();
  const again = () => {
    applyScheme();
    redraw();
  };
  const redraw = () => {
    drawCharts();
    if (gantt) gantt.draw();
    if (gantt) showGanttLegend(gantt);
  };
  at("scheme").addEventListener("change", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  // Paper is light.
  window.addEventListener("beforeprint", () => {
    document.documentElement.dataset.scheme = "light";
    redraw();
  });
  window.addEventListener("afterprint", again);
  document.body.dataset.ready = "yes";
}

main();
