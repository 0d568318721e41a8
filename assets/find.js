/* The box that finds a grid: after a pause in typing its text goes into the address, as all state does.
   What the server draws never touches the text; what the address says does, while nobody types. */
(function () {
  "use strict";
  const PAUSE_MS = 250;
  let timer = 0;
  let written = null;

  const box = () => document.getElementById("find-text");
  const parts = () => new URLSearchParams(location.hash.slice(1));

  /* One step back leads to before the search, however many letters it had. */
  function write() {
    clearTimeout(timer);
    const text = box() ? box().value.trim() : "";
    const now = parts();
    if ((now.get("find") || "") === text) return;
    if (text === "") now.delete("find");
    else now.set("find", text);
    written = text;
    location.replace("#" + now);
  }

  function later(event) {
    if (event.target.id !== "find-text" || event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE_MS);
  }

  function key(event) {
    if (event.target.id !== "find-text" || event.isComposing) return;
    if (event.key === "Escape") event.target.value = "";
    if (event.key === "Escape" || event.key === "Enter") write();
  }

  /* A link that was followed ends the search; back brings its text again. */
  function read() {
    const text = parts().get("find") || "";
    if (box() && text !== written) {
      clearTimeout(timer);
      box().value = text;
    }
    written = null;
  }

  /* The box comes with the first answer of the server. */
  function begin() {
    if (!box()) setTimeout(begin, 50);
    else read();
  }

  document.addEventListener("input", later);
  document.addEventListener("compositionend", later);
  document.addEventListener("keydown", key);
  window.addEventListener("hashchange", read);
  begin();
})();
