/* The phone's map: outlines as plain SVG, fetched when the holder asks for it. A tap drills. */
(function () {
  "use strict";
  const SIDE = 1000;
  const NAMED = 20;
  let open = false;
  let drawn = null;

  const element = (id) => document.getElementById(id);
  const held = () => {
    const data = element("map-values");
    return data && data.value ? JSON.parse(data.value) : null;
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest || !event.target.closest(".map-opener")) return;
    open = !open;
    draw();
  });

  async function draw() {
    const place = element("map-outlines");
    const values = held();
    if (!place || !values) return;
    if (!open) {
      place.replaceChildren();
      drawn = null;
      return;
    }
    if (drawn !== values.url) {
      const outlines = await load(values.url);
      if (!open || held().url !== values.url) return;
      if (outlines === null) {
        place.textContent = values.failed;
        return;
      }
      place.replaceChildren(picture(outlines));
      drawn = values.url;
    }
    paint(held());
  }

  /* The outlines, or null when they cannot be had; the next tap or refresh asks again. */
  async function load(address) {
    try {
      const answer = await fetch(address);
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  function picture(outlines) {
    const box = bounds(outlines);
    const shrink = Math.cos((((box[1] + box[3]) / 2) * Math.PI) / 180);
    const scale = SIDE / Math.max((box[2] - box[0]) * shrink, box[3] - box[1]);
    const at = ([x, y]) => `${((x - box[0]) * shrink * scale).toFixed(1)} ${((box[3] - y) * scale).toFixed(1)}`;
    const svg = make("svg", {
      viewBox: `0 0 ${((box[2] - box[0]) * shrink * scale).toFixed(0)} ${((box[3] - box[1]) * scale).toFixed(0)}`,
    });
    for (const feature of outlines.features) {
      const link = make("a", { "data-code": feature.properties.c, "data-place": feature.properties.i });
      const rings = polygons(feature.geometry).flat();
      link.append(make("path", { d: rings.map((ring) => "M" + ring.map(at).join("L") + "Z").join("") }));
      link.append(make("title", {}));
      if (outlines.features.length <= NAMED) {
        const box = bounds({ features: [feature] });
        const [x, y] = at([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]).split(" ");
        link.append(make("text", { x, y, class: "area-name" }));
      }
      link.held = feature.properties;
      svg.append(link);
    }
    return svg;
  }

  function paint(values) {
    for (const link of document.querySelectorAll("#map-outlines a")) {
      const i = Number(link.dataset.place);
      const shade = values.g === link.held.g ? values.shades[i] : -1;
      link.setAttribute("class", shade < 0 ? "area" : `area ${values.ramp}-${shade + 1}`);
      const name = values.language === "en" ? link.held.e : link.held.n;
      link.querySelector("title").textContent = `${name} ${values.shown[i] || ""}`;
      const label = link.querySelector("text");
      if (label) label.textContent = name;
      const parts = new URLSearchParams(location.hash.slice(1));
      for (const gone of ["level", ...values.folded]) parts.delete(gone);
      parts.set("grid", link.held.c);
      if (!values.leaf) link.setAttribute("href", "#" + parts);
    }
  }

  const polygons = (geometry) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates);

  function bounds(outlines) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const feature of outlines.features)
      for (const ring of polygons(feature.geometry).flat())
        for (const [x, y] of ring) {
          box[0] = Math.min(box[0], x);
          box[1] = Math.min(box[1], y);
          box[2] = Math.max(box[2], x);
          box[3] = Math.max(box[3], y);
        }
    return box;
  }

  function make(name, attributes) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function watch() {
    const data = element("map-values");
    if (!data) {
      setTimeout(watch, 100);
      return;
    }
    new MutationObserver(() => open && draw()).observe(data, { attributes: true });
  }
  watch();
})();
