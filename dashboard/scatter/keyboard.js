// Keys on the focused map. They stop here: Streamlit has shortcuts of its own.

const PAN_STEP = 60; // pixels
const ZOOM_STEP = 1.4;

const MAP_KEYS = {
  ArrowLeft: (chart) => chart.dragBy(PAN_STEP, 0),
  ArrowRight: (chart) => chart.dragBy(-PAN_STEP, 0),
  ArrowUp: (chart) => chart.dragBy(0, PAN_STEP),
  ArrowDown: (chart) => chart.dragBy(0, -PAN_STEP),
  "+": (chart) => chart.zoomBy(ZOOM_STEP),
  "=": (chart) => chart.zoomBy(ZOOM_STEP), // + without Shift
  "-": (chart) => chart.zoomBy(1 / ZOOM_STEP),
  0: (chart) => chart.fit(),
  l: (chart) => chart.setMode("lasso"),
  b: (chart) => chart.setMode("box"),
  p: (chart) => chart.setMode("pan"),
  o: (chart) => chart.openInspected(),
  Enter: (chart) => chart.selectView(),
  Escape: (chart) => chart.cancelDrag() || chart.clear(),
  " ": (chart) => {
    if (!chart.spaceHeld) chart.spaceUsed = false;
    chart.spaceHeld = true; // a drag now pans; let go without one, it shows the nearest point
  },
};

function listenToKeys(chart, canvas, signal) {
  canvas.addEventListener(
    "keydown",
    (event) => {
      const act = MAP_KEYS[event.key] ?? MAP_KEYS[event.key.toLowerCase()];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (chart.ready) act(chart);
    },
    { signal },
  );
  canvas.addEventListener(
    "keyup",
    (event) => {
      if (event.key !== " " || !chart.spaceHeld) return;
      event.preventDefault();
      event.stopPropagation();
      chart.spaceHeld = false;
      if (!chart.spaceUsed && chart.ready) chart.inspectCentre();
    },
    { signal },
  );
  canvas.addEventListener("blur", () => (chart.spaceHeld = false), { signal });
}
