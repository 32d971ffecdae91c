// Mouse, pen and fingers on the map.

const CLICK_SLACK = 4; // pixels: less is a click, not a drag
const LASSO_STEP = 3; // pixels between the vertices while drawing

function listenToPointer(chart, canvas, signal) {
  const fingers = new Map(); // pointerId -> [x, y]
  let drag = null; // {kind, start, last, path, moved}
  const on = (name, act) => canvas.addEventListener(name, act, { signal, passive: false });
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const finish = () => {
    drag = null;
    chart.showDrawing([], "");
  };
  chart.cancelDrag = () => {
    const dragging = drag?.moved;
    finish();
    return Boolean(dragging);
  };

  on("pointerdown", (event) => {
    if (!chart.ready || event.button > 1) return;
    if (event.button === 1) event.preventDefault(); // no autoscroll
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, at(event));
    if (fingers.size > 1) return finish(); // a pinch
    const panning = event.button === 1 || event.shiftKey || chart.spaceHeld || chart.mode === "pan";
    const start = at(event);
    const kind = panning ? "pan" : chart.mode;
    drag = { kind, start, last: start, path: [...start], moved: false, button: event.button };
  });

  on("pointermove", (event) => {
    const here = at(event);
    if (fingers.size === 2 && fingers.has(event.pointerId)) {
      pinch(chart, fingers, event.pointerId, here);
      return;
    }
    if (!drag) {
      if (!event.buttons) chart.hoverAt(here);
      return;
    }
    if (!drag.moved) {
      if (distance(here, drag.start) < CLICK_SLACK) return;
      drag.moved = true;
      chart.hoverAt(null);
    }
    if (chart.spaceHeld) chart.spaceUsed = true;
    chart.makeWay(here);
    if (drag.kind === "pan") {
      chart.dragBy(here[0] - drag.last[0], here[1] - drag.last[1]);
      chart.showDrawing([], "pan");
      drag.last = here;
    } else if (drag.kind === "box") {
      drag.path = rectangle(...drag.start, ...here);
      chart.showDrawing(drag.path, "box");
    } else if (distance(here, drag.last) >= LASSO_STEP) {
      drag.path.push(...here);
      drag.last = here;
      chart.showDrawing(drag.path, "lasso");
    }
  });

  on("pointerup", (event) => {
    fingers.delete(event.pointerId);
    const ended = drag;
    if (!ended) return;
    finish();
    if (!ended.moved) {
      if (ended.button === 0) chart.click(at(event));
    } else if (ended.kind !== "pan" && isMeant(ended.path)) {
      chart.propose(ended.path);
    }
  });

  on("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    finish();
  });

  on("pointerleave", () => chart.hoverAt(null));

  on("dblclick", (event) => {
    event.preventDefault();
    if (chart.rowAt(at(event)) < 0) chart.clear();
  });

  on("wheel", (event) => {
    event.preventDefault();
    if (!chart.ready) return;
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a pinch on a touchpad comes as ctrl and small steps
    chart.zoomBy(Math.exp(-Math.max(-300, Math.min(300, pixels)) * speed), at(event));
  });
}

function distance([x0, y0], [x1, y1]) {
  return Math.hypot(x1 - x0, y1 - y0);
}

// Two fingers: zoom by the change of their distance, drag by the change of their middle.
function pinch(chart, fingers, moved, here) {
  const before = [...fingers.values()];
  fingers.set(moved, here);
  const after = [...fingers.values()];
  const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const [from, to] = [middle(before), middle(after)];
  chart.dragBy(to[0] - from[0], to[1] - from[1]);
  chart.zoomBy(distance(...after) / Math.max(1, distance(...before)), to);
}
