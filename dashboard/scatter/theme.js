// Colours: the current theme, read from Streamlit's CSS variables, and the palette of the points.

// A CSS colour as [red, green, blue], 0..255.
function parseColour(text, otherwise) {
  const pen = (parseColour.pen ||= document.createElement("canvas").getContext("2d"));
  pen.fillStyle = otherwise;
  pen.fillStyle = text; // not a colour: stays as it was
  const plain = pen.fillStyle;
  if (plain[0] === "#") return [1, 3, 5].map((at) => parseInt(plain.slice(at, at + 2), 16));
  return (plain.match(/[\d.]+/g) ?? [128, 128, 128]).slice(0, 3).map(Number);
}

function mixed(from, to, share) {
  return from.map((value, channel) => value + (to[channel] - value) * share);
}

function css([red, green, blue], alpha = 1) {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)} / ${alpha})`;
}

function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  const names = ["--st-background-color", "--st-text-color", "--st-primary-color"];
  const values = names.map(read);
  const [background, text, primary] = values.map((value, i) =>
    parseColour(value, ["#ffffff", "#1b2430", "#0b6bcb"][i]),
  );
  const luminance = 0.2126 * background[0] + 0.7152 * background[1] + 0.0722 * background[2];
  return {
    background,
    text,
    primary,
    dark: luminance < 110,
    signature: values.join(),
  };
}

// The stops of a continuous colouring for this theme.
function stopsOf(colouring, theme) {
  return theme.dark ? colouring.darkStops : colouring.stops;
}

// What has no colour of its own.
function othersColour(theme) {
  return mixed(theme.text, theme.background, 0.5);
}

// 256 colours, RGBA: entry b is the colour of the points whose byte is b.
function paletteOf(colouring, theme) {
  const palette = new Uint8Array(256 * 4).fill(255);
  if (colouring.kind === "scale") {
    const stops = stopsOf(colouring, theme).map((stop) => parseColour(stop, "#808080"));
    for (let byte = 0; byte < 256; byte++) {
      const place = (byte / 255) * (stops.length - 1);
      const left = Math.min(Math.floor(place), Math.max(0, stops.length - 2));
      const right = Math.min(left + 1, stops.length - 1);
      palette.set(mixed(stops[left], stops[right], place - left).map(Math.round), byte * 4);
    }
  } else {
    const others = othersColour(theme).map(Math.round);
    for (let byte = 0; byte < 256; byte++) {
      const entry = colouring.entries[byte];
      palette.set(entry ? parseColour(entry[1], "#808080") : others, byte * 4);
    }
  }
  return palette;
}
