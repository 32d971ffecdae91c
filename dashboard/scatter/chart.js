// One map on its root element: what is drawn, where it looks, and when it draws again.

const TRUST_PROPOSAL = 6000; // ms that a lasso is shown while the server has not answered
const HOVER_RADIUS = 10; // pixels

class Chart {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`.${name}`);
    this.bottom = newElement("canvas", "bottom");
    this.top = newElement("canvas", "top");
    this.top.tabIndex = 0;
    this.top.setAttribute("role", "application");
    this.part("stage").replaceChildren(this.bottom, this.top);
    this.sources = new Sources();
    this.tooltip = new Tooltip(this.part("tooltip"));
    this.drawn = {}; // the inputs on the screen
    this.turn = 0; // of the latest inputs
    this.hover = -1;
    this.drawing = [];
    this.proposal = null; // a polygon that the server has not confirmed
    this.size = { width: 0, height: 0 };
    this.life = new AbortController();
    try {
      this.painter = new Painter(this.bottom);
    } catch {
      this.painter = null;
      return;
    }
    this.setMode("lasso");
    this.listen();
  }

  listen() {
    const { signal } = this.life;
    listenToPointer(this, this.top, signal);
    listenToKeys(this, this.top, signal);
    const on = (target, name, act) => target.addEventListener(name, act, { signal });
    on(this.part("toolbar"), "click", (event) => {
      const { mode, action } = event.target.closest("button")?.dataset ?? {};
      if (mode) this.setMode(mode);
      if (action && this.ready) TOOLS[action](this);
    });
    on(this.part("message").querySelector("button"), "click", () => this.load());
    on(this.bottom, "webglcontextlost", (event) => event.preventDefault());
    on(this.bottom, "webglcontextrestored", () => {
      this.painter.build();
      this.redraw();
    });
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.part("stage"));
  }

  get ready() {
    return this.points !== undefined;
  }

  get view() {
    return viewOf(this.camera, this.bounds, this.size);
  }

  // New inputs from Python, perhaps the same as before.
  update(inputs, send) {
    const before = this.inputs;
    this.inputs = inputs;
    this.send = send;
    this.root.style.height = `${inputs.height}px`;
    if (!this.painter) return this.fallBack();
    if (String(before?.polygon) !== String(inputs.polygon)) this.proposal = null;
    this.tooltip.setAddresses(inputs.thumbnailUrl, inputs.sampleUrl);
    this.load();
  }

  // Fetch what is new in the inputs, then show all of it at once.
  async load() {
    const turn = ++this.turn;
    const { inputs, sources } = this;
    const { count } = inputs;
    this.root.dataset.ready = "0";
    if (inputs.pointsUrl !== this.drawn.pointsUrl) this.wait();
    try {
      const arrays = await Promise.all([
        sources.get("points", inputs.pointsUrl, Float32Array, 2 * count),
        sources.get("colours", inputs.coloursUrl, Uint8Array, count),
        sources.get("order", inputs.orderUrl, Uint8Array, count),
      ]);
      if (turn === this.turn) this.show(inputs, ...arrays);
    } catch (error) {
      if (turn !== this.turn) return;
      console.warn(`The map: ${error.message}`);
      this.say("The map could not be loaded.", true);
    }
  }

  show(inputs, points, codes, priority) {
    const { painter, drawn } = this;
    const moved = points !== this.points;
    if (moved) {
      this.points = points;
      this.bounds = boundsOf(points);
      this.camera = fitted(this.bounds);
      this.grid = null;
      painter.setPlaces(points);
    }
    const masked = moved || inputs.shown !== drawn.shown;
    if (masked) {
      this.shown = unpackedBits(inputs.shown, inputs.count);
      const dense = inputs.count >= DENSITY_FROM;
      painter.setDensity(dense ? densityOf(points, this.shown, this.bounds) : null);
    }
    const sorted = masked || priority !== this.priority;
    if (sorted) {
      this.priority = priority;
      this.order = drawOrder(priority, this.shown);
      this.room = new Uint32Array(inputs.count);
    }
    const coloured = codes !== this.codes;
    if (coloured) painter.setCodes((this.codes = codes));
    const colouring = JSON.stringify(inputs.colouring);
    const repaint = sorted || coloured || colouring !== this.colouring;
    this.colouring = colouring;
    this.drawn = inputs;
    this.part("message").hidden = true;
    if (masked) {
      this.hoverAt(null);
      this.tell();
    }
    this.redraw(repaint);
  }

  // Draw in the next frame; the points only if they look different.
  redraw(points = true) {
    this.stale ||= points;
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.part("stage");
    if (!width || !height) return;
    this.size = { width, height };
    this.stale = true;
    if (this.ready) this.draw(); // at once: a canvas that changes its size is empty
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.ready || !this.size.width) return;
    const { view, root, painter } = this;
    const pixel = window.devicePixelRatio || 1;
    for (const canvas of [this.bottom, this.top]) {
      const [width, height] = [Math.round(view.width * pixel), Math.round(view.height * pixel)];
      if (canvas.width === width && canvas.height === height) continue;
      Object.assign(canvas, { width, height });
      this.stale = true;
    }
    const theme = readTheme(root);
    if (this.painted !== theme.signature + this.colouring) {
      this.painted = theme.signature + this.colouring;
      painter.setPalette(paletteOf(this.drawn.colouring, theme));
      showLegend(this.part("legend"), this.drawn.colouring, theme);
      this.stale = true;
    }
    const look = lookOf(this.drawn.count - this.order.hidden, this.camera.zoom, theme, pixel);
    if (this.stale) {
      painter.setOrder(this.visible(view, look));
      painter.draw(view, look);
    }
    this.stale = false;
    const { selected, polygon } = this.drawn;
    const marks = { selected, polygon: this.proposal ?? polygon, hover: this.hover, drawing: this.drawing };
    drawOverlay(this.top, pixel, view, this.points, marks, look);
    this.report();
  }

  // The draw order of what can be seen from here.
  visible(view, look) {
    const { points, order } = this;
    if (order.rows.length < THIN_FROM) return order;
    const from = [view.x, view.y, view.scale, view.width, view.height].join();
    if (this.seen?.of !== order || this.seen.from !== from) {
      const cell = Math.max(1, (2 / 3) * look.radius); // a third of a point: nobody misses what it covers
      this.seen = { of: order, from, order: thinnedOrder(points, order, view, cell, this.room) };
    }
    return this.seen.order;
  }

  // Give back everything that the browser has few of.
  release() {
    this.turn++;
    this.life.abort();
    this.watcher?.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.lookup);
    clearTimeout(this.doubt);
    this.tooltip.hide();
    this.painter?.release();
    this.points = undefined;
  }
}
