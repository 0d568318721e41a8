/* The box that people are searched by: after a pause in typing the server is asked again. Its text is sent
   beside the address (live.js) and never written into it: it would stay in the browser's history. */
(function () {
  "use strict";
  const PAUSE_MS = 250;
  let timer = 0;

  const ask = () => window.dispatchEvent(new Event("hashchange"));
  const ours = (event) => event.target.id === "people-text" && !event.isComposing;

  function later(event) {
    if (!ours(event)) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  function key(event) {
    if (!ours(event)) return;
    if (event.key === "Escape") event.target.value = "";
    if (event.key !== "Escape" && event.key !== "Enter") return;
    clearTimeout(timer);
    ask();
  }

  document.addEventListener("input", later);
  document.addEventListener("compositionend", later);
  document.addEventListener("keydown", key);
})();
