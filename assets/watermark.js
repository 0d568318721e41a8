/* Puts the watermark back when it is taken away by hand, and lets its time go on. What it says comes from the
   server, and only from there (dashboard/watermark.py); the style sheet draws it on the page's root besides. */
(function () {
  "use strict";
  const root = document.documentElement;
  if (!root.classList.contains("is-marked")) return;
  const RENEW_MS = 300000;
  const ADDRESS = "/watermark.svg";
  const sheet = document.createElement("div");
  sheet.className = "watermark";

  function whole() {
    if (!root.classList.contains("is-marked")) root.classList.add("is-marked");
    if (root.lastElementChild !== sheet) root.append(sheet);
    if (sheet.className !== "watermark") sheet.className = "watermark";
    for (const one of [sheet, document.body]) if (one.hidden) one.hidden = false;
    if (sheet.hasAttribute("style")) sheet.removeAttribute("style");
  }

  /* Only a tile that has come is shown: while the server is away the one of before stays. */
  function renew() {
    const next = new Image();
    const address = `${ADDRESS}?at=${Date.now()}`;
    next.onload = () => root.style.setProperty("--watermark", `url("${address}")`);
    next.src = address;
  }

  new MutationObserver(whole).observe(root, { attributes: true, childList: true });
  new MutationObserver(whole).observe(sheet, { attributes: true });
  whole();
  setInterval(renew, RENEW_MS);
})();
