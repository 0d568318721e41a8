/* The wall's carousel: shows the site's scenes in turn. An address that is no scene (someone drilled, a link
   was opened) is left alone for five minutes. No history entry, nothing re-created: only the address moves. */
(function () {
  "use strict";
  const LEFT_ALONE_MS = 5 * 60 * 1000;
  let here = null;
  /* Not the time of day: a clock that is put back an hour must not hold the wall for an hour. */
  let since = performance.now();

  function scenes() {
    const held = document.getElementById("scenes");
    return held && held.value ? JSON.parse(held.value) : [];
  }

  /* A fragment that cannot be decoded is no scene: the page says what is wrong with it. */
  function fragment() {
    const raw = location.hash.slice(1);
    try {
      return decodeURIComponent(raw);
    } catch {
      return raw;
    }
  }

  function turn() {
    const list = scenes();
    const now = fragment();
    if (now !== here) {
      here = now;
      since = performance.now();
    }
    /* While somebody leads the wall (stage.js) it is theirs; afterwards a scene has its full time. */
    if (document.documentElement.classList.contains("is-cast")) {
      since = performance.now();
      return;
    }
    if (list.length < 2) return;
    const at = now === "" ? 0 : list.findIndex((scene) => scene.fragment === now);
    const dwell = at < 0 ? LEFT_ALONE_MS : list[at].seconds * 1000;
    if (performance.now() - since < dwell) return;
    location.replace("#" + list[(at + 1) % list.length].fragment);
  }

  setInterval(turn, 1000);
})();
