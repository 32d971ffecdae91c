// Bars of counts with a brush. The server's range is the truth; here it is only proposed.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;

const made = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".plot");
  const svg = root.querySelector("svg");
  const says = root.querySelector(".says");
  const state = (root.state ||= { signature: "", cursor: 0 });
  const signature = JSON.stringify(data);
  if (signature === state.signature) return;
  state.signature = signature;

  const { edges, all, parts, range, height } = data;
  const bins = all.length;
  const top = Math.max(1, ...all);
  const floor = height - 18;
  const at = (value) => ((value - edges[0]) / (edges[bins] - edges[0] || 1)) * WIDTH;
  const high = (count) => (floor - 4) * Math.sqrt(count / top); // small counts stay visible
  const size = Math.max(Math.abs(edges[0]), Math.abs(edges[bins]));
  const digits = 3 + Math.ceil(Math.log10(Math.max(1, size / (edges[bins] - edges[0] || 1))));
  const number = (value) => Number(value.toPrecision(Math.min(12, digits))).toString();

  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.style.height = height + "px";
  svg.setAttribute("aria-label", data.label);
  const bar = (bin, from, to, attributes) =>
    made("rect", {
      x: (bin * WIDTH) / bins + 0.5,
      width: Math.max(0.5, WIDTH / bins - 1),
      y: floor - to,
      height: Math.max(0, to - from),
      ...attributes,
    });
  const drawn = all.map((count, bin) => bar(bin, 0, high(count), { class: "all" }));
  for (let bin = 0; bin < bins; bin++) {
    const shown = parts.reduce((sum, part) => sum + part.counts[bin], 0);
    let below = 0; // parts share the height that all of them together have
    for (const part of parts) {
      if (!part.counts[bin]) continue;
      const own = (high(shown) * part.counts[bin]) / shown;
      drawn.push(bar(bin, below, below + own, { fill: part.colour }));
      below += own;
    }
  }
  drawn.push(made("line", { class: "axis", x1: 0, x2: WIDTH, y1: floor, y2: floor }));
  const brush = made("rect", { class: "brush", y: 0, height: floor });
  svg.replaceChildren(...drawn, brush);
  root.querySelector(".low").textContent = number(edges[0]);
  root.querySelector(".high").textContent = number(edges[bins]);

  root.querySelector(".legend").replaceChildren(
    ...parts.filter((part) => part.name).map((part) => {
      const item = document.createElement("span");
      item.style.setProperty("--colour", part.colour);
      item.textContent = part.name;
      return item;
    }),
  );

  const show = (from, to) => {
    brush.style.display = from === null ? "none" : "";
    if (from === null) return;
    brush.setAttribute("x", at(from));
    brush.setAttribute("width", Math.max(1, at(to) - at(from)));
  };
  const count = (from, to) =>
    all.reduce((sum, value, bin) => sum + (edges[bin + 1] > from && edges[bin] < to ? value : 0), 0);
  const rest = () => {
    show(range ? Math.max(range[0], edges[0]) : null, range ? Math.min(range[1], edges[bins]) : null);
    says.textContent = range
      ? `Scores from ${number(range[0])} to ${number(range[1])}. Escape clears.`
      : "Drag to choose a range of scores.";
  };
  rest();

  const binAt = (event) => {
    const box = svg.getBoundingClientRect();
    return Math.max(0, Math.min(bins - 1, Math.floor(((event.clientX - box.left) / box.width) * bins)));
  };
  // The last bin holds the thin upper tail as well, the first whatever lies below.
  const rangeOf = (a, b) => {
    const [first, last] = [Math.min(a, b), Math.max(a, b)];
    return [
      first === 0 ? data.lowest : edges[first],
      last === bins - 1 ? data.highest : edges[last + 1],
    ];
  };
  let start = null;
  const moved = (bin) => {
    const [from, to] = [Math.min(start, bin), Math.max(start, bin)];
    show(edges[from], edges[to + 1]);
    says.textContent = `${number(edges[from])} to ${number(edges[to + 1])}: ${count(edges[from], edges[to + 1]).toLocaleString("en")} samples`;
  };
  svg.onpointerdown = (event) => {
    svg.setPointerCapture(event.pointerId);
    start = binAt(event);
    moved(start);
  };
  svg.onpointermove = (event) => {
    const bin = binAt(event);
    if (start !== null) moved(bin);
    else if (!range)
      says.textContent = `${number(edges[bin])} to ${number(edges[bin + 1])}: ${all[bin].toLocaleString("en")} samples. Drag to choose a range.`;
  };
  svg.onpointerup = (event) => {
    if (start === null) return;
    setTriggerValue("range", rangeOf(start, binAt(event)));
    start = null;
  };
  svg.onpointercancel = () => {
    start = null;
    rest();
  };
  svg.ondblclick = () => setTriggerValue("range", []);
  svg.onpointerleave = () => start === null && rest();
  // By keyboard: arrows move a mark, with Shift they widen the range, Enter takes it.
  let anchor = null;
  svg.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      if (!event.shiftKey) anchor = null;
      anchor ??= event.shiftKey ? state.cursor : null;
      state.cursor = Math.max(0, Math.min(bins - 1, state.cursor + step));
      start = anchor ?? state.cursor;
      moved(state.cursor);
      start = null;
    } else if (event.key === "Enter") {
      setTriggerValue("range", rangeOf(anchor ?? state.cursor, state.cursor));
    } else if (event.key === "Escape") {
      setTriggerValue("range", []);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
}
