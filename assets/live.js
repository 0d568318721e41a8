/* Asks the server for new figures: when the address changes, every REFRESH seconds, and when the page
   comes back into view. Says in words when the server does not answer. One file, no library. */
(function () {
  "use strict";
  const LATE = 3;
  let count = 0;
  let busy = 0;
  let failed = 0;
  let answered = null;
  let seen = Date.now();

  const element = (id) => document.getElementById(id);
  const ready = () => element("asked") && window.dash_clientside && window.dash_clientside.set_props;
  const named = (part) => new URLSearchParams(part.slice(1)).get("lang");
  const english = () => (named(location.hash) || named(location.search)) === "en";
  const every = () => 1000 * Math.max(5, Number(element("refresh").value || 15));

  function ask() {
    count += 1;
    const typed = element("people-text") ? element("people-text").value.trim() : "";
    const search = location.search + (typed ? "&typed=" + encodeURIComponent(typed) : "");
    const question = { hash: location.hash, search, n: count };
    window.dash_clientside.set_props("asked", { value: JSON.stringify(question) });
  }

  function tick() {
    const hidden = document.hidden && !document.querySelector(".screen-wall");
    if (busy === 0 && !hidden) ask();
  }

  /* Dash gives no sign of a failed request, so its calls are watched where they leave. */
  const send = window.fetch;
  window.fetch = function (resource, options) {
    const address = typeof resource === "string" ? resource : resource.url;
    if (!address || !address.includes("_dash-update-component")) return send(resource, options);
    busy += 1;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 30000);
    const signal = options && options.signal ? options.signal : limit.signal;
    return send(resource, { ...options, signal })
      .then((answer) => {
        if (!answer.ok) throw new Error("status " + answer.status);
        failed = 0;
        answered = Date.now();
        return answer;
      })
      .catch((error) => {
        failed += 1;
        throw error;
      })
      .finally(() => {
        clearTimeout(timer);
        busy -= 1;
        show();
      });
  };

  function show() {
    const line = element("connection");
    if (!line || !element("refresh")) return;
    const age = answered === null ? 0 : Date.now() - answered;
    const silent = Math.min(age, Date.now() - seen);
    const cut = failed > 0 || silent > LATE * every();
    document.documentElement.classList.toggle("is-cut", cut);
    if (!cut) {
      line.textContent = "";
      return;
    }
    const minutes = Math.floor(age / 60000);
    const zh = answered === null ? "连不上服务器，正在重试" : `连不上服务器，数字停在 ${minutes} 分钟前，正在重试`;
    const en = answered === null ? "No connection, trying again" : `No connection: figures are ${minutes} min old, trying again`;
    line.textContent = english() ? en : zh;
  }

  /* The page's language and title follow the address. */
  function speak() {
    document.documentElement.lang = english() ? "en" : "zh-CN";
    document.title = element("titles").value.split("|")[english() ? 1 : 0];
  }

  function start() {
    if (!ready()) {
      setTimeout(start, 30);
      return;
    }
    window.addEventListener("hashchange", ask);
    /* A page that comes back has old figures, not a lost connection. */
    document.addEventListener("visibilitychange", () => {
      seen = Date.now();
      if (!document.hidden) tick();
    });
    speak();
    window.addEventListener("hashchange", speak);
    setInterval(tick, every());
    setInterval(show, 1000);
    ask();
  }
  start();
})();
