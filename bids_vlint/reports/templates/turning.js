"use strict";
// Surfaces and points that turn, drawn with WebGL and nothing else: `turning(canvas)` gives what draws and picks.
const turning = (canvas) => {
  const gl = canvas.getContext("webgl", {antialias: true, alpha: false});
  if (!gl) return null;
  const views = { // rows: to the right, upwards, towards who looks
    left: [0, -1, 0, 0, 0, 1, -1, 0, 0], right: [0, 1, 0, 0, 0, 1, 1, 0, 0], above: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    below: [-1, 0, 0, 0, 1, 0, 0, 0, -1], front: [-1, 0, 0, 0, 0, 1, 0, 1, 0], behind: [1, 0, 0, 0, 0, 1, 0, -1, 0],
  };
  const program = (vertex, fragment) => {
    const made = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, `precision highp float;${source}`);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(made, shader);
    }
    gl.linkProgram(made);
    return made;
  };
  const seen = `uniform mat3 turn; uniform vec3 middle; uniform vec2 scale;
    vec4 placed(vec3 p) { vec3 q = turn * (p - middle); return vec4(q.xy * scale, -q.z / 400.0, 1.0); }`;
  const surface = program(`${seen} attribute vec3 place, normal; attribute float shade; varying vec3 n; varying float s;
    void main() { gl_Position = placed(place); n = turn * normal; s = shade; }`,
  `uniform float glass; varying vec3 n; varying float s;
    void main() {
      float facing = abs(normalize(n).z), rim = 1.0 - facing;
      vec3 grey = vec3(s > 0.0 ? 0.66 : 0.8) * (0.55 + 0.45 * facing);
      gl_FragColor = glass > 0.5 ? vec4(vec3(0.42), 0.1 + 0.45 * rim * rim) : vec4(grey, 1.0);
    }`);
  const points = program(`${seen} attribute vec3 place, colour, name; attribute float size, shape; uniform float ratio, lift;
    varying vec3 c, id; varying float kind, wide;
    void main() {
      gl_Position = placed(place) - vec4(0.0, 0.0, lift / 400.0, 0.0);
      gl_PointSize = wide = size * ratio; c = colour; id = name; kind = shape;
    }`,
  `uniform float naming; varying vec3 c, id; varying float kind, wide;
    void main() {
      vec2 at = 2.0 * gl_PointCoord - 1.0;
      float r = kind > 0.5 && kind < 1.5 ? abs(at.x) + abs(at.y) : length(at);
      if (r > 1.0) discard;
      bool edge = r > 1.0 - 3.0 / wide;
      gl_FragColor = naming > 0.5 ? vec4(id, 1.0) : edge ? vec4(c * 0.45, 1.0) : kind > 1.5 ? vec4(1.0) : vec4(c, 1.0);
    }`);
  const buffer = (values, kind = gl.ARRAY_BUFFER) => {
    const made = gl.createBuffer();
    gl.bindBuffer(kind, made);
    gl.bufferData(kind, values, gl.STATIC_DRAW);
    return made;
  };
  const attribute = (use, name, from, size) => {
    const at = gl.getAttribLocation(use, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, from);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, gl.FLOAT, false, 0, 0);
  };
  const state = {turn: [...views.left], zoom: 1, middle: [0, 0, 0], reach: 100, glass: true, meshes: [], points: null};
  const scale = () => {
    const half = Math.min(canvas.width, canvas.height * 1.25) / 2;
    return [canvas.width, canvas.height].map((side) => (state.zoom / state.reach) * half / (side / 2));
  };
  const start = (use) => {
    gl.useProgram(use);
    const t = state.turn;
    gl.uniformMatrix3fv(gl.getUniformLocation(use, "turn"), false, [t[0], t[3], t[6], t[1], t[4], t[7], t[2], t[5], t[8]]);
    gl.uniform3fv(gl.getUniformLocation(use, "middle"), state.middle);
    gl.uniform2fv(gl.getUniformLocation(use, "scale"), scale());
  };
  const drawMeshes = () => {
    start(surface);
    gl.uniform1f(gl.getUniformLocation(surface, "glass"), state.glass ? 1 : 0);
    for (const mesh of state.meshes) {
      for (const [name, size] of [["place", 3], ["normal", 3], ["shade", 1]]) attribute(surface, name, mesh[name], size);
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, mesh.faces);
      gl.drawElements(gl.TRIANGLES, mesh.n, gl.UNSIGNED_SHORT, 0);
    }
  };
  const drawPoints = (naming) => {
    if (!state.points || !state.points.n) return;
    start(points);
    gl.uniform1f(gl.getUniformLocation(points, "naming"), naming ? 1 : 0);
    gl.uniform1f(gl.getUniformLocation(points, "lift"), state.glass ? 0 : 6); // mm: whole marks on the surface
    gl.uniform1f(gl.getUniformLocation(points, "ratio"), canvas.width / canvas.clientWidth);
    for (const [name, size] of [["place", 3], ["colour", 3], ["name", 3], ["size", 1], ["shape", 1]])
      attribute(points, name, state.points[name], size);
    gl.drawArrays(gl.POINTS, 0, state.points.n);
  };
  const draw = (naming = false) => {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * ratio)));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    gl.viewport(0, 0, width, height);
    gl.clearColor(...(naming ? [0, 0, 0] : [1, 1, 1]), 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    if (state.glass) { // what is inside shows through the outermost surface
      drawPoints(naming);
      if (naming) return;
      gl.clear(gl.DEPTH_BUFFER_BIT);
      gl.colorMask(false, false, false, false);
      drawMeshes();
      gl.colorMask(true, true, true, true);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
      drawMeshes();
      gl.disable(gl.BLEND);
    } else {
      if (naming) gl.colorMask(false, false, false, false);
      drawMeshes();
      gl.colorMask(true, true, true, true);
      drawPoints(naming);
    }
  };
  let asked = false;
  const later = () => {
    if (!asked) window.requestAnimationFrame(() => { asked = false; draw(); });
    asked = true;
  };
  const turnBy = (right, up) => {
    const [a, b, c, d] = [Math.cos(right), Math.sin(right), Math.cos(up), Math.sin(up)], t = state.turn;
    const by = [a, 0, b, d * b, c, -d * a, -c * b, d, c * a];
    state.turn = [0, 1, 2].flatMap((row) => [0, 1, 2].map((col) =>
      by[3 * row] * t[col] + by[3 * row + 1] * t[3 + col] + by[3 * row + 2] * t[6 + col]));
    later();
  };
  // The number of the point that is seen at a place of the canvas (CSS pixels), or null.
  const pick = (x, y, near = 6) => {
    draw(true);
    const ratio = canvas.width / canvas.clientWidth, reach = Math.round(near * ratio), side = 2 * reach + 1;
    const [left, low] = [Math.round(x * ratio) - reach, canvas.height - Math.round(y * ratio) - reach];
    const pixels = new Uint8Array(4 * side * side);
    gl.readPixels(left, low, side, side, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    draw();
    let best = null, least = Infinity;
    for (let k = 0; k < side * side; k++) {
      const name = pixels[4 * k] + 256 * pixels[4 * k + 1] + 65536 * pixels[4 * k + 2];
      const away = (k % side - reach) ** 2 + (Math.floor(k / side) - reach) ** 2;
      if (name && away < least) [best, least] = [name - 1, away];
    }
    return best;
  };
  const placeOf = (p) => {
    const t = state.turn, q = p.map((v, k) => v - state.middle[k]), s = scale();
    const on = [0, 3].map((row) => t[row] * q[0] + t[row + 1] * q[1] + t[row + 2] * q[2]);
    return [canvas.clientWidth * (1 + on[0] * s[0]) / 2, canvas.clientHeight * (1 - on[1] * s[1]) / 2];
  };
  const setSurfaces = (surfaces, glass) => {
    const ends = [0, 1, 2].map((k) => surfaces.reduce((own, s) => s.place.reduce((e, v, at) =>
      at % 3 === k ? [Math.min(e[0], v), Math.max(e[1], v)] : e, own), [Infinity, -Infinity]));
    const reach = Math.max(...ends.map((e) => e[1] - e[0])) / 2 * 1.06;
    Object.assign(state, {glass, reach, middle: ends.map((e) => (e[0] + e[1]) / 2)});
    state.meshes = surfaces.map((s) => ({place: buffer(s.place), normal: buffer(s.normal), shade: buffer(s.shade),
      faces: buffer(s.faces, gl.ELEMENT_ARRAY_BUFFER), n: s.faces.length}));
  };
  const setPoints = (list) => {
    const floats = (of) => buffer(Float32Array.from(list.flatMap(of)));
    const named = (p) => [1, 256, 65536].map((unit) => (Math.floor((p.at + 1) / unit) % 256) / 255);
    state.points = {n: list.length, place: floats((p) => p.place), colour: floats((p) => p.colour), name: floats(named),
      size: floats((p) => [p.size]), shape: floats((p) => [p.shape])};
    later();
  };
  const see = (view) => { state.turn = [...views[view]]; later(); };
  const zoomBy = (times) => { state.zoom = Math.min(8, Math.max(0.5, state.zoom * times)); later(); };
  return {draw, later, turnBy, pick, placeOf, setSurfaces, setPoints, see, zoomBy};
};
