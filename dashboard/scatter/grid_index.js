// Nearest point: a uniform grid over the points, built once by a counting sort.

class GridIndex {
  constructor(points, bounds) {
    const count = points.length / 2;
    this.points = points;
    this.bounds = bounds;
    this.side = Math.max(8, Math.min(1024, Math.ceil(Math.sqrt(count / 4)))); // cells a side
    const { side } = this;
    this.starts = new Uint32Array(side * side + 1);
    this.rows = new Uint32Array(count);
    const cells = new Uint32Array(count);
    for (let row = 0; row < count; row++) {
      cells[row] = this.cell(points[2 * row], points[2 * row + 1]);
      this.starts[cells[row] + 1]++;
    }
    for (let i = 0; i < side * side; i++) this.starts[i + 1] += this.starts[i];
    const next = this.starts.slice();
    for (let row = 0; row < count; row++) this.rows[next[cells[row]]++] = row;
  }

  column(x) {
    const place = Math.floor(((x - this.bounds.left) / this.bounds.width) * this.side);
    return Math.max(0, Math.min(this.side - 1, place || 0));
  }

  line(y) {
    const place = Math.floor(((y - this.bounds.bottom) / this.bounds.height) * this.side);
    return Math.max(0, Math.min(this.side - 1, place || 0));
  }

  cell(x, y) {
    return this.line(y) * this.side + this.column(x);
  }

  // The row of the nearest point closer than radius, -1 if there is none; shown: flags or null.
  nearest(x, y, radius, shown) {
    const { points, starts, rows, side } = this;
    let best = -1;
    let least = radius * radius;
    const [west, east] = [this.column(x - radius), this.column(x + radius)];
    const [south, north] = [this.line(y - radius), this.line(y + radius)];
    for (let line = south; line <= north; line++) {
      const end = starts[line * side + east + 1]; // the cells of a line are neighbours in memory
      for (let i = starts[line * side + west]; i < end; i++) {
        const row = rows[i];
        const distance = (points[2 * row] - x) ** 2 + (points[2 * row + 1] - y) ** 2;
        if (distance < least && (shown === null || shown[row])) {
          best = row;
          least = distance;
        }
      }
    }
    return best;
  }
}
