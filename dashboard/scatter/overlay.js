// What lies above the points, on a plain canvas: the lasso, rings around points, the shape being drawn.

// marks: {polygon (data, flat), selected (rows), hover (row or -1), drawing (pixels, flat)}
function drawOverlay(canvas, pixel, view, points, marks, look) {
  const pen = canvas.getContext("2d");
  pen.setTransform(pixel, 0, 0, pixel, 0, 0);
  pen.clearRect(0, 0, view.width, view.height);
  const { theme } = look;
  if (marks.drawing.length >= 4) {
    outline(pen, marks.drawing, theme);
  } else if (marks.polygon.length >= 6) {
    const corners = [];
    for (let i = 0; i < marks.polygon.length; i += 2) {
      corners.push(...toScreen(view, marks.polygon[i], marks.polygon[i + 1]));
    }
    outline(pen, corners, theme);
  }
  for (const row of marks.selected) ring(pen, view, points, row, look.radius + 2.5, theme, theme.text);
  if (marks.hover >= 0) {
    ring(pen, view, points, marks.hover, look.radius + 3.5, theme, theme.primary);
  }
}

function outline(pen, corners, theme) {
  pen.beginPath();
  for (let i = 0; i < corners.length; i += 2) pen.lineTo(corners[i], corners[i + 1]);
  pen.closePath();
  pen.fillStyle = css(theme.primary, 0.1);
  pen.fill("evenodd"); // the rule by which the server decides what is inside
  pen.lineJoin = "round";
  pen.strokeStyle = css(theme.background, 0.7);
  pen.lineWidth = 4;
  pen.stroke();
  pen.strokeStyle = css(theme.primary);
  pen.lineWidth = 1.75;
  pen.stroke();
}

function ring(pen, view, points, row, radius, theme, colour) {
  const [x, y] = toScreen(view, points[2 * row], points[2 * row + 1]);
  const margin = radius + 4;
  const seen = x > -margin && x < view.width + margin && y > -margin && y < view.height + margin;
  if (!seen) return; // also where a place is not a number
  for (const [width, paint] of [[4, css(theme.background, 0.85)], [1.75, css(colour)]]) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = paint;
    pen.stroke();
  }
}
