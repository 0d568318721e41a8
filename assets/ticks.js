/* Holds the stream of ticks (dashboard/events.py): the page is told that something is newer, and asks for it
   as it always does (live.js). Sends on window: `tick` {kind, version, at, object}, `snapshot` (all that ticks
   could have told before it), `stream` {up} and `shut-out`. Tablets and phones close it while nobody looks;
   where no stream gets through, the same is asked for every few seconds. */
(function () {
  "use strict";
  const { mark, since } = window.elapsed;
  const SCREEN = location.pathname.split("/")[1];
  const WALL = SCREEN === "wall";
  const SILENT_MS = 45000;
  const AGAIN_MS = 2000;
  const POLL_MS = 5000;
  const MOST_FAILURES = 3;
  const STREAM_EVERY = 12;
  const PATIENCE_MS = 10000;
  const state = { up: false, versions: {}, spread: 0 };
  window.ticks = state;
  let source = null;
  let timer = 0;
  let heard = mark();
  let failures = 0;
  let polls = 0;
  let reached = true;
  let tag = "";

  const send = (name, detail) => window.dispatchEvent(new CustomEvent(name, { detail }));
  const jittered = (ms) => ms * (0.5 + Math.random());
  const asleep = () => document.hidden && !WALL;

  function turn(up) {
    if (state.up === up) return;
    state.up = up;
    send("stream", { up });
  }

  function tick(told) {
    if (told.kind in state.versions) state.versions[told.kind] = told.version;
    send("tick", told);
  }

  function take(snapshot) {
    state.spread = snapshot.spread;
    if (snapshot.build !== document.documentElement.dataset.build) renew(snapshot.build);
    state.versions = { ...snapshot.versions };
    send("snapshot", snapshot);
    for (const [kind, version] of Object.entries(snapshot.versions)) tick({ kind, version, at: snapshot.at });
  }

  function listen(name, act) {
    source.addEventListener(name, (event) => {
      heard = mark();
      act(JSON.parse(event.data));
    });
  }

  function open() {
    close();
    if (asleep()) return;
    heard = mark();
    source = new EventSource(`/events?screen=${SCREEN}`);
    listen("snapshot", (snapshot) => {
      failures = 0;
      turn(true);
      take(snapshot);
    });
    listen("tick", tick);
    listen("beat", (beat) => { state.spread = beat.spread; });
    listen("end", lost);
    /* The browser would try again by itself, all pages at the same moment, and never after a refusal. */
    source.onerror = lost;
  }

  function close() {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  }

  function lost() {
    close();
    failures += 1;
    turn(false);
    timer = setTimeout(mend, jittered(AGAIN_MS));
  }

  /* A browser does not say why a stream was refused, so who may see anything is asked for first. */
  async function mend() {
    const before = reached;
    reached = await look().catch(() => false);
    if (asleep() || source) return;
    if (reached && !before) failures = 0;
    polls += 1;
    if (failures < MOST_FAILURES || polls % STREAM_EVERY === 0) open();
    else timer = setTimeout(mend, jittered(POLL_MS));
  }

  async function look() {
    const answer = await fetch(`/api/versions?screen=${SCREEN}`, {
      headers: tag ? { "If-None-Match": tag } : {},
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 401 || answer.status === 403) send("shut-out");
    if (answer.status === 200) {
      take(await answer.json());
      tag = answer.headers.get("etag") || "";
    }
    return answer.ok || answer.status === 304;
  }

  /* Another build of the server has another page: once for each build, so that two of them at a time, while
     one takes the other's place, turn no page in circles. A wall waits until the server is well. */
  async function renew(build) {
    if (!build || sessionStorage.getItem("build") === build) return;
    const typing = document.activeElement && document.activeElement.matches("input, textarea, select");
    const well = !WALL || (await fetch("/health").then((answer) => answer.ok, () => false));
    if (typing || !well) {
      setTimeout(() => renew(build), POLL_MS);
      return;
    }
    sessionStorage.setItem("build", build);
    location.reload();
  }

  document.addEventListener("visibilitychange", () => {
    if (!asleep()) {
      if (!source) open();
      return;
    }
    close();
    turn(false);
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  /* A line that is cut somewhere on the way brings no error, only silence. */
  setInterval(() => { if (source && since(heard) > SILENT_MS) lost(); }, 5000);
  open();
})();
