// Tiles of images that are picked, opened and decided on by mouse and keyboard.
// Names reach the page as textContent only. What is picked lives here and is told to the server;
// a new `revision` drops it.
const HELP =
  "Click picks, Ctrl or ✓ adds, Shift picks a range, Ctrl+A the page; Enter or double click opens; Escape drops.";
const LETTERS = { p: "pin", x: "exclude", r: "relabel", n: "note", u: "undo" };

const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const tileOf = (item, place) => {
  const tile = element("div", "tile");
  tile.setAttribute("role", "option");
  tile.setAttribute("aria-label", item.alt);
  tile.title = item.title;
  tile.dataset.id = item.id;
  tile.tabIndex = place === 0 ? 0 : -1;
  tile.classList.toggle("gone", Boolean(item.gone));
  const picture = element("img", "");
  picture.decoding = "async";
  picture.draggable = false;
  picture.alt = "";
  picture.onload = () => tile.classList.toggle("small", picture.naturalWidth <= 32);
  picture.src = item.src;
  const marks = element("span", "marks");
  marks.append(...item.marks.map((mark) => element("span", "mark", mark)));
  const bar = element("span", "bar");
  bar.style.setProperty("--hardness", item.hardness + "%");
  const pick = element("span", "pick", "✓");
  const open = element("span", "open", "⤢");
  tile.append(picture, marks, pick, open, element("span", "caption", item.caption), bar);
  return tile;
};

const headingOf = (item) => {
  const heading = element("div", "heading", item.heading + " ");
  heading.append(element("small", "", item.note || ""));
  return heading;
};

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const grid = parentElement.querySelector(".grid");
  const says = parentElement.querySelector(".says");
  const state = (grid.state ||= { picked: new Set(), revision: null, signature: "", cursor: 0, anchor: 0 });
  if (data.revision !== state.revision) {
    state.revision = data.revision;
    state.picked = new Set();
  }
  grid.style.setProperty("--tile", data.tile + "px");
  const items = data.items.filter((item) => item.id !== undefined);
  const signature = JSON.stringify(data.items);
  if (signature !== state.signature) {
    const before = state.ids?.[state.cursor];
    const focused = grid.contains(grid.getRootNode().activeElement);
    state.signature = signature;
    state.ids = items.map((item) => item.id);
    let place = 0;
    const children = data.items.map((item) =>
      item.id === undefined ? headingOf(item) : tileOf(item, place++),
    );
    if (!children.length) children.push(element("div", "empty heading", data.empty));
    grid.replaceChildren(...children);
    // A decision redraws the tiles: the keyboard stays where it was.
    state.cursor = Math.max(0, state.ids.indexOf(before));
    state.anchor = state.cursor;
    if (focused) grid.querySelectorAll(".tile")[state.cursor]?.focus({ preventScroll: true });
    for (const source of data.next) new Image().src = source;
  }
  const tiles = [...grid.querySelectorAll(".tile")];

  const paint = () => {
    tiles.forEach((tile, place) => {
      tile.setAttribute("aria-selected", state.picked.has(items[place].id));
      tile.tabIndex = place === state.cursor ? 0 : -1;
    });
    const count = state.picked.size;
    says.textContent = count ? `${count.toLocaleString("en")} picked. ${HELP}` : HELP;
    grid.dataset.picked = count;
  };
  paint();
  const tell = () => {
    paint();
    setStateValue("picked", { ids: [...state.picked], revision: state.revision });
  };
  const range = (from, to) => {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    for (let place = low; place <= high; place++) state.picked.add(items[place].id);
  };
  const toggle = (place) => {
    const id = items[place].id;
    if (!state.picked.delete(id)) state.picked.add(id);
    state.anchor = place;
  };
  const focus = (place) => {
    state.cursor = place;
    paint();
    tiles[place].focus({ preventScroll: false });
  };
  const open = (place) => setTriggerValue("open", items[place].id);
  const placeOf = (event) => tiles.indexOf(event.target.closest(".tile"));

  grid.onfocusin = (event) => {
    const place = placeOf(event);
    if (place >= 0) state.cursor = place;
  };
  grid.onclick = (event) => {
    const place = placeOf(event);
    if (place < 0) return;
    state.cursor = place;
    tiles[place].focus({ preventScroll: true });
    if (event.target.closest(".open")) return open(place);
    if (event.shiftKey) range(state.anchor, place);
    else if (event.ctrlKey || event.metaKey || event.target.closest(".pick")) toggle(place);
    else {
      const only = state.picked.size === 1 && state.picked.has(items[place].id);
      state.picked = new Set(only && event.detail < 2 ? [] : [items[place].id]);
      state.anchor = place;
    }
    tell();
  };
  grid.ondblclick = (event) => {
    const place = placeOf(event);
    if (place >= 0 && !event.target.closest(".pick")) open(place);
  };
  grid.onkeydown = (event) => {
    if (!tiles.length) return;
    if (placeOf(event) >= 0) state.cursor = placeOf(event); // a page in the background hears no focusin
    const command = event.ctrlKey || event.metaKey;
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    const last = tiles.length - 1;
    if (step || event.key === "Home" || event.key === "End") {
      const wanted = step ? state.cursor + step : event.key === "Home" ? 0 : last;
      focus(Math.max(0, Math.min(last, wanted)));
      if (event.shiftKey) {
        range(state.anchor, state.cursor);
        tell();
      } else state.anchor = state.cursor;
    } else if (event.key === " ") {
      if (event.shiftKey) range(state.anchor, state.cursor);
      else toggle(state.cursor);
      tell();
    } else if (event.key === "Enter") open(state.cursor);
    else if (event.key === "Escape") {
      state.picked.clear();
      tell();
    } else if (event.key === "a" && command) {
      range(0, last);
      tell();
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      setTriggerValue("turn", event.key === "PageDown" ? 1 : -1);
    } else if (event.key.toLowerCase() === "z" && command) {
      setTriggerValue("act", { act: event.shiftKey ? "redo" : "undo", ids: [] });
    } else if (LETTERS[event.key] && !command && !event.altKey) {
      const ids = state.picked.size ? [...state.picked] : [items[state.cursor].id];
      setTriggerValue("act", { act: LETTERS[event.key], ids });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  grid.dataset.ready = signature.length;
}
