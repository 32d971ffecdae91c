// Where the map looks: {x, y} the centre in data coordinates, zoom 1 = everything fits.
// A view is a camera on a canvas: {x, y, scale (pixels per unit of data), width, height}.

const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 4000; // float32 coordinates stay sharper than a pixel
const FIT_MARGIN = 30; // pixels around everything

// Smallest rectangle around the points, (N, 2) flat; places that are not numbers do not count.
function boundsOf(points) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i];
    const y = points[i + 1];
    if (!(Math.abs(x) < Infinity && Math.abs(y) < Infinity)) continue;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < bottom) bottom = y;
    if (y > top) top = y;
  }
  if (left > right) [left, right, bottom, top] = [0, 0, 0, 0];
  return { left, right, bottom, top, width: right - left || 1, height: top - bottom || 1 };
}

function fitted(bounds) {
  return { x: (bounds.left + bounds.right) / 2, y: (bounds.bottom + bounds.top) / 2, zoom: 1 };
}

function viewOf(camera, bounds, size) {
  const across = Math.max(40, size.width - 2 * FIT_MARGIN) / bounds.width;
  const down = Math.max(40, size.height - 2 * FIT_MARGIN) / bounds.height;
  const scale = camera.zoom * Math.min(across, down);
  return { x: camera.x, y: camera.y, scale, width: size.width, height: size.height };
}

function toScreen(view, x, y) {
  return [view.width / 2 + (x - view.x) * view.scale, view.height / 2 - (y - view.y) * view.scale];
}

function toData(view, across, down) {
  return [
    view.x + (across - view.width / 2) / view.scale,
    view.y - (down - view.height / 2) / view.scale,
  ];
}

// The camera after zooming by a factor with the place under the pointer held still.
function zoomedAt(camera, view, bounds, across, down, factor) {
  const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, camera.zoom * factor));
  const [x, y] = toData(view, across, down);
  const kept = camera.zoom / zoom;
  return inside({ x: x + (camera.x - x) * kept, y: y + (camera.y - y) * kept, zoom }, bounds);
}

// The camera after the map was dragged by so many pixels.
function dragged(camera, view, bounds, across, down) {
  const moved = { x: camera.x - across / view.scale, y: camera.y + down / view.scale };
  return inside({ ...moved, zoom: camera.zoom }, bounds);
}

// The centre stays among the points: nobody gets lost.
function inside(camera, bounds) {
  return {
    x: Math.min(bounds.right, Math.max(bounds.left, camera.x)),
    y: Math.min(bounds.top, Math.max(bounds.bottom, camera.y)),
    zoom: camera.zoom,
  };
}
