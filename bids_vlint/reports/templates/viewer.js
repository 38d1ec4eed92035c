"use strict";
(() => {
  const box = document.querySelector(".viewer");
  const data = JSON.parse(document.getElementById("viewer-data").textContent);
  const own = (name) => box.querySelector(`[data-is="${name}"]`);
  const canvas = own("brain"), tip = own("tip"), brain = turning(canvas);
  if (!brain) {
    own("fallback").hidden = false;
    own("turns").hidden = true;
    return;
  }
  const known = (value) => value !== null && value !== undefined;
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const faces = new Uint16Array(bytes(data.cortex.faces));
  const normals = (place) => {
    const out = new Float32Array(place.length);
    for (let f = 0; f < faces.length; f += 3) {
      const [a, b, c] = [faces[f], faces[f + 1], faces[f + 2]].map((v) => 3 * v);
      const [u, w] = [b, c].map((v) => [0, 1, 2].map((k) => place[v + k] - place[a + k]));
      const n = [u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2], u[0] * w[1] - u[1] * w[0]];
      for (const v of [a, b, c]) for (let k = 0; k < 3; k++) out[v + k] += n[k];
    }
    return out;
  };
  const surfaces = {};
  const surface = (kind) => surfaces[kind] = surfaces[kind] || ["left", "right"].map((side) => {
    const place = Float32Array.from(new Int16Array(bytes(data.cortex[`${kind}_${side}`])), (v) => v / 100);
    return {place, faces, normal: normals(place), shade: Float32Array.from(new Int8Array(bytes(data.cortex[`sulc_${side}`])))};
  });
  const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
  const text = (value) => String(value).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const difference = (t) => `${signed(t.diff)} (95 %: ${signed(t.low)} to ${signed(t.high)})`;
  const tests = (e, a) => data.tests.map((name, k) => ({name, ...Object.fromEntries(data.numbers.map((n, i) =>
    [n, e.tests[a][k][i]]))}));
  const headed = (e) => `<b>${text(e.name)}</b>, ${text(e.participant)}, ${text(e.region || "no region")}`;
  const about = (e) => [headed(e), ...data.alignments.flatMap((a) => {
    const told = tests(e, a)[0];
    const best = known(e.best[a]) ? `; best network ${text(e.best[a])}` : "";
    return [`${a}: ${e.kind[a]}${best}`, ...(known(told.diff) ? [`${text(told.name)} ${difference(told)}`] : [])];
  })].join("<br>");
  const numbers = (e) => {
    const cell = (value, tag = "td") => `<${tag}>${value}</${tag}>`;
    const rows = data.alignments.flatMap((a) => tests(e, a).map((t) => `<tr>${cell(text(t.name))}${cell(a)}` +
      `${cell(known(t.diff) ? difference(t) : "not tested")}${cell(known(t.q) ? t.q.toPrecision(2) : "n/a")}</tr>`));
    const head = ["test", "alignment", "difference in r (95 %)", "q"].map((title) => cell(title, "th")).join("");
    const link = e.evidence ? `<a href="${text(e.evidence)}">Evidence of ${text(e.name)}</a>` :
      `No page of its own: see <a href="${text(e.report)}">the report of ${text(e.participant)}</a>`;
    return `<p>${headed(e)}. ${data.alignments.map((a) => `${a}: ${e.kind[a]}`).join("; ")}. ${link}.</p>` +
      `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  };
  const chosen = (name) => own(name).value;
  const colour = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16) / 255);
  const kinds = new Map(data.kinds.map((k) => [k.name, {...k, rgb: colour(k.colour)}]));
  const place = (e) => chosen("surface") === "inflated" ? e.inflated : e.mni;
  const fill = () => {
    const way = chosen("alignment");
    const asked = {participant: (e) => e.participant, kind: (e) => e.kind[way], region: (e) => e.region};
    const some = data.electrodes.filter((e) => known(place(e)) &&
      Object.entries(asked).every(([name, of]) => !chosen(name) || of(e) === chosen(name)));
    const order = [...kinds.keys()];
    some.sort((a, b) => order.indexOf(b.kind[way]) - order.indexOf(a.kind[way]));
    brain.setPoints(some.map((e) => {
      const k = kinds.get(e.kind[way]);
      return {at: e.at, place: place(e), colour: k.rgb, size: k.size, shape: k.shape};
    }));
    own("count").textContent = `${some.length} of ${data.electrodes.length} electrodes` +
      (chosen("surface") === "inflated" ? `; those more than ${data.far} mm from the cortex are left out` : "");
    for (const k of data.kinds)
      own(`n ${k.name}`).textContent = some.filter((e) => e.kind[way] === k.name).length;
  };
  const cover = () => {
    brain.setSurfaces(surface(chosen("surface")), chosen("surface") === "pial");
    fill();
  };
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  let held = null;
  const hover = (event) => {
    const [x, y] = at(event), found = brain.pick(x, y);
    canvas.style.cursor = found === null ? "grab" : "pointer";
    tip.hidden = found === null;
    if (found === null) return;
    tip.innerHTML = about(data.electrodes[found]);
    tip.style.left = `${Math.max(0, Math.min(x + 14, canvas.clientWidth - tip.offsetWidth - 4))}px`;
    tip.style.top = `${y + 14 + tip.offsetHeight > canvas.clientHeight ? Math.max(0, y - tip.offsetHeight - 10) : y + 14}px`;
  };
  canvas.addEventListener("pointerdown", (event) => {
    held = {x: event.clientX, y: event.clientY, moved: 0};
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return hover(event);
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    held = {x: event.clientX, y: event.clientY, moved: held.moved + Math.abs(x) + Math.abs(y)};
    tip.hidden = true;
    brain.turnBy(x / 160, y / 160);
  });
  canvas.addEventListener("pointercancel", () => { held = null; });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("pointerup", (event) => {
    const still = held && held.moved < 5, found = still ? brain.pick(...at(event)) : null;
    held = null;
    if (found === null) return;
    const e = data.electrodes[found];
    own("picked").innerHTML = numbers(e);
    if (e.evidence) window.location.href = e.evidence;
  });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // without it the page scrolls
    event.preventDefault();
    brain.zoomBy(Math.exp(-event.deltaY / 300));
  }, {passive: false});
  canvas.addEventListener("keydown", (event) => {
    const by = {ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1]}[event.key];
    if (by) brain.turnBy(...by);
    if (event.key === "+" || event.key === "-") brain.zoomBy(event.key === "+" ? 1.2 : 1 / 1.2);
    if (by) event.preventDefault();
  });
  for (const name of ["participant", "kind", "alignment", "region"]) own(name).addEventListener("change", fill);
  own("surface").addEventListener("change", cover);
  own("view").addEventListener("change", () => brain.see(chosen("view")));
  own("closer").addEventListener("click", () => brain.zoomBy(1.25));
  own("farther").addEventListener("click", () => brain.zoomBy(0.8));
  new ResizeObserver(brain.later).observe(canvas);
  brain.see(chosen("view"));
  cover();
  brain.draw();
  box.placeOf = (number) => brain.placeOf(place(data.electrodes[number]));
  box.dataset.drawn = "yes";
})();
