// The picture of devices over time on a canvas. Only what is visible is drawn: gangs are in the order
// of their begin, and of those narrower than a pixel the first in its place stands for the others.
"use strict";

const kMargin = { left: 84, top: 4, bottom: 24 };  // Pixels for names and times.

class Gantt {
  constructor(canvas, unit, onChosen) {
    this.canvas = canvas;
    this.unit = unit;
    this.onChosen = onChosen;
    this.chosen = -1;  // A turn.
    this.colourBy = "tenant";
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show(run, end) {
    this.run = run;
    this.deviceCount = run.cluster.firstDevice.length === 0 ? 0
      : run.cluster.firstDevice[run.cluster.firstDevice.length - 1] + run.cluster.devices[run.cluster.devices.length - 1];
    this.all = { from: 0, to: Math.max(end, 1), top: 0, bottom: Math.max(this.deviceCount, 1) };
    this.view = { ...this.all };
    this.chosen = -1;
    this.draw();
  }

  x(time) { return kMargin.left + (time - this.view.from) / (this.view.to - this.view.from) * this.width; }
  y(device) { return kMargin.top + (device - this.view.top) / (this.view.bottom - this.view.top) * this.height; }
  timeAt(x) { return this.view.from + (x - kMargin.left) / this.width * (this.view.to - this.view.from); }
  deviceAt(y) { return this.view.top + (y - kMargin.top) / this.height * (this.view.bottom - this.view.top); }

  // The turns that may overlap the time from `from` to `to`: places from [0] to before [1].
  visible(from, to) {
    const { begin, upTo } = this.run.turns;
    const search = (array, value, orEqual) => {
      let low = 0, high = array.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (array[middle] < value || (orEqual && array[middle] === value)) low = middle + 1; else high = middle;
      }
      return low;
    };
    return [search(upTo, from, false), search(begin, to, true)];
  }

  // Once a frame, however often the view changes meanwhile.
  drawSoon() {
    this.describe();
    if (this.isAwaited) return;
    this.isAwaited = true;
    requestAnimationFrame(() => {
      this.isAwaited = false;
      this.draw();
    });
  }

  draw() {
    const { clientWidth, clientHeight } = this.canvas;  // Asking is slow: the browser lays out first.
    if (!this.run || clientWidth === 0) return;
    this.width = clientWidth - kMargin.left;
    this.height = clientHeight - kMargin.top - kMargin.bottom;
    const scale = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * scale);
    this.canvas.height = Math.round(clientHeight * scale);
    const paint = this.canvas.getContext("2d");
    paint.setTransform(scale, 0, 0, scale, 0, 0);
    paint.font = "12px system-ui, sans-serif";
    paint.fillStyle = colour("--card");
    paint.fillRect(0, 0, clientWidth, clientHeight);
    this.drawTimes(paint);
    paint.save();
    paint.beginPath();
    paint.rect(kMargin.left, kMargin.top, this.width, this.height);
    paint.clip();
    this.drawOutages(paint);
    this.drawTurns(paint);
    this.drawChosen(paint);
    paint.restore();
    this.drawNodes(paint);
    this.describe();
  }

  drawTimes(paint) {
    const { from, to } = this.view;
    const longest = to * this.unit;
    const [grid, quiet] = [colour("--grid"), colour("--quiet")];
    paint.textAlign = "center";
    for (const time of timeTicks(from * this.unit, longest, this.width / 90)) {
      const x = this.x(time / this.unit);
      paint.fillStyle = grid;
      paint.fillRect(Math.round(x), kMargin.top, 1, this.height);
      paint.fillStyle = quiet;
      paint.fillText(tickText(time, longest), Math.min(x, kMargin.left + this.width - 24), kMargin.top + this.height + 16);
    }
  }

  drawNodes(paint) {
    const { nodeName, devices, firstDevice } = this.run.cluster;
    const rowsOfNode = (node) => this.y(firstDevice[node] + devices[node]) - this.y(firstDevice[node]);
    paint.textAlign = "right";
    paint.textBaseline = "middle";
    const [edge, quiet] = [colour("--edge"), colour("--quiet")];
    let lastLabel = -Infinity;
    for (let node = 0; node < devices.length; ++node) {
      const top = this.y(firstDevice[node]);
      const middle = top + rowsOfNode(node) / 2;
      if (top > kMargin.top + this.height || top + rowsOfNode(node) < kMargin.top) continue;
      if (rowsOfNode(node) >= 3) {
        paint.fillStyle = edge;
        paint.fillRect(kMargin.left - 6, Math.round(top), this.width + 6, 0.5);
      }
      if (middle - lastLabel < 14 || middle < kMargin.top + 4 || middle > kMargin.top + this.height) continue;
      paint.fillStyle = quiet;
      paint.fillText(shortened(paint, nodeName(node), kMargin.left - 10), kMargin.left - 8, middle);
      lastLabel = middle;
    }
    paint.textBaseline = "alphabetic";
  }

  drawOutages(paint) {
    const { node, begin, length } = this.run.outages;
    const { firstDevice, devices } = this.run.cluster;
    paint.fillStyle = colour("--edge");
    node.forEach((which, i) => {
      const top = this.y(firstDevice[which]);
      const left = this.x(begin[i]);
      paint.fillRect(left, top, Math.max(1, this.x(begin[i] + length[i]) - left), this.y(firstDevice[which] + devices[which]) - top);
    });
  }

  // The place of its colour among seriesColour().
  shade(turn) {
    const { workload, turns } = this.run;
    const job = turns.job[turn];
    if (this.colourBy === "tenant") return workload.tenant[job] % 8;
    const wait = (turns.begin[this.run.turnsOf(job)[0]] - workload.submit[job]) * this.unit;
    return wait < 60 ? 2 : wait < 3600 ? 0 : wait < 86400 ? 1 : 6;
  }

  drawTurns(paint) {
    const { begin, end, firstRange, first, devices } = this.run.turns;
    const colours = Array.from({ length: 8 }, (_, i) => seriesColour(i));
    const [from, to] = this.visible(this.view.from, this.view.to);
    const rows = Math.ceil(this.height);
    const paintedTo = new Float64Array(rows + 1).fill(-1);  // In each row of pixels.
    let lastShade = -1;
    const gap = this.height / (this.view.bottom - this.view.top) >= 5 ? 1 : 0;
    for (let turn = from; turn < to; ++turn) {
      if (end[turn] < this.view.from) continue;
      const left = this.x(begin[turn]);
      const right = Math.max(this.x(end[turn]), left + 1);
      const shade = this.shade(turn);
      if (shade !== lastShade) paint.fillStyle = colours[lastShade = shade];
      for (let range = firstRange[turn]; range < firstRange[turn + 1]; ++range) {
        const top = this.y(first[range]);
        const bottom = Math.max(this.y(first[range] + devices[range]) - gap, top + 1);
        if (bottom < kMargin.top || top > kMargin.top + this.height) continue;
        const firstRow = Math.max(0, Math.floor(top - kMargin.top));
        const lastRow = Math.min(rows, Math.ceil(bottom - kMargin.top) - 1);
        let isHidden = true;
        for (let row = firstRow; row <= lastRow && isHidden; ++row) isHidden = right <= paintedTo[row];
        if (isHidden) continue;
        for (let row = firstRow; row <= lastRow; ++row) paintedTo[row] = Math.ceil(right);
        paint.fillRect(left, top, right - left - (right - left > 3 ? 0.75 : 0), bottom - top);
      }
    }
  }

  drawChosen(paint) {
    if (this.chosen < 0) return;
    const { begin, end, firstRange, first, devices } = this.run.turns;
    paint.strokeStyle = colour("--ink");
    paint.lineWidth = 2;
    const left = this.x(begin[this.chosen]);
    const width = Math.max(3, this.x(end[this.chosen]) - left);
    for (let range = firstRange[this.chosen]; range < firstRange[this.chosen + 1]; ++range) {
      const top = this.y(first[range]);
      paint.strokeRect(left - 1, top - 1, width + 2, Math.max(2, this.y(first[range] + devices[range]) - top) + 1);
    }
  }

  describe() {
    const { from, to, top, bottom } = this.view;
    const [begin, end] = this.visible(from, to);
    this.canvas.setAttribute("aria-label", `Gantt of devices: ${counted(end - begin, "gang")} from ${timeText(from * this.unit)} to ` +
      `${timeText(to * this.unit)}, devices ${Math.floor(top)} to ${Math.ceil(bottom) - 1} of ${this.deviceCount}`);
  }

  // The turn at a place of the canvas, or within a few pixels beside it; -1 if there is none.
  turnAt(x, y) {
    const { begin, end, firstRange, first, devices } = this.run.turns;
    const device = Math.floor(this.deviceAt(y));
    const slack = 3 * (this.view.to - this.view.from) / this.width;
    const time = this.timeAt(x);
    const [from, to] = this.visible(time - slack, time + slack);
    let best = -1, distance = Infinity;
    for (let turn = from; turn < to; ++turn) {
      const off = Math.max(begin[turn] - time, time - end[turn], 0);
      if (off > slack || off >= distance) continue;
      for (let range = firstRange[turn]; range < firstRange[turn + 1]; ++range) {
        if (device >= first[range] && device < first[range] + devices[range]) {
          best = turn;
          distance = off;
        }
      }
    }
    return best;
  }

  choose(turn, opens) {
    this.chosen = turn;
    if (turn >= 0) this.reveal(turn);
    this.drawSoon();
    if (turn >= 0) this.onChosen(this.run.turns.job[turn], opens);
  }

  // Moves the view so that the begin of a turn is in it.
  reveal(turn) {
    const { begin, firstRange, first } = this.run.turns;
    const length = this.view.to - this.view.from;
    if (begin[turn] < this.view.from || begin[turn] > this.view.to) this.move(begin[turn] - this.view.from - length / 3, 0);
    const rows = this.view.bottom - this.view.top;
    const device = firstRange[turn] < firstRange[turn + 1] ? first[firstRange[turn]] : this.view.top;
    if (device < this.view.top || device >= this.view.bottom) this.move(0, device - this.view.top - rows / 3);
  }

  move(time, devices) {
    const shift = (low, high, by, least, most) => {
      const moved = Math.min(Math.max(by, least - low), most - high);
      return [low + moved, high + moved];
    };
    [this.view.from, this.view.to] = shift(this.view.from, this.view.to, time, this.all.from, this.all.to);
    [this.view.top, this.view.bottom] = shift(this.view.top, this.view.bottom, devices, this.all.top, this.all.bottom);
    this.drawSoon();
  }

  // Keeps what is at `place` of the two ends, from 0 to 1, where it is. Returns whether it changed.
  zoom(low, high, factor, place, least) {
    const length = this.view[high] - this.view[low];
    const wanted = Math.min(Math.max(length * factor, least), this.all[high] - this.all[low]);
    const fixed = this.view[low] + place * length;
    const from = Math.min(Math.max(fixed - place * wanted, this.all[low]), this.all[high] - wanted);
    this.view[low] = from;
    this.view[high] = from + wanted;
    this.drawSoon();
    return wanted !== length;
  }
  zoomTime(factor, place = 0.5) { return this.zoom("from", "to", factor, place, 20); }
  zoomRows(factor, place = 0.5) { return this.zoom("top", "bottom", factor, place, 4); }
  zoomAll() {
    this.view = { ...this.all };
    this.drawSoon();
  }

  listen() {
    const place = (event) => [event.offsetX, event.offsetY];
    let grip = null;
    this.canvas.addEventListener("wheel", (event) => {
      const [x, y] = place(event);
      const factor = Math.exp(Math.sign(event.deltaY) * 0.22);
      let changed = true;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        this.move((event.deltaX || event.deltaY) / this.width * (this.view.to - this.view.from), 0);
      } else if (event.altKey) {
        changed = this.zoomRows(factor, (y - kMargin.top) / this.height);
      } else {
        changed = this.zoomTime(factor, Math.max(0, (x - kMargin.left) / this.width));
      }
      if (changed) event.preventDefault();  // With all in view, the page scrolls on.
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => {
      grip = { at: place(event), moved: false };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (!grip) {
        const turn = this.turnAt(x, y);
        this.canvas.title = turn < 0 ? "" : this.run.workload.name(this.run.turns.job[turn]);
        return;
      }
      if (!grip.moved && Math.hypot(x - grip.at[0], y - grip.at[1]) < 4) return;
      this.move((grip.at[0] - x) / this.width * (this.view.to - this.view.from), (grip.at[1] - y) / this.height * (this.view.bottom - this.view.top));
      grip = { at: [x, y], moved: true };
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (grip && !grip.moved) {
        const turn = this.turnAt(...place(event));
        if (turn >= 0) this.choose(turn, true);
      }
      grip = null;
    });
    this.canvas.addEventListener("pointercancel", () => { grip = null; });
    this.canvas.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    const step = (this.view.to - this.view.from) / 8;
    const rows = (this.view.bottom - this.view.top) / 8;
    const count = this.run.turns.begin.length;
    const next = () => (this.chosen < 0 ? this.visible(this.view.from, this.view.to)[0] : this.chosen + 1);
    const actions = {
      ArrowLeft: () => this.move(-step, 0), ArrowRight: () => this.move(step, 0),
      ArrowUp: () => this.move(0, -rows), ArrowDown: () => this.move(0, rows),
      "+": () => this.zoomTime(0.7), "=": () => this.zoomTime(0.7), "-": () => this.zoomTime(1 / 0.7),
      "]": () => this.zoomRows(0.7), "[": () => this.zoomRows(1 / 0.7), 0: () => this.zoomAll(), Home: () => this.zoomAll(),
      n: () => count > 0 && this.choose(Math.min(next(), count - 1), false),
      p: () => this.chosen > 0 && this.choose(this.chosen - 1, false),
      Enter: () => this.chosen >= 0 && this.choose(this.chosen, true),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  }
}

// As much of a text as fits.
function shortened(paint, text, width) {
  if (paint.measureText(text).width <= width) return text;
  let kept = text;
  while (kept.length > 1 && paint.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
