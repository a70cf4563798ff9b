// The curves and bars, by Chart.js; behind each a table with the same figures.
"use strict";

const kMostCurves = 8;  // Beyond, colours could not be told apart.
const charts = [];      // Drawn again when the colours change.
const shares = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

// A figure with a canvas of its own. `configure` returns what Chart.js wants, `table` an element.
function addChart(folder, title, configure, table) {
  const canvas = element("canvas", { role: "img", "aria-label": `${title}; the table below has the figures` });
  const behind = element("details", {}, element("summary", {}, "As a table"));
  behind.addEventListener("toggle", () => {
    if (behind.open && behind.childElementCount === 1) {
      behind.append(element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": title }, table()));
    }
  });
  at(folder).append(element("figure", {}, element("figcaption", {}, title),
    element("div", { class: "chart" }, canvas), behind));
  charts.push({ canvas, configure, chart: null });
}

function drawCharts() {
  Chart.defaults.animation = false;
  Chart.defaults.font.family = "system-ui, sans-serif";
  Chart.defaults.color = colour("--quiet");
  Chart.defaults.borderColor = colour("--grid");
  for (const one of charts) {
    if (one.chart) one.chart.destroy();
    one.chart = new Chart(one.canvas, one.configure());
  }
}

function timeAxis(title, longest) {
  return {
    type: "linear", min: 0, max: longest, title: { display: true, text: title },
    afterBuildTicks: (axis) => { axis.ticks = timeTicks(0, longest, axis.width / 80).map((value) => ({ value })); },
    ticks: { callback: (value) => tickText(value, longest), maxRotation: 0 },
  };
}

// Decades and what lies well between them; `least` stands for all that is shorter.
function logTimeAxis(title, least, longest) {
  return {
    type: "logarithmic", min: least, max: longest, title: { display: true, text: title },
    afterBuildTicks: (axis) => {
      const inside = [...kTimeTicks].filter((tick) => tick >= least && tick <= longest);
      const apart = Math.ceil(inside.length / Math.max(2, axis.width / 75));
      axis.ticks = inside.filter((_, i) => i % apart === 0).map((value) => ({ value }));
    },
    ticks: { callback: (value) => timeText(value).replace(/\.0+(?=\D)/, ""), maxRotation: 0 },
  };
}

function lines(curves, x, y, tooltip, stepped) {
  return () => ({
    type: "line",
    data: {
      datasets: curves.slice(0, kMostCurves).map((curve, i) => ({
        label: curve.label, data: curve.points, parsing: false, stepped, pointRadius: 0, borderWidth: 1.75,
        borderColor: seriesColour(i), backgroundColor: seriesColour(i), borderDash: curve.dashed ? [6, 4] : [],
      })),
    },
    options: {
      maintainAspectRatio: false, normalized: true, interaction: { mode: "nearest", axis: "x", intersect: false },
      plugins: { legend: { display: curves.length > 1, labels: { boxHeight: 2 } }, tooltip: { callbacks: tooltip } },
      scales: { x, y },
    },
  });
}

// "of the first 8 policies" where there are more.
function ofMost(curves) {
  return curves.length > kMostCurves ? ` (the first ${kMostCurves} of ${curves.length})` : "";
}

function levelCurve(run, name, unit) {
  const when = unpackSteps(run[name].at);
  const level = unpackSteps(run[name].level_thousandths);
  return {
    label: run.label,
    points: Array.from(when, (time, i) => ({ x: time * unit, y: level[i] / 1000 })),
  };
}

function levelAt(points, time) {
  let level = 0;
  for (const point of points) {
    if (point.x > time) break;
    level = point.y;
  }
  return level;
}

function addLevels(title, data, curves, y, text) {
  const longest = Math.max(...data.runs.map((run) => run.end)) * data.unit_s;
  const tooltip = { title: (items) => timeText(items[0].parsed.x), label: (item) => `${item.dataset.label}: ${text(item.parsed.y)}` };
  addChart("time-charts", title + ofMost(curves), lines(curves, timeAxis("time since the start", longest), y, tooltip, true),
    () => tableOf(["time", ...curves.map((curve) => curve.label)],
      Array.from({ length: 25 }, (_, i) => [timeText(longest * i / 24), ...curves.map((curve) => text(levelAt(curve.points, longest * i / 24)))])));
}

const kHeldPieces = 120;

// The share of device time that was held in each of equal pieces of the run: the level itself is too
// lively to be read beside those of other policies.
function heldCurve(run, unit) {
  const { points } = levelCurve(run, "held", unit);
  const pieces = kHeldPieces;
  const length = run.end * unit / pieces;
  const sums = new Float64Array(pieces);
  for (let i = 0; i + 1 < points.length; ++i) {
    for (let from = points[i].x; from < points[i + 1].x && length > 0;) {
      const piece = Math.min(pieces - 1, Math.floor(from / length + 1e-9));
      const to = piece === pieces - 1 ? points[i + 1].x : Math.min(points[i + 1].x, (piece + 1) * length);
      sums[piece] += points[i].y * (to - from);
      from = to;
    }
  }
  const all = Math.max(run.devices, 1) * Math.max(length, 1e-9);
  return { label: run.label, points: Array.from(sums, (sum, i) => ({ x: i * length, y: sum / all })) };
}

function addTimeCharts(data) {
  const unit = data.unit_s;
  const axis = (title, more) => ({ beginAtZero: true, title: { display: true, text: title }, ...more });
  addLevels("Jobs that wait", data, data.runs.map((run) => levelCurve(run, "queue", unit)), axis("jobs"), amountText);
  addLevels("Devices that gangs hold", data, data.runs.map((run) => heldCurve(run, unit)),
    axis("share of all devices", { max: 1, ticks: { callback: (value) => `${Math.round(100 * value)} %` } }), shareText);
}

// The largest value that at most this share is above.
function quantile(curve, share) {
  const place = curve.y.findIndex((y) => y >= share - 1e-9);
  return curve.x[place < 0 ? curve.x.length - 1 : place];
}

function addDistribution(title, curves) {
  const known = curves.filter((curve) => curve.curve.x.length > 0);
  if (known.length === 0) return;
  const longest = Math.max(...known.map((one) => one.curve.x[one.curve.x.length - 1]), 1e-9);
  const smallest = Math.min(...known.flatMap((one) => one.curve.x.filter((x) => x > 0)), longest);
  const least = Math.max(smallest, longest * 1e-6) * 0.999;
  const drawn = known.map((one) => ({
    label: one.label,
    points: [{ x: least, y: 0 }, ...one.curve.x.map((x, i) => ({ x: Math.max(x, least), y: one.curve.y[i] })), { x: longest, y: 1 }],
  }));
  const y = { min: 0, max: 1, title: { display: true, text: "share that waited at most so long" }, ticks: { callback: (value) => `${Math.round(100 * value)} %` } };
  const tooltip = { title: (items) => timeText(items[0].parsed.x), label: (item) => `${item.dataset.label}: ${shareText(item.parsed.y)}` };
  addChart("waiting-charts", title + ofMost(known), lines(drawn, logTimeAxis("wait, logarithmic", least, longest), y, tooltip, true),
    () => tableOf(["share", ...known.map((one) => one.label)],
      shares.map((share) => [shareText(share), ...known.map((one) => timeText(quantile(one.curve, share)))])));
}

function addWaitingCharts(data) {
  addDistribution("Wait of the completed jobs", data.runs.map((run) => ({ label: run.label, curve: run.waits })));
  const services = [...new Set(data.runs.flatMap((run) => run.first_tokens.map((one) => one.service)))];
  for (const service of services) {
    const curves = data.runs.flatMap((run) => run.first_tokens.filter((one) => one.service === service)
      .map((one) => ({ label: run.label, curve: { x: one.curve.x.map((ms) => ms / 1000), y: one.curve.y } })));
    addDistribution(`Time to the first token of ${service}`, curves);
  }
  return data.runs.some((run) => run.waits.x.length > 0 || run.first_tokens.length > 0);
}

function bars(labels, series, title, text) {
  return () => ({
    type: "bar",
    data: { labels, datasets: series.map((one, i) => ({ label: one.label, data: one.values, backgroundColor: one.colours ? one.colours() : one.colour || seriesColour(i) })) },
    options: {
      maintainAspectRatio: false, indexAxis: "y",
      plugins: { legend: { display: series.length > 1 }, tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${text(item.parsed.x)}` } } },
      scales: { x: { beginAtZero: true, title: { display: true, text: title }, ticks: { callback: (value) => text(value), maxRotation: 0 } }, y: { ticks: { autoSkip: false } } },
    },
  });
}

const kMostTenants = 12;

// Tenants that submitted something under any policy; those with most device time first.
function tenantNames(data) {
  const hours = new Map();
  for (const run of data.runs) {
    for (const tenant of run.tenants) hours.set(tenant.name, (hours.get(tenant.name) || 0) + tenant.device_hours);
  }
  return [...hours.keys()].sort((a, b) => hours.get(b) - hours.get(a));
}

function addFairnessCharts(data) {
  const names = tenantNames(data);
  if (names.length < 2) return false;
  const of = (run, name, value) => {
    const tenant = run.tenants.find((one) => one.name === name);
    return tenant === undefined || tenant[value] === null ? 0 : tenant[value];
  };
  const whole = (run) => run.tenants.reduce((sum, one) => sum + one.device_hours, 0) || 1;
  const shown = names.slice(0, kMostTenants);
  const note = names.length > shown.length ? ` (the ${shown.length} largest of ${names.length} tenants)` : "";
  const runs = data.runs.slice(0, kMostCurves);
  const entitled = { label: "its share", values: shown.map((name) => of(data.runs[0], name, "share")) };
  const held = runs.map((run) => ({ label: run.label, values: shown.map((name) => of(run, name, "device_hours") / whole(run)) }));
  const waits = runs.map((run) => ({ label: run.label, values: shown.map((name) => of(run, name, "wait_s_mean") / 3600) }));
  const table = () => tableOf(["tenant", "share", ...data.runs.flatMap((run) => [`held, ${run.label}`, `mean wait, ${run.label}`])],
    names.map((name) => [name, shareText(of(data.runs[0], name, "share")),
      ...data.runs.flatMap((run) => [shareText(of(run, name, "device_hours") / whole(run)), timeText(of(run, name, "wait_s_mean"))])]));
  addChart("fairness-charts", `Device time held, of all that was held${note}`,
    () => bars(shown, [...held, { ...entitled, colour: colour("--quiet") }], "share", shareText)(), table);
  addChart("fairness-charts", `Mean wait by tenant${note}`, bars(shown, waits, "hours", (value) => `${amountText(value)} h`), table);
  return true;
}

// Every policy by cost and mean wait; the line joins those that none beats in both.
function addFront(data) {
  const priced = data.policies.map((policy, i) => ({ policy, i })).filter(({ policy }) => policy.metrics.cost && policy.metrics.wait_s_mean);
  if (priced.length < 2) return;
  const point = ({ policy }) => ({ x: policy.metrics.cost.mean, y: policy.metrics.wait_s_mean.mean / 3600 });
  const front = data.front.map((i) => point({ policy: data.policies[i] }));
  const configure = () => ({
    type: "scatter",
    data: {
      datasets: [
        ...priced.map((one) => ({ label: one.policy.label, data: [point(one)], pointRadius: 6, pointHoverRadius: 8, backgroundColor: seriesColour(one.i), borderColor: seriesColour(one.i) })),
        { label: "none better in both", data: front, type: "line", stepped: true, borderColor: colour("--quiet"), borderDash: [4, 4], pointRadius: 0 },
      ],
    },
    options: {
      maintainAspectRatio: false,
      plugins: { tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${amountText(item.parsed.x)}, ${timeText(item.parsed.y * 3600)}` } } },
      scales: { x: { grace: "10%", title: { display: true, text: "cost" }, ticks: { callback: amountText, maxRotation: 0 } }, y: { beginAtZero: true, grace: "10%", title: { display: true, text: "mean wait, hours" } } },
    },
  });
  addChart("cost-charts", "Cost against mean wait", configure, () => tableOf(["policy", "cost", "mean wait", "none better in both"],
    priced.map((one) => [one.policy.label, amountText(one.policy.metrics.cost.mean), timeText(one.policy.metrics.wait_s_mean.mean), data.front.includes(one.i) ? "yes" : "no"])));
}

function addCostCharts(data) {
  addFront(data);
  for (const [metric, title, text] of [["cost", "Cost", amountText], ["energy_kwh", "Energy", energyText]]) {
    const known = data.policies.filter((policy) => policy.metrics[metric]);
    if (known.length === 0) continue;
    const values = known.map((policy) => policy.metrics[metric].mean);
    addChart("cost-charts", title, bars(known.map((policy) => policy.label), [{ label: title, values, colours: () => known.map((policy) => seriesColour(data.policies.indexOf(policy))) }], title.toLowerCase(), text),
      () => tableOf(["policy", title], known.map((policy, i) => [policy.label, text(values[i])])));
  }
  return at("cost-charts").childElementCount > 0;
}

function addLearningCharts(data) {
  const several = data.runs.filter((run) => run.losses.length > 0).length > 1;
  const curves = data.runs.flatMap((run) => run.losses.flatMap((one) => {
    const label = several ? `${one.job}, ${run.label}` : one.job;
    const points = (curve) => curve.x.map((x, i) => ({ x, y: curve.y[i] }));
    const learnt = [{ label, points: points(one.loss) }];
    if (one.held_out.x.length > 0) learnt.push({ label: `${label}, held out`, points: points(one.held_out), dashed: true });
    return learnt;
  }));
  if (curves.length === 0) return false;
  const tooltip = { title: (items) => `step ${items[0].parsed.x}`, label: (item) => `${item.dataset.label}: ${digits(item.parsed.y)}` };
  for (let i = 0; i < curves.length; i += kMostCurves) {
    const some = curves.slice(i, i + kMostCurves);
    addChart("learning-charts", "Loss by step", lines(some, { type: "linear", title: { display: true, text: "step" } }, { title: { display: true, text: "loss" } }, tooltip, false),
      () => tableOf(["job", "steps", "first loss", "last loss"], some.map((curve) => [curve.label, `${curve.points[curve.points.length - 1].x}`,
        digits(curve.points[0].y), digits(curve.points[curve.points.length - 1].y)])));
  }
  return true;
}
