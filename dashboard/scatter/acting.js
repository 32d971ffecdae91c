// What a person can do to the map; gestures, keys and buttons end here.

const TOOLS = {
  zoomIn: (chart) => chart.zoomBy(ZOOM_STEP),
  zoomOut: (chart) => chart.zoomBy(1 / ZOOM_STEP),
  fit: (chart) => chart.fit(),
};

Object.assign(Chart.prototype, {
  setMode(mode) {
    this.mode = this.root.dataset.mode = mode;
    for (const button of this.part("toolbar").querySelectorAll("[data-mode]")) {
      button.setAttribute("aria-pressed", button.dataset.mode === mode);
    }
  },

  look(camera) {
    this.camera = camera;
    this.hoverAt(null);
    this.redraw();
  },

  dragBy(across, down) {
    this.look(dragged(this.camera, this.view, this.bounds, across, down));
  },

  zoomBy(factor, [across, down] = [this.size.width / 2, this.size.height / 2]) {
    this.look(zoomedAt(this.camera, this.view, this.bounds, across, down, factor));
  },

  fit() {
    this.look(fitted(this.bounds));
  },

  // The shown row at a place on the canvas, -1 if there is none.
  rowAt([across, down], radius = HOVER_RADIUS) {
    if (!this.ready) return -1;
    this.grid ??= new GridIndex(this.points, this.bounds);
    const [x, y] = toData(this.view, across, down);
    return this.grid.nearest(x, y, radius / this.view.scale, this.shown);
  },

  // The pointer rests here (null: it does not). Looked up once a frame.
  hoverAt(place) {
    this.pointer = place;
    this.makeWay(place);
    if (place === null) return this.inspect(-1);
    this.lookup ||= requestAnimationFrame(() => {
      this.lookup = 0;
      if (this.pointer) this.inspect(this.rowAt(this.pointer));
    });
  },

  // The legend fades while the pointer is under it.
  makeWay(place) {
    const legend = this.part("legend");
    const left = legend.offsetLeft;
    const bottom = legend.offsetTop + legend.offsetHeight;
    const under = place !== null && place[0] > left && place[1] < bottom;
    legend.classList.toggle("aside", under);
  },

  // Show the tooltip of a row, -1 = none.
  inspect(row, told) {
    if (row < 0) {
      this.tooltip.hide();
    } else {
      const place = toScreen(this.view, this.points[2 * row], this.points[2 * row + 1]);
      this.tooltip.show(row, place, this.size, told);
    }
    if (row === this.hover) return;
    this.hover = row;
    this.redraw(false);
  },

  // Tell about the point nearest to the centre.
  inspectCentre() {
    const { width, height } = this.size;
    const tell = (text) => (this.part("live").textContent = text);
    let row = -1;
    for (let radius = 20; row < 0 && radius < width + height; radius *= 2) {
      row = this.rowAt([width / 2, height / 2], radius);
    }
    this.inspect(row, tell);
    if (row < 0) tell("No point in view");
    return row;
  },

  openInspected() {
    const row = this.hover < 0 ? this.inspectCentre() : this.hover;
    if (row >= 0) this.send("open", row);
  },

  click(place) {
    const row = this.rowAt(place);
    if (row >= 0) this.send("open", row);
  },

  // The shape that is being drawn, in pixels.
  showDrawing(path, kind) {
    this.drawing = path;
    this.root.dataset.dragging = kind;
    this.redraw(false);
  },

  // Ask the server for a selection; a polygon in pixels.
  propose(path) {
    const { view } = this;
    const polygon = [];
    const corners = simplified(path, this.inputs.mostVertices);
    for (let i = 0; i < corners.length; i += 2) {
      const place = toData(view, corners[i], corners[i + 1]);
      polygon.push(...place.map((value) => rounded(value, view.scale)));
    }
    this.expect(polygon);
    this.send("lasso", { polygon });
  },

  selectView() {
    this.propose(rectangle(0, 0, this.size.width, this.size.height));
  },

  clear() {
    this.hoverAt(null);
    this.expect([]);
    this.send("cleared", true);
  },

  // Show a polygon before the server confirms it, but not for ever.
  expect(polygon) {
    this.proposal = polygon;
    clearTimeout(this.doubt);
    this.doubt = setTimeout(() => {
      this.proposal = null;
      this.redraw(false);
    }, TRUST_PROPOSAL);
    this.redraw(false);
  },
});
