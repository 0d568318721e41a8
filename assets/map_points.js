/* The points of the grid map: made of what the server tells column by column (dashboard/panels/map_points.py), drawn
   as Leaflet asks. dash-leaflet finds these functions by name. */
window.grid.points = (function () {
  "use strict";
  const { follow, go, root } = window.grid.map;

  function features(told) {
    return told.code.map((code, i) => {
      const { light, shape, words } = told.kinds[told.kind[i]];
      const hint = `${words} · ${told.titles[told.title[i]]}`;
      const geometry = { type: "Point", coordinates: [told.lon[i], told.lat[i]] };
      return { type: "Feature", properties: { light, shape, code, hint }, geometry };
    });
  }

  follow("map-point-values", (told) => {
    const data = { type: "FeatureCollection", features: features(told) };
    window.dash_clientside.set_props("map-points", { data });
  });

  function point(feature, latlng) {
    const held = feature.properties;
    const icon = L.divIcon({
      className: `map-point light-${held.light}`,
      html: held.shape,
      iconSize: [root() * 1.6, root() * 1.6],
    });
    return L.marker(latlng, { icon, keyboard: false });
  }

  function each(feature, layer) {
    if (feature.properties.cluster) return;
    const hint = document.createElement("span");
    hint.textContent = feature.properties.hint;
    layer.bindTooltip(hint, { className: "grid-hint" });
    if (feature.properties.code) layer.on("click", () => go({ case: feature.properties.code }));
  }

  /* dash-leaflet hands over the index of all points: what lies in the cluster is asked of it. */
  function cluster(feature, latlng, index) {
    const held = index.getLeaves(feature.properties.cluster_id, Infinity);
    const late = held.some((one) => one.properties.light === "overdue");
    const size = root() * (feature.properties.point_count < 10 ? 1.75 : 2.25);
    const icon = L.divIcon({
      className: late ? "map-cluster is-late" : "map-cluster",
      html: `<span>${feature.properties.point_count_abbreviated}</span>`,
      iconSize: [size, size],
    });
    return L.marker(latlng, { icon, keyboard: false });
  }

  return { point, each, cluster };
})();
