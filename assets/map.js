/* What Leaflet asks of the grid map: how an area, a point and a cluster are drawn. dash-leaflet finds
   these functions by name; colours come from tokens.css. */
window.grid = window.grid || {};
window.grid.map = (function () {
  "use strict";
  const MANY = 500;
  const LABELLED = 40;
  const LONG = 8;
  /* Where a label may go from the middle of its area, in parts of its width and height; nearest first. */
  const WAYS = [0, -0.6, 0.6, -1.2, 1.2].flatMap((y) => [0, -0.25, 0.25].map((x) => [x, y]));
  const layers = new Map();
  let canvas = null;
  let thinning = 0;
  let place = null;
  let shown = null;
  let palette = null;

  /* What the style sheet says of the whole page, read once: to read it in the middle of a change would lay the page
     out twice. It is another only in a window of another size or another scheme of colours. */
  const styled = new Map();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const forget = () => {
    styled.clear();
    palette = null;
  };
  window.addEventListener("resize", forget);
  dark.addEventListener("change", forget);

  function token(name) {
    if (!styled.has(name)) styled.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return styled.get(name);
  }
  const root = () => parseFloat(token("font-size"));

  /* What areas are drawn with, one object for each colour: thousands of areas ask at a time, and reading a
     token each time would hold the page up. Made anew for each answer of the server. */
  function paletteOf(values) {
    if (palette && palette.values === values) return palette;
    const many = values && values.shades.length > MANY;
    const common = {
      weight: many ? root() / 50 : Math.max(1, root() / 14),
      color: token("--map-line"),
      fillOpacity: 0.92,
    };
    const kinds = new Map([[-1, { ...common, fillColor: token("--map-none") }]]);
    for (const shade of new Set(values ? values.shades : [])) {
      if (shade >= 0) kinds.set(shade, { ...common, fillColor: token(`--${values.ramp}-${shade + 1}`) });
    }
    palette = { values, kinds };
    return palette;
  }

  /* The address with another grid: nothing unfolded, the level left to the server. */
  function go(changes) {
    const parts = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) parts.delete(name);
      else parts.set(name, value);
    }
    location.hash = parts.toString();
  }

  /* Leaflet takes a label as HTML: what comes from the data is made harmless first. */
  function harmless(text) {
    const node = document.createElement("span");
    node.textContent = text;
    return node.innerHTML;
  }

  function name(feature) {
    return harmless(shown && shown.language === "en" ? feature.properties.e : feature.properties.n);
  }

  /* A long name loses the word for its level, which the head of the map tells. */
  function brief(feature) {
    const whole = name(feature);
    const level = shown && shown.level ? harmless(shown.level) : "";
    const stem = level && whole.endsWith(level) ? whole.slice(0, -level.length).trim() : "";
    return whole.length > LONG && stem.length > 1 ? stem : whole;
  }

  function words(feature, named) {
    if (!shown || shown.g !== feature.properties.g) return named;
    const i = feature.properties.i;
    const basis = shown.basis && shown.basis[i] ? ` (${shown.basis[i]})` : "";
    return `${named}<br><b>${harmless(shown.shown[i])}</b>${basis}`;
  }

  function style(feature) {
    const fits = shown && shown.g === feature.properties.g;
    const shade = fits ? shown.shades[feature.properties.i] : -1;
    const { kinds } = paletteOf(shown);
    return kinds.get(shade) || kinds.get(-1);
  }

  /* A label is there all the time; a hint says what holds when it opens. */
  const label = (layer) => (layer.keepsName ? brief(layer.feature) : words(layer.feature, brief(layer.feature)));

  /* Whether the areas on the map are still those of another place than the figures. */
  const isLeaving = () => place !== null && shown !== null && shown.g !== place;
  const tellLeaving = () => document.getElementById("map").classList.toggle("is-leaving", isLeaving());

  /* New figures for the areas that are there. dash-leaflet's own way, its `hideout`, makes every area anew,
     which holds the page up when there are thousands. A label that is written anew is measured anew, one by one:
     only those that say something else are, and none of a place that is being left. */
  function recolour(values) {
    shown = values;
    tellLeaving();
    const isStaying = !isLeaving();
    for (const layer of layers.values()) {
      layer.setStyle(style(layer.feature));
      const tooltip = isStaying && layer.isLabelled && layer.getTooltip();
      const told = tooltip && label(layer);
      if (tooltip && tooltip.getContent() !== told) layer.setTooltipContent(told);
    }
    thinSoon();
  }

  /* Hands what the server tells the page in an element's value to who draws it, now and at every change. */
  function follow(id, draw) {
    const data = document.getElementById(id);
    if (!data || !window.dash_clientside || !window.dash_clientside.set_props) {
      setTimeout(() => follow(id, draw), 30);
      return;
    }
    const read = () => data.value && draw(JSON.parse(data.value));
    new MutationObserver(read).observe(data, { attributes: true });
    read();
  }
  follow("map-values", recolour);

  /* Into one of the areas shown: its outlines are asked for at the same time as its figures, not after them, and
     wait in the browser for who draws them. */
  function askAhead() {
    const grid = new URLSearchParams(location.hash.slice(1)).get("grid");
    if (!grid || !shown || !shown.below) return;
    if (layers.has(grid)) fetch(shown.below.replace("{grid}", encodeURIComponent(grid))).catch(() => {});
  }
  window.addEventListener("hashchange", askAhead);

  /* The map takes the size that the panel gets; when that changes it is fitted to the grids anew. */
  function keepFitting(map) {
    fit(map);
    if (map.keepsFitting) return;
    map.keepsFitting = new ResizeObserver(() => {
      map.invalidateSize({ animate: false });
      fit(map);
    });
    map.keepsFitting.observe(map.getContainer());
    map.on("zoomend", thinLabels);
    map.on("layeradd layerremove", thinSoon);
  }

  function fit(map) {
    const bounds = L.latLngBounds([]);
    for (const layer of layers.values()) bounds.extend(layer.getBounds());
    const { x, y } = map.getSize();
    // A panel that has no room yet is not fitted into: its corners would be no places.
    if (!bounds.isValid() || x <= root() || y <= root()) return;
    map.fitBounds(bounds, { animate: false, padding: [root() / 2, root() / 2] });
    thinLabels();
  }

  /* How many square pixels of two boxes lie on one another. */
  function shared(a, b) {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return wide > 0 && high > 0 ? wide * high : 0;
  }

  /* A label makes way for points by a part of its own size, to where it covers least of them; of labels
     that would still lie on one another the one with the higher class stays. */
  function thinLabels() {
    if (!shown || !shown.shades || shown.shades.length > LABELLED || isLeaving()) return;
    const points = [...document.querySelectorAll(".map-point, .map-cluster")].map((e) => e.getBoundingClientRect());
    const map = document.getElementById("map").getBoundingClientRect();
    const kept = [];
    const labels = [...layers.values()]
      .sort((a, b) => shown.shades[b.feature.properties.i] - shown.shades[a.feature.properties.i])
      .map((layer) => layer.getTooltip() && layer.getTooltip().getElement())
      .filter(Boolean);
    /* Written all, then measured all: in turns each would be laid out anew. */
    for (const label of labels) label.style.margin = "";
    const boxes = labels.map((label) => label.getBoundingClientRect());
    for (const [i, label] of labels.entries()) {
      const box = boxes[i];
      const places = WAYS.map(([x, y]) => new DOMRect(box.x + x * box.width, box.y + y * box.height, box.width, box.height))
        .filter((place) => shared(place, map) > 0.99 * box.width * box.height)
        .filter((place) => kept.every((other) => !shared(place, other)))
        .map((place) => [points.reduce((sum, other) => sum + shared(place, other), 0), place]);
      label.classList.toggle("is-hidden", !places.length);
      if (!places.length) continue;
      const [, best] = places.reduce((least, one) => (one[0] < least[0] ? one : least));
      label.style.margin = `${best.y - box.y}px 0 0 ${best.x - box.x}px`;
      kept.push(best);
    }
  }

  /* Points come and go with refreshes, many at a time: once they have settled. */
  function thinSoon() {
    if (shown && shown.shades && shown.shades.length > LABELLED) return;
    clearTimeout(thinning);
    thinning = setTimeout(thinLabels, 100);
  }

  function hover() {
    return { weight: Math.max(2, root() / 7), color: token("--accent") };
  }

  function each(feature, layer) {
    const total = shown && shown.shades ? shown.shades.length : 0;
    if (feature.properties.g !== place) {
      place = feature.properties.g;
      layers.clear();
      tellLeaving();
      /* All areas are made before the first is put on the map; the timer lets the panel settle. */
      layer.once("add", () => setTimeout(() => layer._map && keepFitting(layer._map), 0));
    }
    layers.set(feature.properties.c, layer);
    if (total > MANY) {
      canvas = canvas || L.canvas({ padding: 0.3 });
      layer.options.renderer = canvas;
    }
    const few = total > 0 && total <= LABELLED;
    layer.keepsName = few && !document.querySelector(".screen-wall");
    layer.isLabelled = few;
    layer.bindTooltip(few ? label(layer) : () => words(feature, name(feature)), {
      permanent: few,
      /* Labels lie under the points, hints over everything. */
      pane: few ? "shadowPane" : "tooltipPane",
      direction: "center",
      className: few ? "grid-label" : "grid-hint",
      sticky: !few,
    });
    layer.on("click", () => {
      if (shown && shown.leaf) return;
      const folded = shown ? shown.folded.map((part) => [part, null]) : [];
      go({ grid: feature.properties.c, level: null, ...Object.fromEntries(folded) });
    });
  }

  return { style, hover, each, follow, go, root };
})();
