// One picture that can be enlarged: wheel or + and - zoom, drag moves, double click or 0 fits.
export default function (component) {
  const { data, parentElement } = component;
  const frame = parentElement.querySelector(".frame");
  const picture = frame.querySelector("img");
  const state = (frame.state ||= { source: "", zoom: 1, x: 0, y: 0 });
  const place = () => {
    picture.style.transform = `translate(${state.x}px, ${state.y}px) scale(${state.zoom})`;
    frame.dataset.zoom = state.zoom.toFixed(2);
  };
  const fit = () => {
    Object.assign(state, { zoom: 1, x: 0, y: 0 });
    place();
  };
  const zoom = (factor, x = 0, y = 0) => {
    const next = Math.max(1, Math.min(16, state.zoom * factor));
    const ratio = next / state.zoom;
    state.x = next === 1 ? 0 : x - (x - state.x) * ratio;
    state.y = next === 1 ? 0 : y - (y - state.y) * ratio;
    state.zoom = next;
    place();
  };
  if (state.source !== data.src) {
    state.source = data.src;
    picture.onload = () => picture.classList.toggle("small", picture.naturalWidth <= 48);
    picture.src = data.src;
    picture.alt = data.alt;
    fit();
  }
  const fromMiddle = (event) => {
    const box = frame.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  frame.onwheel = (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.002), ...fromMiddle(event));
  };
  frame.ondblclick = (event) => (state.zoom > 1 ? fit() : zoom(3, ...fromMiddle(event)));
  frame.onpointerdown = (event) => frame.setPointerCapture(event.pointerId);
  frame.onpointermove = (event) => {
    if (!(event.buttons & 1) || state.zoom === 1) return;
    state.x += event.movementX;
    state.y += event.movementY;
    place();
  };
  frame.onkeydown = (event) => {
    const act = { "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: fit }[event.key];
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  };
  // Closing a popover leaves the focus nowhere; keys would not reach the dialog, not even Escape.
  const caught = (event) => {
    if (document.activeElement !== document.body) return;
    frame.focus({ preventScroll: true });
    frame.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, composed: true }));
  };
  document.body.addEventListener("keydown", caught);
  return () => document.body.removeEventListener("keydown", caught);
}
