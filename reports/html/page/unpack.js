// Turns the packed columns of the page's data into arrays: reports/html/page_data.h says what each
// is, packed.h how numbers and names are written.
"use strict";

const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const digitOf = new Uint8Array(128);
for (let i = 0; i < 64; ++i) digitOf[kDigits.charCodeAt(i)] = i;

// The numbers of a column.
function unpack(text) {
  let count = 0;
  for (let i = 0; i < text.length; ++i) count += digitOf[text.charCodeAt(i)] < 32;
  const numbers = new Float64Array(count);
  let at = 0;
  for (let i = 0; i < text.length; ++at) {
    let digit = digitOf[text.charCodeAt(i++)];
    const sign = digit & 1 ? -1 : 1;
    let value = (digit & 31) >> 1;
    for (let scale = 16; digit >= 32; scale *= 32) {
      digit = digitOf[text.charCodeAt(i++)];
      value += (digit & 31) * scale;  // Not a shift: numbers have more than 32 bits.
    }
    numbers[at] = sign * value;
  }
  return numbers;
}

// The same for a column of differences to the row before.
function unpackSteps(text) {
  const numbers = unpack(text);
  for (let i = 1; i < numbers.length; ++i) numbers[i] += numbers[i - 1];
  return numbers;
}

// The same for a column of stretches: a value and how often it comes.
function unpackStretches(text) {
  const stretches = unpack(text);
  let count = 0;
  for (let i = 1; i < stretches.length; i += 2) count += stretches[i];
  const numbers = new Float64Array(count);
  for (let i = 0, place = 0; i < stretches.length; place += stretches[i + 1], i += 2) {
    numbers.fill(stretches[i], place, place + stretches[i + 1]);
  }
  return numbers;
}

// A function from place to name.
function unpackNames(names) {
  const stem = unpack(names.stem);
  const number = unpack(names.number);
  const last = new Float64Array(names.stems.length);
  for (let i = 0; i < stem.length; ++i) last[stem[i]] = number[i] += last[stem[i]];
  const name = (i) => names.stems[stem[i]] + (number[i] < 0 ? "" : number[i]);
  name.count = stem.length;
  return name;
}

function unpackCluster(cluster) {
  const devices = unpack(cluster.node_devices);
  const firstDevice = new Float64Array(devices.length);
  for (let i = 1; i < devices.length; ++i) firstDevice[i] = firstDevice[i - 1] + devices[i - 1];
  return { nodeName: unpackNames(cluster.nodes), devices, firstDevice };
}

function unpackWorkload(workload) {
  return {
    name: unpackNames(workload.jobs),
    tenants: workload.tenants,
    tenant: unpack(workload.tenant),
    devices: unpack(workload.devices),
    submit: unpackSteps(workload.submit),
  };
}

// Gangs in the order of their begin; `upTo[i]` is the latest end of the first i + 1 of them, so that
// who may overlap a stretch of time is found by bisection.
function unpackTurns(turn) {
  const begin = unpackSteps(turn.begin);
  const length = unpack(turn.length);
  const rangeCount = unpackStretches(turn.range_count);
  const first = unpack(turn.range_first);
  const devices = unpack(turn.range_devices);
  const firstRange = new Int32Array(begin.length + 1);
  const end = new Float64Array(begin.length);
  const upTo = new Float64Array(begin.length);
  for (let i = 0, latest = 0; i < begin.length; ++i) {
    end[i] = begin[i] + length[i];
    upTo[i] = latest = Math.max(latest, end[i]);
    firstRange[i + 1] = firstRange[i] + rangeCount[i];
    for (let r = firstRange[i] + 1; r < firstRange[i + 1]; ++r) first[r] += first[r - 1] + devices[r - 1];
  }
  const stopped = new Map();
  const reasons = unpack(turn.stopped_reason);
  const lost = unpack(turn.stopped_lost);
  unpackSteps(turn.stopped).forEach((place, i) => stopped.set(place, { reason: reasons[i], lost: lost[i] }));
  return {
    job: unpackSteps(turn.job), begin, end, upTo, how: unpackStretches(turn.how), reason: unpack(turn.reason),
    firstRange, first, devices, stopped,
  };
}

// The places of each job's turns, in their order.
function turnsByJob(turns, jobCount) {
  const firstOf = new Int32Array(jobCount + 1);
  for (const job of turns.job) ++firstOf[job + 1];
  for (let i = 0; i < jobCount; ++i) firstOf[i + 1] += firstOf[i];
  const places = new Int32Array(turns.job.length);
  const next = firstOf.slice();
  turns.job.forEach((job, turn) => { places[next[job]++] = turn; });
  return (job) => places.subarray(firstOf[job], firstOf[job + 1]);
}

// All that is known of the single jobs of a run; null if the page holds none of them.
function unpackRun(data, run) {
  if (run.turn === undefined) return null;
  const workload = unpackWorkload(data.workloads[run.workload]);
  const turns = unpackTurns(run.turn);
  const stretches = (name) => (run.job[name] ? unpackStretches(run.job[name]) : null);
  return {
    workload, turns, cluster: unpackCluster(data.clusters[run.cluster]), texts: run.texts,
    turnsOf: turnsByJob(turns, workload.name.count),
    ahead: unpack(run.job.waited_ahead), free: unpack(run.job.devices_free), overtaken: stretches("overtaken_by"),
    state: stretches("state"), ended: stretches("ended"), hold: stretches("hold"),
    admitted: stretches("admitted"), reject: stretches("reject"),
    outages: {
      node: unpack(run.outages.node), begin: unpack(run.outages.begin), length: unpack(run.outages.length),
    },
  };
}
