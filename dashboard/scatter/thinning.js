// Which points can be seen: of very many, most lie outside the view or under others.

const THIN_FROM = 20_000; // points; fewer are simply drawn

// The draw order without the points outside the view and those that share a cell with one above them.
// order: {rows, hidden} of drawOrder; cell: width of a cell, CSS pixels. Cells stick to the data, so that
// nothing flickers while the map is dragged. Returns a part of `room`, a Uint32Array of order's length.
function thinnedOrder(points, order, view, cell, room) {
  const { rows, hidden } = order;
  const perUnit = view.scale / cell;
  const west = Math.floor((view.x - view.width / 2 / view.scale) * perUnit) - 8;
  const south = Math.floor((view.y - view.height / 2 / view.scale) * perUnit) - 8;
  const columns = Math.ceil(view.width / cell) + 17;
  const lines = Math.ceil(view.height / cell) + 17;
  const taken = new Uint8Array(columns * lines); // 1: by a shown point, 2: by a hidden one
  let first = rows.length; // filled from the end: the last in the order lies on top
  let shownFirst = first;
  for (let i = rows.length - 1; i >= 0; i--) {
    if (i === hidden - 1) shownFirst = first;
    const row = rows[i];
    const column = Math.floor(points[2 * row] * perUnit) - west;
    const line = Math.floor(points[2 * row + 1] * perUnit) - south;
    if (!(column >= 0 && column < columns && line >= 0 && line < lines)) continue;
    const place = line * columns + column;
    const bit = i >= hidden ? 1 : 2;
    if (taken[place] & bit) continue;
    taken[place] |= bit;
    room[--first] = row;
  }
  if (hidden === 0) shownFirst = first;
  return { rows: room.subarray(first), hidden: shownFirst - first };
}
