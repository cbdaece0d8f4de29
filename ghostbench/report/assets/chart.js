// Marks of area alike, drawn around the origin.
function outline(glyph) {
  const ring = (n, r, turn) =>
    Array.from({ length: n }, (_, i) => {
      const a = ((i / n) * 2 + turn) * Math.PI, far = Array.isArray(r) ? r[i % 2] : r;
      return `${(far * Math.cos(a)).toFixed(2)},${(far * Math.sin(a)).toFixed(2)}`;
    }).join(" L");
  const plus = "M-2,-6.5 H2 V-2 H6.5 V2 H2 V6.5 H-2 V2 H-6.5 V-2 H-2 Z";
  const paths = {
    circle: "M5.8,0 A5.8,5.8 0 1 1 -5.8,0 A5.8,5.8 0 1 1 5.8,0 Z",
    square: "M-5,-5 H5 V5 H-5 Z", plus,
    up: `M${ring(3, 7, -0.5)} Z`, down: `M${ring(3, 7, 0.5)} Z`,
    left: `M${ring(3, 7, 1)} Z`, right: `M${ring(3, 7, 0)} Z`,
    diamond: `M${ring(4, 6.8, 0)} Z`, pentagon: `M${ring(5, 6.3, -0.5)} Z`, hexagon: `M${ring(6, 6.2, 0)} Z`,
    star: `M${ring(10, [7.5, 3.4], -0.5)} Z`, cross: `M${ring(8, [7, 3.2], 0.25)} Z`,
  };
  return paths[glyph] || paths.circle;
}

function front(points) {
  const best = [];
  for (const p of [...points].sort((a, b) => a.x - b.x || b.y - a.y))
    if (!best.length || p.y > best[best.length - 1].y) best.push(p);
  return best;
}

function ticksOf(low, high, log) {
  const found = [];
  if (log && high / low >= 2.5) {
    const steps = high / low < 8 ? [1, 1.5, 2, 3, 4, 5, 6, 8] : [1, 2, 5];
    for (let power = -3; power < 7; power++)
      for (const step of steps) {
        const tick = Number((step * 10 ** power).toPrecision(3));
        if (tick >= low && tick <= high) found.push(tick);
      }
    return found;
  }
  const rough = (high - low) / 6, scale = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((s) => s * scale).find((s) => s >= rough);
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) found.push(Number(tick.toPrecision(6)));
  return found;
}

const ALL = "all together";

class Chart {
  constructor(place, data) {
    this.groups = data.groups;
    this.device = data.groups[0].device;
    this.precision = data.groups[0].precision;
    this.hidden = new Set();
    this.kinds = new Set(["measured"]);
    this.log = true;
    this.chosen = null;
    this.controls = html("div", { class: "controls", role: "group", "aria-label": "What the chart shows" });
    this.plot = svg("svg", { class: "plot", role: "group", "aria-label": "Accuracy against latency" });
    this.told = html("div", { class: "told", "aria-live": "polite" });
    place.append(this.controls, this.plot, this.told);
    this.choose(null);
    this.show();
    const fit = () => { if (this.plot.clientWidth && this.plot.clientWidth !== this.width) this.draw(); };
    new ResizeObserver(() => requestAnimationFrame(fit)).observe(place);
  }

  family(key) { return this.families.find((f) => f.key === key); }
  colour(f) { return `var(--${f.colour}, ${f.light})`; }
  visible() { return this.points.filter((p) => this.kinds.has(p.kind) && !this.hidden.has(p.family)); }
  precisions() { return this.groups.filter((g) => g.device === this.device).map((g) => g.precision); }

  // Another device or precision: its points, its families, its controls.
  show() {
    const here = this.groups.filter((g) => g.device === this.device && [g.precision, ALL].includes(this.precision));
    const several = here.length > 1;
    this.points = here.flatMap((g, place) => g.points
      .filter((p) => p.kind === "measured" || !place)
      .map((p) => (several && p.kind === "measured"
        ? { ...p, title: `${p.title} ${g.precision}`, label: `${p.label} ${g.precision}`, series: `${p.series} ${g.precision}` }
        : p)));
    this.families = [];
    for (const f of here.flatMap((g) => g.families)) if (!this.family(f.key)) this.families.push(f);
    this.published = here[0].published;
    this.madeUp = here[0].madeUp;
    if (!this.published) this.kinds = new Set(["measured"]);
    this.choose(null);
    this.fillControls();
    this.draw();
  }

  fillPicks() {
    const devices = [...new Set(this.groups.map((g) => g.device))], precisions = this.precisions();
    const same = (name) => [name, name];
    if (devices.length > 1)
      this.controls.append(pick("Device", devices.map(same), this.device, (device) => {
        this.device = device;
        if (!this.precisions().includes(this.precision)) this.precision = this.precisions()[0];
        this.show();
        this.controls.querySelector("select").focus();
      }));
    if (precisions.length > 1)
      this.controls.append(pick("Precision", [...precisions, ALL].map(same), this.precision, (precision) => {
        this.precision = precision;
        this.show();
        [...this.controls.querySelectorAll("select")].pop().focus();
      }));
  }

  fillControls() {
    this.controls.replaceChildren();
    this.fillPicks();
    const toggle = (text, pressed, change, family) => {
      const button = html("button", { type: "button", "aria-pressed": String(pressed) });
      if (family) {
        const path = svg("path", { d: outline(family.glyph), style: `fill:${this.colour(family)}` });
        button.append(svg("svg", { width: 14, height: 14, viewBox: "-8 -8 16 16", "aria-hidden": "true" }, path));
      }
      button.append(text);
      button.addEventListener("click", () => {
        const now = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(now));
        change(now);
        this.draw();
      });
      this.controls.append(button);
      return button;
    };
    const member = (set, value) => (now) => (now ? set.add(value) : set.delete(value));
    const kinds = { measured: "● measured here", published: "○ " + this.published };
    if (this.published)
      for (const kind of ["measured", "published"]) toggle(kinds[kind], this.kinds.has(kind), member(this.kinds, kind));
    toggle("logarithmic time", this.log, (now) => { this.log = now; }).classList.add("scale");
    this.controls.append(html("span", { class: "gap" }));
    this.buttons = new Map();
    for (const f of this.families)
      this.buttons.set(f.key, toggle(f.title, !this.hidden.has(f.key), (now) => (now ? this.hidden.delete(f.key) : this.hidden.add(f.key)), f));
  }

  scales(points) {
    const xs = points.flatMap((p) => [p.low ?? p.x, p.high ?? p.x]), ys = points.flatMap((p) => [p.yLow ?? p.y, p.yHigh ?? p.y]);
    const air = Math.max(0.8, 0.07 * (Math.max(...ys) - Math.min(...ys)));
    this.y0 = Math.min(...ys) - air;
    this.y1 = Math.max(...ys) + air;
    const low = Math.min(...xs), high = Math.max(...xs);
    this.x0 = this.log ? low / 1.15 : Math.max(0, low - 0.06 * (high - low || 1));
    this.x1 = this.log ? high * 1.15 : high + 0.06 * (high - low || 1);
  }

  x(value) {
    const share = this.log
      ? Math.log(value / this.x0) / Math.log(this.x1 / this.x0)
      : (value - this.x0) / (this.x1 - this.x0);
    return this.left + share * (this.width - this.left - this.right);
  }

  y(value) { return this.top + ((this.y1 - value) / (this.y1 - this.y0)) * (this.height - this.top - this.bottom); }

  draw() {
    this.width = Math.max(300, Math.round(this.plot.parentNode.clientWidth));
    this.height = Math.round(Math.min(560, Math.max(340, this.width * 0.6)));
    Object.assign(this, { left: 44, right: 14, top: 24, bottom: 44 });
    this.plot.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.plot.replaceChildren();
    const points = this.visible();
    for (const [key, button] of this.buttons)
      button.hidden = !this.points.some((p) => p.family === key && this.kinds.has(p.kind));
    if (!points.length) {
      this.text(this.width / 2, this.height / 2, "Nothing is chosen.", { "text-anchor": "middle" });
      return;
    }
    this.scales(points);
    this.drawAxes();
    this.drawLines(points);
    this.drawPoints(points);
    if (this.madeUp)
      this.text(this.width / 2, this.height / 2, "SIMULATED", {
        class: "watermark", "text-anchor": "middle", transform: `rotate(-18 ${this.width / 2} ${this.height / 2})`,
      });
  }

  text(x, y, words, attributes) {
    const node = svg("text", { x, y, ...attributes }, words);
    this.plot.append(node);
    return node;
  }

  drawAxes() {
    const floor = this.height - this.bottom, wall = this.width - this.right;
    const step = [0.5, 1, 2, 5, 10, 20].find((s) => (this.y1 - this.y0) / s <= 9) || 25;
    for (let tick = Math.ceil(this.y0 / step) * step; tick <= this.y1; tick += step) {
      this.plot.append(svg("line", { class: "grid", x1: this.left, x2: wall, y1: this.y(tick), y2: this.y(tick) }));
      this.text(this.left - 6, this.y(tick) + 4, String(tick), { class: "tick", "text-anchor": "end" });
    }
    for (const tick of ticksOf(this.x0, this.x1, this.log)) {
      this.plot.append(svg("line", { class: "grid", x1: this.x(tick), x2: this.x(tick), y1: this.top, y2: floor }));
      this.text(this.x(tick), floor + 17, String(tick), { class: "tick", "text-anchor": "middle" });
    }
    this.text(wall, this.height - 8, "Latency, ms", { "text-anchor": "end" });
    const asked = this.visible().some((p) => p.yLow !== null);
    this.text(4, 13, `ImageNet top-1 accuracy, % (${asked ? "light dot: measured" : "published"})`, {});
  }

  line(points, attributes) {
    const path = points.map((p, i) => `${i ? "L" : "M"}${this.x(p.x).toFixed(1)},${this.y(p.y).toFixed(1)}`).join(" ");
    this.plot.append(svg("path", { d: path, ...attributes }));
  }

  drawLines(points) {
    this.line(front(points.filter((p) => p.kind === "measured")), { class: "front" });
    const series = new Map();
    for (const p of points) {
      const key = `${p.kind} ${p.family} ${p.series}`;
      series.set(key, [...(series.get(key) || []), p]);
    }
    for (const curve of series.values())
      if (curve.length > 1)
        this.line(curve.sort((a, b) => a.y - b.y || a.x - b.x), {
          class: `curve ${curve[0].kind}`, style: `stroke:${this.colour(this.family(curve[0].family))}`,
        });
  }

  drawPoints(points) {
    const ordered = [...points].sort((a, b) => a.x - b.x);
    this.order = ordered;
    this.nodes = new Map();
    for (const p of ordered) this.drawPoint(p);
    this.drawLabels(ordered);
    const reachable = ordered.includes(this.chosen) ? this.chosen : ordered[0];
    this.nodes.get(reachable).setAttribute("tabindex", "0");
    this.mark();
  }

  drawPoint(p) {
    const f = this.family(p.family), x = this.x(p.x), y = this.y(p.y), published = p.kind === "published";
    const node = svg("g", { class: "point", tabindex: "-1", role: "img", "aria-label": this.spoken(p) });
    if (p.low !== null && p.high !== null && !published)
      node.append(svg("path", {
        d: `M${this.x(p.low)},${y - 4} v8 M${this.x(p.low)},${y} H${this.x(p.high)} M${this.x(p.high)},${y - 4} v8`,
        style: `fill:none;stroke:${this.colour(f)};stroke-width:1.4`,
      }));
    const asked = p.yLow !== null && p.yHigh !== null;
    if (asked)
      node.append(svg("path", {
        d: `M${x - 4},${this.y(p.yLow)} h8 M${x},${this.y(p.yLow)} V${this.y(p.yHigh)} M${x - 4},${this.y(p.yHigh)} h8`,
        style: `fill:none;stroke:${this.colour(f)};stroke-width:1.4`, class: "asked",
      }));
    const fill = published ? "var(--paper)" : this.colour(f);
    node.append(
      svg("circle", { cx: x, cy: y, r: 14, fill: "transparent" }),
      svg("path", {
        class: "mark", d: outline(f.glyph), transform: `translate(${x} ${y})`,
        style: `fill:${fill};fill-opacity:${p.cautioned ? 0.3 : 1};stroke:${this.colour(f)};stroke-width:1.6`,
      }),
    );
    if (asked) node.append(svg("circle", { cx: x, cy: y, r: 2.2, style: "fill:var(--paper)" }));
    node.addEventListener("mouseenter", () => this.choose(p));
    node.addEventListener("click", () => this.choose(p));
    node.addEventListener("focus", () => this.choose(p));
    node.addEventListener("keydown", (event) => this.walk(event, p));
    this.nodes.set(p, node);
    this.plot.append(node);
  }

  spoken(p) { return `${p.title}, ${p.kind}: ${p.facts.map(([name, value]) => `${name} ${value}`).join(", ")}`; }

  walk(event, p) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && p.record) {
      event.preventDefault(); // else the same key presses the button that takes the focus
      showRecord(p.record);
    }
    if (!step) return;
    event.preventDefault();
    const next = this.order[this.order.indexOf(p) + step];
    if (next) this.nodes.get(next).focus();
  }

  // A name goes to the first place where it covers neither a mark nor another name; without one it is left out.
  drawLabels(points) {
    const taken = points.map((p) => ({
      x0: Math.min(this.x(p.x) - 7, this.x(p.low ?? p.x)), x1: Math.max(this.x(p.x) + 7, this.x(p.high ?? p.x)),
      y0: this.y(p.y) - 7, y1: this.y(p.y) + 7,
    }));
    const important = new Set(front(points.filter((p) => p.kind === "measured")));
    const alone = (p) => points.filter((q) => q.family === p.family).length === 1;
    for (const p of [...points].sort((a, b) => important.has(b) - important.has(a))) {
      const x = this.x(p.x), y = this.y(p.y);
      const words = (alone(p) ? p.title : p.label) + (p.cautioned ? " !" : "");
      const label = this.text(0, 0, words.length > 28 ? words.slice(0, 27) + "…" : words, {
        class: "label", style: `fill:${this.colour(this.family(p.family))}`,
      });
      const wide = label.getComputedTextLength();
      const right = [[x + 10, y + 4], [x + 8, y + 15], [x + 8, y - 7]], middle = [[x - wide / 2, y - 11], [x - wide / 2, y + 20]];
      const left = [[x - 10 - wide, y + 4], [x - 8 - wide, y - 7], [x - 8 - wide, y + 15]];
      // Left of the front is never a network, right of it are many.
      const places = important.has(p) ? [...left, ...middle, ...right] : [...right, ...middle, ...left];
      const free = places.find(([px, py]) => {
        const box = { x0: px, x1: px + wide, y0: py - 11, y1: py + 3 };
        const inside = box.x0 >= this.left && box.x1 <= this.width - 2 && box.y0 >= this.top - 8 && box.y1 <= this.height - this.bottom;
        return inside && !taken.some((t) => t.x0 < box.x1 && box.x0 < t.x1 && t.y0 < box.y1 && box.y0 < t.y1);
      });
      if (!free) { label.remove(); continue; }
      label.setAttribute("x", free[0]);
      label.setAttribute("y", free[1]);
      taken.push({ x0: free[0], x1: free[0] + wide, y0: free[1] - 11, y1: free[1] + 3 });
    }
  }

  choose(p) {
    this.chosen = p;
    this.mark();
    this.tell(p);
  }

  mark() {
    for (const [p, node] of this.nodes || []) {
      node.classList.toggle("chosen", p === this.chosen);
      if (this.order.includes(this.chosen)) node.setAttribute("tabindex", p === this.chosen ? "0" : "-1");
    }
  }

  tell(p) {
    if (!p) {
      this.told.replaceChildren(html("p", {}, "No network is chosen. The broad band is the Pareto front: no measured network is both faster and more accurate."));
      return;
    }
    const pairs = p.facts.map(([name, value]) =>
      html("div", name === "Caution" ? { class: "caution" } : {}, html("dt", {}, name), html("dd", {}, value)));
    const link = p.record ? [html("p", { class: "go" }, html("a", { href: `#${p.record}` }, "The record: conditions, blocks, hashes"))] : [];
    this.told.replaceChildren(html("h4", {}, `${p.title}, ${p.kind}`), html("dl", {}, ...pairs), ...link);
  }
}

for (const place of document.querySelectorAll("[data-chart]"))
  new Chart(place, JSON.parse(document.getElementById(place.dataset.chart).textContent));
