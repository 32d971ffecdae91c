// Tiles of images: click or Enter opens one, arrow keys move. Names reach the page as textContent only.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".grid");
  const state = (grid.state ||= { signature: "", cursor: 0 });
  const signature = JSON.stringify(data.items);
  grid.style.setProperty("--tile", data.tile + "px");
  if (signature === state.signature) return; // a rerun with the same tiles: nothing to redraw
  state.signature = signature;
  state.cursor = 0;

  grid.replaceChildren(
    ...data.items.map((item, place) => {
      const tile = document.createElement("button");
      tile.type = "button";
      tile.className = "tile";
      tile.tabIndex = place === 0 ? 0 : -1;
      tile.dataset.id = item.id;
      tile.setAttribute("aria-label", item.alt);
      const picture = document.createElement("img");
      picture.loading = "lazy";
      picture.decoding = "async";
      picture.alt = "";
      picture.src = item.src;
      const caption = document.createElement("span");
      caption.className = "caption";
      caption.textContent = item.caption;
      caption.title = item.title;
      const bar = document.createElement("span");
      bar.className = "bar";
      bar.style.setProperty("--hardness", item.hardness + "%");
      tile.append(picture, caption, bar);
      return tile;
    }),
  );

  const tiles = [...grid.children];
  const focus = (place) => {
    tiles[state.cursor].tabIndex = -1;
    state.cursor = Math.max(0, Math.min(tiles.length - 1, place));
    tiles[state.cursor].tabIndex = 0;
    tiles[state.cursor].focus();
  };
  grid.onclick = (event) => {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    focus(tiles.indexOf(tile));
    setTriggerValue("open", Number(tile.dataset.id));
  };
  grid.onkeydown = (event) => {
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const place = { Home: 0, End: tiles.length - 1 }[event.key] ?? state.cursor + steps[event.key];
    if (!tiles.length || Number.isNaN(place)) return;
    event.preventDefault();
    focus(place);
  };
}
