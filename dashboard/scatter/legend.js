// What the colours mean. Texts come from the data: they reach the page as textContent only.

function newElement(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function showLegend(legend, colouring, theme) {
  const parts = [newElement("div", "title", colouring.title)];
  if (colouring.kind === "scale") {
    const ramp = newElement("div", "ramp");
    ramp.style.background = `linear-gradient(90deg, ${stopsOf(colouring, theme).join(", ")})`;
    parts.push(ramp);
    if (colouring.ticks.length) {
      const ticks = newElement("div", "ticks");
      ticks.append(...colouring.ticks.map(([place, text]) => tick(place, text)));
      parts.push(ticks);
    }
  } else {
    const list = newElement("ul");
    list.append(...colouring.entries.map(([text, colour]) => swatch(text, colour)));
    if (colouring.more > 0) {
      const others = swatch(`and ${colouring.more.toLocaleString("en")} more`, css(othersColour(theme)));
      others.classList.add("more");
      list.append(others);
    }
    parts.push(list);
  }
  legend.replaceChildren(...parts);
  legend.hidden = false;
  const list = legend.querySelector("ul");
  legend.classList.toggle("long", Boolean(list) && list.scrollHeight > list.clientHeight + 1);
}

// The first tick begins at its place, the last ends there, the others lie around it.
function tick(place, text) {
  const element = newElement("span", "", text);
  element.style.left = `${place * 100}%`;
  element.style.transform = `translateX(${-place * 100}%)`;
  return element;
}

function swatch(text, colour) {
  const entry = newElement("li");
  const dot = newElement("i");
  dot.style.background = colour;
  const name = newElement("span", "", text);
  name.title = text;
  entry.append(dot, name);
  return entry;
}
