/* Asks the server for new figures: when the address changes, when a tick tells of newer ones (ticks.js), at
   every REFRESH seconds of the clock or, while ticks come, at every fourth of these, and when the page comes
   back into view. Says in words when the server does not answer. No library. */
(function () {
  "use strict";
  const { mark, since } = window.elapsed;
  const LATE = 3;
  const NEWER_MS = 1500;
  const EMPLOY_MS = 3000;
  /* Between two questions; and how long after the round of the clock is asked. */
  const GAP_MS = 250;
  const LATE_MS = 1000;
  const SLOWER = 4;
  /* Where among all pages this one stands when they all ask. */
  const lot = Math.random();
  let count = 0;
  let busy = 0;
  let failed = 0;
  /* What the server says to who asks for too much. */
  let slowed = "";
  /* It answers, and cannot look anything up. */
  let away = false;
  let answered = null;
  let seen = mark();
  let asked = mark();
  let held = null;
  let soon = 0;

  const element = (id) => document.getElementById(id);
  const ready = () => element("asked") && window.dash_clientside && window.dash_clientside.set_props;
  const named = (part) => new URLSearchParams(part.slice(1)).get("lang");
  const english = () => (named(location.hash) || named(location.search)) === "en";
  const every = () => 1000 * Math.max(5, Number(element("refresh").value || 15));
  const ticking = () => Boolean(window.ticks && window.ticks.up);
  const pace = () => (ticking() ? SLOWER : 1) * every();

  function ask() {
    count += 1;
    const typed = element("people-text") ? element("people-text").value.trim() : "";
    const search = location.search + (typed ? "&typed=" + encodeURIComponent(typed) : "");
    const question = { hash: location.hash, search, n: count };
    /* The first question is first.js's, to the letter. */
    if (count > 1 && window.ticks) question.wanted = window.ticks.versions;
    asked = mark();
    const value = JSON.stringify(question);
    /* Dash takes some frames until it asks. */
    if (count > 1) window.ahead.ask(value, element("seen").value, activity());
    window.dash_clientside.set_props("asked", { value });
  }

  function tick() {
    const hidden = document.hidden && !document.querySelector(".screen-wall");
    if (busy === 0 && !hidden) ask();
  }

  /* All pages ask at the same seconds of the clock, so that their figures are of the same instant; a second
     late, for clocks that are not quite right, and not all at once. */
  function onTime() {
    const late = LATE_MS + lot * (ticking() ? window.ticks.spread : every());
    const round = (at) => Math.floor((at - late) / pace());
    if (round(Date.now()) !== round(asked[0])) tick();
  }

  const isOld = () => {
    const told = window.ticks ? window.ticks.versions : {};
    return held === null || Object.keys(told).some((kind) => (held[kind] || 0) < told[kind]);
  };

  /* Newer figures than those shown are asked for once, however many ticks tell of them; while these come without a
     pause, once in the time that pages are spread over, wherever a page stands in it. */
  function askSoon() {
    if (soon || count === 0 || !isOld()) return;
    const { spread } = window.ticks;
    const wait = Math.max(lot * spread, Math.max(GAP_MS, spread) - since(asked));
    soon = setTimeout(() => {
      soon = 0;
      if (isOld()) tick();
    }, wait);
  }

  /* Signed out, shut out, or no longer allowed: the server says where to go. Once a minute at most. */
  function leave() {
    const last = Number(sessionStorage.getItem("left")) || 0;
    if (Date.now() - last < 60000) return;
    sessionStorage.setItem("left", String(Date.now()));
    location.reload();
  }

  /* Only a person puts the idle timeout off, not this page's timer. */
  let active = true;
  for (const sign of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    window.addEventListener(sign, () => { active = true; }, { passive: true, capture: true });
  }

  function activity() {
    const told = active ? { "X-Active": "1" } : {};
    active = false;
    return told;
  }

  /* Dash gives no sign of a failed request, so its calls are watched where they leave. */
  const send = window.fetch;
  window.fetch = function (resource, options) {
    const address = typeof resource === "string" ? resource : resource.url;
    const inside = /_dash-(layout|dependencies)$/.exec(address || "");
    if (inside && element(inside[1])) return Promise.resolve(written(inside[1]));
    if (!address || !address.includes("_dash-update-component")) return send(resource, options);
    busy += 1;
    const wanted = window.ticks ? { ...window.ticks.versions } : {};
    let status = 0;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 30000);
    const signal = options && options.signal ? options.signal : limit.signal;
    const anew = () => send(resource, { ...options, headers: { ...(options && options.headers), ...activity() }, signal });
    return (begun(options) || anew())
      .then(async (answer) => {
        if (answer.status === 401 || answer.status === 403) leave();
        slowed = answer.status === 429 ? await answer.text() : "";
        status = answer.status;
        if (!answer.ok) throw new Error("status " + answer.status);
        failed = 0;
        answered = mark();
        held = JSON.parse(answer.headers.get("x-versions") || "null") || wanted;
        setTimeout(askSoon, 0);
        /* The server makes newer figures at this moment: they are fetched as soon as they can be there, unless ticks
           told of them, which askSoon goes by. */
        if (answer.headers.get("x-figures") === "older") {
          setTimeout(() => (isOld() ? askSoon() : tick()), NEWER_MS * (0.5 + Math.random()));
        }
        return answer;
      })
      .catch((error) => {
        failed += 1;
        throw error;
      })
      .finally(() => {
        clearTimeout(timer);
        away = status === 503;
        busy -= 1;
        show();
      });
  };

  /* What the page brought with it and Dash would ask for. */
  function written(id) {
    return new Response(element(id).textContent, { headers: { "Content-Type": "application/json" } });
  }

  /* The answer that was asked for before Dash did (first.js), if Dash asks the same. */
  function begun(options) {
    if (!options || typeof options.body !== "string") return null;
    const { inputs, state } = JSON.parse(options.body);
    return window.ahead.answer(inputs[0].value, state[0].value);
  }

  function said(name, values) {
    const words = JSON.parse(element("server-words").value)[english() ? "en" : "zh"][name];
    return words.replace(/\{(\w+)\}/g, (_, value) => values[value]);
  }

  /* Whether it is connected, how old what is shown is, and which build of the server made the page. */
  function show() {
    const line = element("connection");
    if (!line || !element("refresh") || !element("server-words")) return;
    const age = answered === null ? 0 : since(answered);
    const silent = Math.min(age, since(seen));
    const cut = !slowed && (failed > 0 || silent > LATE * pace());
    const minutes = Math.floor(age / 60000);
    const why = said(away ? "away" : "cut");
    document.documentElement.classList.toggle("is-cut", cut);
    line.textContent = cut ? said(answered === null ? "trying" : "stopped", { why, minutes }) : slowed;
    const version = held === null ? "—" : held.cases || 0;
    const build = document.documentElement.dataset.build.slice(0, 8) || "—";
    const words = [
      cut ? why : said(ticking() ? "live" : "polled"),
      /* Before the first answer there is nothing of which to say how old it is. */
      ...(answered === null ? [] : [said(minutes ? "old" : "fresh", { version, minutes })]),
      said("build", { build }),
    ].join(" · ");
    if (element("server").textContent !== words) element("server").textContent = words;
  }

  /* The page's language and title follow the address. */
  function speak() {
    document.documentElement.lang = english() ? "en" : "zh-CN";
    document.title = element("titles").value.split("|")[english() ? 1 : 0];
  }

  /* The service worker (worker.js) comes once the first figures are there. ?worker=off is the way to be rid
     of it, should it ever be in the way; only this screen's is touched. */
  async function employ() {
    if (!("serviceWorker" in navigator)) return;
    const scope = location.pathname.match(/^\/[^/]+\//)[0];
    if (new URLSearchParams(location.search).get("worker") !== "off") {
      await navigator.serviceWorker.register(`${scope}worker.js`, { updateViaCache: "none" });
      return;
    }
    const held = await navigator.serviceWorker.getRegistration(scope);
    if (held) await held.unregister();
    for (const name of await caches.keys()) if (name.startsWith(`${scope} `)) await caches.delete(name);
  }

  function start() {
    if (!ready()) {
      setTimeout(start, 30);
      return;
    }
    window.addEventListener("hashchange", ask);
    /* A page that comes back has old figures, not a lost connection. */
    document.addEventListener("visibilitychange", () => {
      seen = mark();
      if (!document.hidden) tick();
    });
    speak();
    window.addEventListener("hashchange", speak);
    setInterval(onTime, 1000);
    /* A database put back from a copy is of an earlier version, and what is shown is not its. */
    const turned = (versions) => {
      if (held && Object.keys(held).some((kind) => held[kind] > versions[kind])) held = null;
    };
    window.addEventListener("tick", ({ detail }) => {
      if (!(detail.kind in window.ticks.versions)) return;
      turned({ [detail.kind]: detail.version });
      askSoon();
    });
    window.addEventListener("snapshot", ({ detail }) => turned(detail.versions));
    window.addEventListener("stream", ({ detail }) => {
      seen = mark();
      /* A server that is there again is asked at once, not at the next round: nothing may be newer than what is shown. */
      if (!detail.up || failed > 0) setTimeout(tick, lot * window.ticks.spread);
    });
    window.addEventListener("shut-out", leave);
    setInterval(show, 1000);
    ask();
    /* Without one a screen works as well, only less quickly: a refusal is no error. */
    setTimeout(() => employ().catch(() => {}), EMPLOY_MS);
  }
  start();
})();
