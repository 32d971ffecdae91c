// Polygons, flat [x, y, x, y, …]: drawn freely in pixels, sent to the server with few vertices.

// At most `most` vertices: Douglas-Peucker (1973), its tolerance grown until the polygon is small enough.
function simplified(polygon, most) {
  let tolerance = 0.75; // pixels: nobody sees it
  let kept = thinned(polygon, tolerance);
  while (kept.length > 2 * most) {
    tolerance *= 1.4;
    kept = thinned(polygon, tolerance);
  }
  return kept;
}

// The open line from the first vertex to the last, without those closer than tolerance to what remains.
function thinned(polygon, tolerance) {
  const count = polygon.length / 2;
  if (count < 3) return polygon.slice();
  const keep = new Uint8Array(count);
  keep[0] = keep[count - 1] = 1;
  const parts = [[0, count - 1]];
  while (parts.length) {
    const [from, to] = parts.pop();
    let [farthest, most] = [-1, tolerance];
    for (let i = from + 1; i < to; i++) {
      const distance = distanceToSegment(polygon, i, from, to);
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (farthest >= 0) {
      keep[farthest] = 1;
      parts.push([from, farthest], [farthest, to]);
    }
  }
  return polygon.filter((_, place) => keep[place >> 1]);
}

function distanceToSegment(polygon, point, from, to) {
  const [x, y] = [polygon[2 * point], polygon[2 * point + 1]];
  const [ax, ay] = [polygon[2 * from], polygon[2 * from + 1]];
  const [dx, dy] = [polygon[2 * to] - ax, polygon[2 * to + 1] - ay];
  const squared = dx * dx + dy * dy;
  const along = squared ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / squared)) : 0;
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}

function rectangle(x0, y0, x1, y1) {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

// Whether a polygon in pixels is large enough to be meant.
function isMeant(polygon) {
  if (polygon.length < 6) return false;
  const across = polygon.filter((_, place) => place % 2 === 0);
  const down = polygon.filter((_, place) => place % 2 === 1);
  const spread = (values) => Math.max(...values) - Math.min(...values);
  return spread(across) >= 4 && spread(down) >= 4;
}

// Rounded to what can be told apart at this many pixels per unit of data.
function rounded(value, scale) {
  const decimals = Math.max(0, Math.min(12, Math.ceil(Math.log10(scale)) + 1));
  return Number(value.toFixed(decimals));
}
