// The points and the haze under them, on one WebGL2 canvas. Keeps what it was given, so that a lost
// context can be rebuilt.

class Painter {
  // Throws where there is no WebGL2.
  constructor(canvas) {
    this.canvas = canvas;
    this.given = {};
    const options = { alpha: true, antialias: false, depth: false, premultipliedAlpha: true };
    this.gl = canvas.getContext("webgl2", options);
    if (!this.gl) throw new Error("WebGL2 is not available");
    this.build();
  }

  build() {
    const { gl } = this;
    this.points = this.program(POINT_VERTEX, POINT_FRAGMENT);
    this.haze = this.program(DENSITY_VERTEX, DENSITY_FRAGMENT);
    this.buffers = { places: gl.createBuffer(), codes: gl.createBuffer(), rows: gl.createBuffer() };
    this.textures = { palette: gl.createTexture(), density: gl.createTexture() };
    this.array = gl.createVertexArray();
    gl.bindVertexArray(this.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.places);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 8, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.codes);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribPointer(1, 1, gl.UNSIGNED_BYTE, false, 1, 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.rows);
    gl.bindVertexArray(null);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const { places, codes, order, palette, density } = this.given;
    if (places) this.setPlaces(places);
    if (codes) this.setCodes(codes);
    if (order) this.setOrder({ ...order });
    if (palette) this.setPalette(palette);
    if (density) this.setDensity(density);
  }

  program(vertex, fragment) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader); // lives as long as the program
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(gl.getProgramInfoLog(program));
    }
    const uniforms = {};
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) ?? 0;
    for (let i = 0; i < count; i++) {
      const { name } = gl.getActiveUniform(program, i);
      uniforms[name] = gl.getUniformLocation(program, name);
    }
    return { program, uniforms };
  }

  // Float32Array, (N, 2) flat.
  setPlaces(places) {
    this.given.places = places;
    this.fill(this.buffers.places, places);
  }

  // Uint8Array, (N,): the palette's entry of each point.
  setCodes(codes) {
    this.given.codes = codes;
    this.fill(this.buffers.codes, codes);
  }

  // {rows: Uint32Array (N,), hidden}: the first `hidden` rows are drawn as not shown.
  setOrder(order) {
    const { gl } = this;
    if (order === this.given.order) return;
    this.given.order = order;
    gl.bindVertexArray(this.array);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order.rows, gl.DYNAMIC_DRAW);
    gl.bindVertexArray(null);
  }

  // Uint8Array, (256, 4).
  setPalette(palette) {
    const { gl } = this;
    this.given.palette = palette;
    gl.bindTexture(gl.TEXTURE_2D, this.textures.palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
    this.sample(gl.NEAREST);
  }

  // What densityOf returns, or null.
  setDensity(density) {
    const { gl } = this;
    this.given.density = density;
    if (!density) return;
    const { cells, columns, rows } = density;
    gl.bindTexture(gl.TEXTURE_2D, this.textures.density);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, columns, rows, 0, gl.RED, gl.UNSIGNED_BYTE, cells);
    this.sample(gl.LINEAR);
  }

  fill(buffer, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
  }

  sample(filter) {
    const { gl } = this;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  // look: {size (device pixels), alpha, rim (share), haze (alpha), theme}
  draw(view, look) {
    const { gl, given } = this;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const count = given.order?.rows.length ?? 0;
    if (!given.places || !given.codes || count === 0) return;
    const stretch = [(2 * view.scale) / view.width, (2 * view.scale) / view.height];
    if (given.density && look.haze > 0) this.drawHaze(view, stretch, look);
    const { program, uniforms } = this.points;
    gl.useProgram(program);
    gl.bindVertexArray(this.array);
    gl.bindTexture(gl.TEXTURE_2D, this.textures.palette);
    gl.uniform2f(uniforms.centre, view.x, view.y);
    gl.uniform2f(uniforms.stretch, ...stretch);
    const share = (colour) => colour.map((channel) => channel / 255);
    const pass = (first, last, size, alpha, rim, tint) => {
      if (last === first) return;
      gl.uniform1f(uniforms.size, size);
      gl.uniform1f(uniforms.alpha, alpha);
      gl.uniform4f(uniforms.rim, ...share(look.theme.dark ? look.theme.background : look.theme.text), rim);
      gl.uniform4f(uniforms.tint, ...share(othersColour(look.theme)), tint);
      gl.drawElements(gl.POINTS, last - first, gl.UNSIGNED_INT, 4 * first);
    };
    const { hidden } = given.order;
    pass(0, hidden, Math.max(1, 0.6 * look.size), 0.26, 0, 1); // small, pale, and grey however many overlap
    pass(hidden, count, look.size, look.alpha, look.rim, 0);
    gl.bindVertexArray(null);
  }

  drawHaze(view, stretch, look) {
    const { gl } = this;
    const { left, bottom, right, top } = this.given.density;
    const { program, uniforms } = this.haze;
    gl.useProgram(program);
    gl.bindTexture(gl.TEXTURE_2D, this.textures.density);
    gl.uniform4f(uniforms.rectangle, left, bottom, right, top);
    gl.uniform2f(uniforms.centre, view.x, view.y);
    gl.uniform2f(uniforms.stretch, ...stretch);
    gl.uniform4f(uniforms.ink, ...look.theme.text.map((channel) => channel / 255), look.haze);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  // Give everything back at once: a browser allows few contexts.
  release() {
    this.given = {};
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

// How points look: smaller where there are many, larger when zoomed in; pixel = device pixels a CSS pixel.
function lookOf(count, zoom, theme, pixel) {
  const far = Math.max(1.7, Math.min(7.5, 11.4 - 1.85 * Math.log10(Math.max(count, 1))));
  const size = Math.min(14, far * Math.max(0.85, Math.min(3.2, zoom ** 0.4)));
  const many = count >= DENSITY_FROM;
  return {
    size: size * pixel,
    radius: size / 2,
    alpha: many ? Math.min(0.95, 0.7 * Math.max(1, zoom) ** 0.3) : 0.95,
    rim: size < 4 ? 0 : theme.dark ? 0.55 : 0.32,
    haze: many ? 0.4 / Math.max(1, zoom) ** 0.7 : 0,
    theme,
  };
}
