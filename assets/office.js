/* Takes the fragment of an address along through signing in: it never reaches the server, which can neither
   keep it nor be made to send anybody elsewhere by it. The pages work without this. */
(function () {
  "use strict";
  const form = document.querySelector("form[action='/sign-in']");
  const where = location.hash;

  if (form && where) {
    /* What is answered with another address of ours keeps the fragment of the one that was asked for. */
    form.setAttribute("action", `/sign-in${where}`);
    for (const link of document.querySelectorAll(".office-head nav a[href^='?']")) link.href += where;
    /* The provider's page is another site's: there it would be lost, and is none of its business. */
    for (const link of document.querySelectorAll("a[data-longest]")) {
      const address = new URL(link.href);
      const next = (address.searchParams.get("next") || "/") + where;
      address.searchParams.set("next", next);
      address.hash = "#";
      if (next.length <= Number(link.dataset.longest)) link.href = address.href;
    }
  }

  /* A page that the browser kept is asked for anew: what was open when it was left may be closed by now. */
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();
