// Which rows are shown, and in which order the points are drawn: later lies above earlier.

// One bit a row, the first in the highest bit, in base64; null = all.
function unpackedBits(base64, count) {
  if (base64 === null) return null;
  const bytes = atob(base64);
  const flags = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    flags[row] = (bytes.charCodeAt(row >> 3) >> (7 - (row & 7))) & 1;
  }
  return flags;
}

// Rows by (shown, priority 0..255, row), a counting sort; the first `hidden` of them are not shown.
function drawOrder(priority, shown) {
  const count = priority.length;
  const starts = new Uint32Array(513);
  const bucket = (row) => priority[row] + (shown === null || shown[row] ? 256 : 0);
  for (let row = 0; row < count; row++) starts[bucket(row) + 1]++;
  for (let i = 0; i < 512; i++) starts[i + 1] += starts[i];
  const hidden = starts[256];
  const rows = new Uint32Array(count);
  for (let row = 0; row < count; row++) rows[starts[bucket(row)]++] = row;
  return { rows, hidden };
}
