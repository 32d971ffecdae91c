// The two programs of the painter. Sizes are in device pixels, colours 0..1.

const POINT_VERTEX = `#version 300 es
layout(location = 0) in vec2 place;
layout(location = 1) in float code;
uniform vec2 centre;
uniform vec2 stretch;
uniform float size;
uniform sampler2D palette;
flat out vec3 colour;
void main() {
  gl_Position = vec4((place - centre) * stretch, 0.0, 1.0);
  gl_PointSize = size + 1.0;
  colour = texelFetch(palette, ivec2(int(code), 0), 0).rgb;
}`;

// A disc with a soft edge; large ones have a darker rim, so that they stand apart from each other
// and, yellow on white, from the background.
const POINT_FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 colour;
uniform float size;
uniform float alpha;
uniform vec4 rim;
uniform vec4 tint;
out vec4 pixel;
void main() {
  float radius = size * 0.5;
  float away = length(gl_PointCoord - 0.5) * (size + 1.0);
  float cover = clamp(radius - away + 0.5, 0.0, 1.0) * alpha;
  vec3 paint = mix(colour, tint.rgb, tint.a);
  paint = mix(paint, rim.rgb, rim.a * clamp(away - radius + 1.5, 0.0, 1.0));
  pixel = vec4(paint * cover, cover);
}`;

const DENSITY_VERTEX = `#version 300 es
uniform vec4 rectangle;
uniform vec2 centre;
uniform vec2 stretch;
out vec2 at;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4((mix(rectangle.xy, rectangle.zw, at) - centre) * stretch, 0.0, 1.0);
}`;

const DENSITY_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D density;
uniform vec4 ink;
out vec4 pixel;
void main() {
  float strength = ink.a * texture(density, at).r;
  pixel = vec4(ink.rgb * strength, strength);
}`;
