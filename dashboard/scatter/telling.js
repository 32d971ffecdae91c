// What the map says of itself: to people, to those who hear it, and to tests.

const HOW_TO =
  "Drag to lasso, arrow keys pan, plus and minus zoom, 0 shows everything, L, B and P choose lasso, " +
  "box or pan, Enter selects what is in view, Space tells about the point nearest to the centre, " +
  "O opens it, Escape clears.";

Object.assign(Chart.prototype, {
  wait() {
    this.points = undefined;
    this.tooltip.hide();
    this.say("Loading map…", false);
    this.part("message").classList.add("waiting");
  },

  // A sentence instead of the map.
  say(sentence, again) {
    const message = this.part("message");
    message.classList.remove("waiting");
    message.hidden = false;
    message.querySelector("span").textContent = sentence;
    message.querySelector("button").hidden = !again;
  },

  // How many points there are, for tests, for the label and for those who hear it.
  tell() {
    const { count } = this.drawn;
    const shown = count - this.order.hidden;
    Object.assign(this.root.dataset, { count, shown });
    const numbers = `${count.toLocaleString("en")} points, ${shown.toLocaleString("en")} shown`;
    this.part("live").textContent = numbers;
    this.top.setAttribute("aria-label", `Map of ${numbers}. ${HOW_TO}`);
  },

  // Without WebGL2: say so, here and to Python, once.
  fallBack() {
    this.say("WebGL2 is not available; a plain chart is shown instead.", false);
    if (!this.toldFallback) this.send("fallback", true);
    this.toldFallback = true;
  },

  // The state, for tests and benchmarks.
  report() {
    const { x, y, zoom } = this.camera;
    Object.assign(this.root.dataset, {
      camera: [x.toPrecision(6), y.toPrecision(6), zoom.toFixed(3)].join(),
      hover: this.hover < 0 ? "" : this.hover,
      colours: this.drawn.coloursUrl,
      ready: this.drawn === this.inputs ? "1" : "0",
    });
  },
});
