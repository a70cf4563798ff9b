// Figures and elements as people read them.
"use strict";

const at = (id) => document.getElementById(id);

// An element with attributes and children; strings become text, never markup.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Three digits, and no more decimals than that takes.
function digits(number) {
  const size = Math.abs(number);
  if (number === 0) return "0";
  return number.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
}

function scaled(value, scales) {
  const [size, unit] = scales.find(([least]) => Math.abs(value) >= least) || scales[scales.length - 1];
  return digits(value / size) + unit;
}

const kTimes = [[86400, " days"], [3600, " h"], [60, " min"], [1, " s"], [1e-3, " ms"], [1e-6, " µs"]];
const kAmounts = [[1e9, " G"], [1e6, " M"], [1, ""]];
const kEnergies = [[1e6, " GWh"], [1e3, " MWh"], [1, " kWh"]];

function timeText(seconds) {
  return seconds === 0 ? "0 s" : scaled(seconds, kTimes);
}
function amountText(value) {
  return value === 0 || Math.abs(value) < 1 ? digits(value) : scaled(value, kAmounts);
}
function energyText(kilowattHours) {
  return kilowattHours === 0 ? "0 kWh" : scaled(kilowattHours, kEnergies);
}
function shareText(share) {
  return `${digits(100 * share)} %`;
}
function counted(count, one) {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}
// "a, b and 7 more".
function listed(first, count) {
  return first.join(", ") + (count > first.length ? ` and ${count - first.length} more` : "");
}

const kTimeTicks = [
  1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10800,
  21600, 43200, 86400, 172800, 345600, 604800, 1209600, 2592000, 5184000, 15552000, 31536000,
];

// Times for the marks of an axis from `from` to `to`, `most` of them at most.
function timeTicks(from, to, most) {
  const step = kTimeTicks.find((one) => (to - from) / one <= most) ||
    kTimeTicks[kTimeTicks.length - 1] * Math.ceil((to - from) / most / kTimeTicks[kTimeTicks.length - 1]);
  const ticks = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-12); ++i) ticks.push(i * step);
  return ticks;
}
// The unit is that of the longest, so that marks can be compared.
function tickText(seconds, longest) {
  const [size, unit] = kTimes.find(([least]) => longest >= 2 * least) || kTimes[kTimes.length - 1];
  return `${+(seconds / size).toFixed(2)}${unit}`;
}

// A table: rows of cells, the first of each its head.
function tableOf(head, rows) {
  const cells = (row, tag) => row.map((cell, i) => element(i === 0 ? "th" : tag, i === 0 ? { scope: "row" } : {}, cell));
  return element("table", { class: "figures" },
    element("thead", {}, element("tr", {}, ...head.map((cell) => element("th", { scope: "col" }, cell)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row, "td")))));
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seriesColour = (i) => colour(`--c${i % 8}`);
