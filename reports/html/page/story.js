// What became of one job and why: what `tandem explain` says, from the columns of the page.
"use strict";

const kStates = ["still waiting", "still running", "completed", "failed", "cancelled", "rejected"];
const kEnds = ["was still running", "finished", "failed", "was cancelled", "was preempted", "lost its node", "was interrupted", "was resized"];
const kFew = 5;

// Exact, with the round figure beside it.
function exactly(units, unit) {
  const seconds = units * unit;
  const exact = `${+seconds.toFixed(6)} s`;
  return seconds < 60 ? exact : `${timeText(seconds)} (${exact})`;
}

// The devices of a turn by node: "h100-0[0-7]".
function placesOf(run, turn) {
  const { nodeName, devices, firstDevice } = run.cluster;
  const places = new Map();
  for (let range = run.turns.firstRange[turn]; range < run.turns.firstRange[turn + 1]; ++range) {
    const last = run.turns.first[range] + run.turns.devices[range] - 1;
    for (let device = run.turns.first[range]; device <= last;) {
      let node = 0;
      for (let high = devices.length; high - node > 1;) {
        const middle = (node + high) >> 1;
        if (firstDevice[middle] <= device) node = middle; else high = middle;
      }
      const end = Math.min(last, firstDevice[node] + devices[node] - 1);
      const from = device - firstDevice[node], to = end - firstDevice[node];
      places.set(node, [...(places.get(node) || []), from === to ? `${from}` : `${from}-${to}`]);
      device = end + 1;
    }
  }
  return [...places].map(([node, parts]) => `${nodeName(node)}[${parts.join(",")}]`);
}

function devicesOf(run, turn) {
  let sum = 0;
  for (let range = run.turns.firstRange[turn]; range < run.turns.firstRange[turn + 1]; ++range) sum += run.turns.devices[range];
  return sum;
}

// Who held devices when a job came: tenants and jobs, most devices first.
function holdersAt(run, job) {
  const time = run.workload.submit[job];
  const jobs = [];
  const tenants = new Map();
  for (let turn = 0; turn < run.turns.begin.length && run.turns.begin[turn] < time; ++turn) {
    const devices = run.turns.end[turn] > time ? devicesOf(run, turn) : 0;
    if (devices === 0) continue;
    const other = run.turns.job[turn];
    jobs.push([run.workload.name(other), devices]);
    const tenant = run.workload.tenants[run.workload.tenant[other]];
    tenants.set(tenant, (tenants.get(tenant) || 0) + devices);
  }
  const order = (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const text = (holders) => listed(holders.sort(order).slice(0, kFew).map(([name, devices]) => `${name} ${devices}`), holders.length);
  return jobs.length === 0 ? "" : `Devices were held by tenants: ${text([...tenants])}; by jobs: ${text(jobs)}.`;
}

// Jobs that came later and started earlier, those that started first of all.
function overtakers(run, job) {
  const own = run.turnsOf(job);
  const until = own.length > 0 ? run.turns.begin[own[0]] : Infinity;
  const names = [];
  for (let turn = 0; turn < run.turns.begin.length && run.turns.begin[turn] <= until && names.length < kFew; ++turn) {
    const other = run.turns.job[turn];
    const isFirst = run.turnsOf(other)[0] === turn;
    if (other > job && isFirst && (own.length === 0 || turn < own[0])) names.push(run.workload.name(other));
  }
  return names;
}

// Who let go of devices at the instant at which a turn began.
function roomMadeBy(run, turn) {
  const made = [];
  const time = run.turns.begin[turn];
  for (let other = 0; other < turn; ++other) {
    if (run.turns.end[other] === time && run.turns.how[other] !== 0) made.push(`${run.workload.name(run.turns.job[other])} ${kEnds[run.turns.how[other]]}`);
  }
  return made.length === 0 ? "" : `Room was made when ${listed(made.slice(0, kFew), made.length)}.`;
}

function arrival(run, job) {
  const { workload } = run;
  const ahead = run.ahead[job];
  const sentences = [
    `Of ${workload.tenants[workload.tenant[job]]}; asked for ${counted(workload.devices[job], "device")}.`,
    `${ahead === 0 ? "Nobody" : counted(ahead, "job")} waited ahead of it; ${run.free[job].toLocaleString("en")} of ${run.deviceCount.toLocaleString("en")} devices were free.`,
    holdersAt(run, job),
  ];
  if (run.hold && run.hold[job] > 0) sentences.push(`It was held back: ${run.texts[run.hold[job]]}.`);
  return sentences.filter((one) => one !== "").join(" ");
}

function turnStory(run, turn, unit) {
  const { begin, end, how, reason, stopped } = run.turns;
  const stop = stopped.get(turn);
  const places = placesOf(run, turn);
  const rows = [[begin[turn], `Started${places.length > 0 ? ` on ${listed(places.slice(0, 16), places.length)}` : ""}: ${run.texts[reason[turn]]}. ${roomMadeBy(run, turn)}`]];
  if (how[turn] !== 0) {
    const why = stop && stop.reason > 0 ? `: ${run.texts[stop.reason]}` : "";
    const lost = stop && stop.lost > 0 ? ` Work of ${exactly(stop.lost, unit)} was lost and done again.` : "";
    rows.push([end[turn], `It ${kEnds[how[turn]]}, after ${exactly(end[turn] - begin[turn], unit)}${why}.${lost}`]);
  }
  return rows;
}

// The job's whole way, as rows of time and sentence.
function storyRows(run, job, unit) {
  const submit = run.workload.submit[job];
  const own = run.turnsOf(job);
  const rows = [[submit, `Submitted. ${arrival(run, job)}`]];
  if (run.admitted && run.admitted[job] > 0) rows.push([submit + run.admitted[job], "Admitted."]);
  const isRejected = run.state[job] === 5;
  const wait = (own.length > 0 ? run.turns.begin[own[0]] : run.ended[job] > 0 || isRejected ? submit + run.ended[job] : run.end) - submit;
  if (!isRejected) {
    const count = run.overtaken[job];
    const first = overtakers(run, job);
    const overtaken = count === 0 ? "" : ` ${counted(count, "job")} submitted later started before it: ${listed(first, count)}.`;
    rows.push([null, `Waited ${exactly(wait, unit)}.${overtaken}`]);
  }
  for (const turn of own) rows.push(...turnStory(run, turn, unit));
  if (isRejected) rows.push([submit + run.ended[job], `Rejected: ${run.reject ? run.texts[run.reject[job]] : ""}.`]);
  if (run.state[job] === 4 && own.length === 0) rows.push([submit + run.ended[job], "Cancelled while it waited."]);
  if (run.state[job] <= 1) rows.push([run.end, `${kStates[run.state[job]][0].toUpperCase()}${kStates[run.state[job]].slice(1)}.`]);
  return rows;
}

function showStory(run, job, unit, takesFocus) {
  at("story-title").textContent = `${run.workload.name(job)}: ${kStates[run.state[job]]} under ${run.label}`;
  const list = element("dl", {});
  for (const [time, sentence] of storyRows(run, job, unit)) {
    list.append(element("dt", {}, time === null ? "" : timeText(time * unit)), element("dd", {}, sentence));
  }
  at("story-text").replaceChildren(list);
  if (run.omitted > 0) {
    at("story-text").append(element("p", { class: "quiet" }, "Smaller gangs are left out here and among the names; tandem explain knows all."));
  }
  at("story").dataset.job = run.workload.name(job);
  if (takesFocus) at("story").focus({ preventScroll: false });
}
