/* One Dash component for all that a panel shows: data in, elements out (see dashboard/markup.py). */
window.grid_markup = (function () {
  const { createElement, Fragment, memo } = window.React;

  function built(part) {
    if (!Array.isArray(part)) return part;
    const [tag, properties, inside] = part;
    return createElement(tag || Fragment, properties, ...inside.map(built));
  }

  const Markup = memo(
    ({ id, class_name, content }) =>
      createElement("div", { id, className: class_name }, built(content)),
    (before, after) => before.content === after.content && before.class_name === after.class_name,
  );
  return { Markup };
})();
