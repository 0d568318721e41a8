/* The button by which a phone is told of 督办 though no page is open. Shown only where the site pushes and this browser
   can: it needs the phone's service worker (worker.js), which push_worker.js gives what to do. Words come with the page. */
(function () {
  "use strict";
  const place = document.getElementById("push");
  if (!place || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const button = place.querySelector("button");
  const line = place.querySelector("[role=status]");
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function post(what, held) {
    const sent = {
      do: what,
      endpoint: held.endpoint,
      p256dh: base64url(held.getKey("p256dh")),
      auth: base64url(held.getKey("auth")),
    };
    const headers = { "Content-Type": "application/json", "X-Active": "1" };
    const answer = await fetch("/api/push", { method: "POST", headers, body: JSON.stringify(sent) });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.wrong || "");
    return told.on;
  }

  /* A browser subscribes for a worker that is at work only, and one that was just registered is not yet. */
  async function registered() {
    const held =
      (await navigator.serviceWorker.getRegistration("/phone/")) ||
      (await navigator.serviceWorker.register("/phone/worker.js", { scope: "/phone/", updateViaCache: "none" }));
    const coming = held.active ? null : held.installing || held.waiting;
    if (coming) {
      await new Promise((done, failed) => {
        coming.addEventListener("statechange", () => {
          if (coming.state === "activated") done();
          if (coming.state === "redundant") failed(new Error(""));
        });
      });
    }
    return held;
  }

  function show(on) {
    button.textContent = on ? place.dataset.off : place.dataset.on;
    button.setAttribute("aria-pressed", String(on));
    place.hidden = false;
  }

  async function turn() {
    const off = button.getAttribute("aria-pressed") === "true";
    /* First of all: a browser lets this be asked only just after a tap. */
    if (!off && (await Notification.requestPermission()) !== "granted") throw new Error("");
    const registration = await registered();
    const held = await registration.pushManager.getSubscription();
    if (off) {
      if (held) await post("off", held);
      if (held) await held.unsubscribe();
      return show(false);
    }
    /* One of before, perhaps for another key of the site or another person. */
    if (held) await held.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: place.dataset.key };
    return show(await post("on", await registration.pushManager.subscribe(options)));
  }

  button.addEventListener("click", () => {
    button.disabled = true;
    line.textContent = "";
    turn()
      /* The browser's own refusals have names; what the server says comes as a plain error. */
      .catch((error) => { line.textContent = (error.name === "Error" && error.message) || place.dataset.failed; })
      .finally(() => { button.disabled = false; });
  });

  async function start() {
    const registration = await navigator.serviceWorker.getRegistration("/phone/");
    const held = registration && (await registration.pushManager.getSubscription());
    show(Boolean(held && (await post("look", held).catch(() => false))));
  }
  start().catch(() => {});
})();
