// Where very many points lie: a smoothed two-dimensional histogram, drawn under them as a haze.

const DENSITY_FROM = 200_000; // points
const DENSITY_CELLS = 256; // along the longer side
const DENSITY_BORDER = 8; // empty cells around, so that the haze fades out

// {cells: Uint8Array (rows, columns), columns, rows, left, right, bottom, top}
function densityOf(points, shown, bounds) {
  const cell = Math.max(bounds.width, bounds.height) / DENSITY_CELLS;
  const columns = Math.ceil(bounds.width / cell) + 2 * DENSITY_BORDER;
  const rows = Math.ceil(bounds.height / cell) + 2 * DENSITY_BORDER;
  const left = bounds.left - DENSITY_BORDER * cell;
  const bottom = bounds.bottom - DENSITY_BORDER * cell;
  let counts = new Float32Array(columns * rows);
  for (let row = 0; row < points.length / 2; row++) {
    if (shown !== null && !shown[row]) continue;
    const column = Math.floor((points[2 * row] - left) / cell);
    const line = Math.floor((points[2 * row + 1] - bottom) / cell);
    if (column >= 0 && column < columns && line >= 0 && line < rows) {
      counts[line * columns + column]++;
    }
  }
  for (let pass = 0; pass < 3; pass++) {
    counts = blurred(blurred(counts, columns, rows, 1, columns), rows, columns, columns, 1);
  }
  let most = 0;
  for (const value of counts) if (value > most) most = value;
  const cells = new Uint8Array(columns * rows);
  if (most > 0) for (let i = 0; i < cells.length; i++) cells[i] = 255 * Math.sqrt(counts[i] / most);
  return { cells, columns, rows, left, bottom, right: left + columns * cell, top: bottom + rows * cell };
}

// A box blur of five along one direction: `length` values `step` apart, on each of `lines` lines
// `stride` apart. What lies outside is empty.
function blurred(values, length, lines, step, stride) {
  const out = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    let sum = values[start] + (length > 1 ? values[start + step] : 0);
    for (let i = 0; i < length; i++) {
      if (i + 2 < length) sum += values[start + (i + 2) * step];
      if (i - 3 >= 0) sum -= values[start + (i - 3) * step];
      out[start + i * step] = sum / 5;
    }
  }
  return out;
}
