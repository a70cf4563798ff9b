// The answer, what it rests on, and the table of all figures.
"use strict";

const kTiles = ["wait_s_p95", "utilization", "cost", "queue_length_mean"];

function meanWait(policy) {
  return policy.metrics.wait_s_mean ? policy.metrics.wait_s_mean.mean : null;
}

// The policies by mean wait; those of which nothing completed come last.
function byWait(data) {
  return data.policies.map((policy, i) => i)
    .sort((a, b) => (meanWait(data.policies[a]) ?? Infinity) - (meanWait(data.policies[b]) ?? Infinity));
}

function rowOf(data, metric) {
  return data.tables[0].rows.find((row) => row.metric === metric);
}

function showWaitBars(data) {
  const row = rowOf(data, "wait_s_mean");
  if (!row) {
    at("wait-bars").parentElement.hidden = true;
    return;
  }
  const longest = Math.max(...data.policies.map((policy) => meanWait(policy) ?? 0));
  const best = Math.min(...data.policies.map((policy) => meanWait(policy) ?? Infinity));
  const rows = data.policies.map((policy, i) => {
    const wait = meanWait(policy);
    const bar = element("span", { class: "bar" });
    bar.style.width = `${longest > 0 ? 100 * (wait ?? 0) / longest : 0}%`;
    const isBest = data.policies.length > 1 && (row.cells[i].best || wait === best);
    return element("tr", isBest ? { class: "best" } : {}, element("th", { scope: "row" }, policy.label),
      element("td", { "aria-hidden": "true" }, bar), element("td", {}, row.cells[i].text));
  });
  at("wait-bars").append(element("tbody", {}, ...rows));
}

// The winner's figures, each against the policy that the answer holds it against.
function showTiles(data) {
  const sorted = byWait(data);
  const best = sorted[0];
  const rival = sorted.length < 2 ? -1 : best === 0 ? sorted[1] : 0;
  for (const metric of kTiles) {
    const row = rowOf(data, metric);
    if (!row || row.cells[best].text === "-") continue;
    const against = rival < 0 ? "" : `${data.policies[rival].label}: ${row.cells[rival].text}`;
    at("tiles").append(element("div", {}, element("dt", {}, row.label),
      element("dd", { class: "figure" }, row.cells[best].text), element("dd", { class: "quiet" }, against)));
  }
}

function comparisonTable(data, table, isFirst) {
  const labels = data.policies.map((policy) => policy.label);
  const made = tableOf(["", ...labels], table.rows.map((row) => [row.label, ...row.cells.map((cell) => cell.text)]));
  [...made.tBodies[0].rows].forEach((tr, r) => {
    const row = table.rows[r];
    row.cells.forEach((cell, i) => {
      const td = tr.cells[i + 1];
      if (cell.best) {
        td.className = "best";
        td.append(" ", element("span", { title: "best of its row" }, "*"));
      }
      const figure = isFirst && data.policies[i].metrics[row.metric];
      if (figure) td.dataset.value = figure.mean;
    });
    if (row.metric) tr.dataset.metric = row.metric;
  });
  if (table.title) made.prepend(element("caption", {}, table.title));
  return element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": table.title || "All figures" }, made);
}

function showAnswer(data) {
  document.title = `${data.title}: Tandem report`;
  at("title").textContent = data.title;
  at("answer-text").textContent = data.answer;
  at("why").hidden = data.why === "";
  at("why").append(element("strong", {}, "Why: "), data.why);
  at("notes").append(...data.notes.map((note) => element("li", {}, note)));
  at("legend").textContent = data.legend;
  showWaitBars(data);
  showTiles(data);
  data.tables.forEach((table, i) => at("tables").append(comparisonTable(data, table, i === 0)));
  const seeds = data.runs.map((run) => run.seed);
  const same = seeds.every((seed) => seed === seeds[0]);
  at("origin").textContent = `Jobs, curves and stories are of ${same ? `seed ${seeds[0]}` : "the first seed of each policy"}; ` +
    `the figures are means over all seeds. Times of single jobs are exact to ${timeText(data.unit_s)}. ` +
    "Made by tandem report; nothing here is loaded from anywhere.";
}
