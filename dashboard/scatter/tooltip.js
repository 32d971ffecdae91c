// The picture of the point under the pointer: the image at once, its text when it arrives.

const TOOLTIP_MEMORY = 200; // pictures and texts kept
const TOOLTIP_PATIENCE = 25; // ms on a point before anything is asked for: a sweep asks for nothing
const TINY_PICTURE = 32; // pixels; smaller ones are enlarged with sharp edges

class Tooltip {
  constructor(element) {
    this.element = element;
    this.known = new Map(); // row -> {picture, info: promise}
    this.row = -1;
  }

  // Forget the pictures of another run.
  setAddresses(thumbnailUrl, sampleUrl) {
    if (thumbnailUrl === this.thumbnailUrl && sampleUrl === this.sampleUrl) return;
    this.thumbnailUrl = thumbnailUrl;
    this.sampleUrl = sampleUrl;
    this.known.clear();
    this.hide();
  }

  // Show a row beside a place on the map; `told` gets the text for those who hear it.
  show(row, [x, y], room, told) {
    this.place = () => {
      const { offsetWidth: width, offsetHeight: height } = this.element;
      const right = x + 16 + width <= room.width;
      const left = right ? x + 16 : Math.max(4, x - 16 - width);
      const top = Math.max(4, Math.min(y + 14, room.height - height - 4));
      this.element.style.transform = `translate(${left}px, ${top}px)`;
    };
    this.place();
    if (row === this.row) return;
    this.row = row;
    clearTimeout(this.timer);
    if (this.known.has(row)) return this.fill(row, told);
    this.element.hidden = true; // never the picture of another point
    this.timer = setTimeout(() => this.fill(row, told), TOOLTIP_PATIENCE);
  }

  hide() {
    clearTimeout(this.timer);
    this.row = -1;
    this.element.hidden = true;
  }

  async fill(row, told) {
    const { picture, info } = this.entry(row);
    const frame = newElement("div", "picture");
    frame.append(picture);
    const text = newElement("div", "text");
    this.element.replaceChildren(frame, text);
    this.element.hidden = false;
    this.place();
    const found = await info;
    if (this.row !== row || !text.isConnected) return;
    const lines = found ? describe(found) : [["name", "No text for this point"]];
    text.replaceChildren(...lines.map(([name, line]) => newElement("div", name, line)));
    told?.(lines.map(([, line]) => line).join(", "));
  }

  // Picture and text of a row; the oldest are forgotten.
  entry(row) {
    const known = this.known.get(row);
    if (known) return known;
    const picture = newElement("img");
    picture.alt = "";
    picture.decoding = "async";
    picture.onload = () => picture.classList.toggle("tiny", picture.naturalWidth <= TINY_PICTURE);
    picture.src = `${this.thumbnailUrl}/${row}`;
    const info = fetch(`${this.sampleUrl}/${row}`)
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    info.then((found) => found ?? this.known.delete(row)); // the next visit asks again
    const entry = { picture, info };
    this.known.set(row, entry);
    if (this.known.size > TOOLTIP_MEMORY) this.known.delete(this.known.keys().next().value);
    return entry;
  }
}

// [class, text] of each line.
function describe({ label, name, percentile, score }) {
  const hardness = Number(percentile).toFixed(Number(percentile) % 1 === 0 ? 0 : 1);
  return [
    ["label", String(label)],
    ["hardness", `Hardness ${hardness} · score ${Number(score).toPrecision(4)}`],
    ["name", String(name)],
  ];
}
