/* Casts onto walls and 督办: what the server says of them (dashboard/linkage) is shown in #stage, its buttons
   are carried out, a wall follows whoever leads it, and a screen that leads sends each step. Every word comes
   from the server. Asks when a tick says so (ticks.js), at the next instant that is known, and every few
   seconds where no stream gets through. */
(function () {
  "use strict";
  const SELDOM_MS = 30000;
  const OFTEN_MS = { wall: 1000, tablet: 2000, phone: 2000 };
  const WRONG_MS = 6000;
  const BEFORE = "before-cast";

  const place = document.getElementById("stage");
  if (!place) return;
  const screen = location.pathname.split("/")[1];
  const address = `/api/stage/${screen}`;
  const named = (part) => new URLSearchParams(part.slice(1)).get("lang");
  const language = () => ((named(location.hash) || named(location.search)) === "en" ? "en" : "zh");

  let state = { html: "", next: null, leads: false, cast: null };
  let ahead = 0;
  let busy = false;
  let again = false;
  let moved = false;
  let timer = 0;
  let followed = null;
  let sent = 0;
  let newest = 0;

  async function send(path, options) {
    sent += 1;
    const number = sent;
    const answer = await fetch(`${path}${path.includes("?") ? "&" : "?"}lang=${language()}`, options);
    const told = await answer.json().catch(() => ({}));
    return { ok: answer.ok, told, number };
  }

  const posted = (sent) => send(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Active": "1" },
    body: JSON.stringify(sent),
  });

  /* One question at a time: a tick meanwhile asks again, a step meanwhile is sent afterwards. */
  async function ask() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    clearTimeout(timer);
    try {
      do {
        again = false;
        const step = moved && state.leads;
        moved = false;
        const { ok, told, number } = step ? await posted({ do: "move", fragment: location.hash }) : await send(address);
        if (ok) take(told, number);
        else if (step) wrong(told.wrong);
      } while (again || (moved && state.leads));
    } catch {
      /* live.js says that the server does not answer. */
    } finally {
      busy = false;
      timer = setTimeout(tick, wait());
    }
  }

  function wait() {
    const usual = window.ticks && window.ticks.up ? SELDOM_MS : OFTEN_MS[screen];
    const next = state.next === null || state.next === undefined ? Infinity : state.next * 1000 - now() + 50;
    return Math.max(200, Math.min(usual, next));
  }

  function tick() {
    if (document.hidden && screen !== "wall") timer = setTimeout(tick, OFTEN_MS[screen]);
    else ask();
  }

  const now = () => Date.now() + ahead;

  /* An answer that was overtaken by a later one says nothing any more. */
  function take(told, number) {
    if (number < newest) return;
    newest = number;
    state = told;
    ahead = told.now * 1000 - Date.now();
    show(place, told.html);
    if (screen === "wall") follow(told.cast);
  }

  /* Only what differs is written: a finger may be on it. */
  const shown = new WeakMap();
  function show(where, html) {
    if (shown.get(where) !== html) {
      shown.set(where, html);
      where.innerHTML = html;
    }
    count();
  }

  function count() {
    for (const one of document.querySelectorAll("[data-until]")) {
      const left = Math.max(0, Math.ceil((Number(one.dataset.until) * 1000 - now()) / 1000));
      const clock = [Math.floor(left / 60) % 60, left % 60].map((n) => String(n).padStart(2, "0"));
      if (left >= 3600) clock.unshift(Math.floor(left / 3600));
      const words = clock.join(":");
      if (one.textContent !== words) one.textContent = words;
    }
    if (screen === "wall") overMap();
  }

  /* On the wall nothing makes room: the tag stands in the head of the map, wherever that is. */
  function overMap() {
    const map = document.getElementById("grids");
    if (!map || !place.firstChild) return;
    const box = map.getBoundingClientRect();
    for (const side of ["left", "top", "width"]) place.style[side] = `${box[side]}px`;
  }

  /* The wall: goes where it is led, and back to where it was. A reload in between changes nothing. */
  function follow(cast) {
    const led = document.documentElement.classList;
    if (cast) {
      if (sessionStorage.getItem(BEFORE) === null) sessionStorage.setItem(BEFORE, location.hash);
      led.add("is-cast");
      if (followed !== cast.seq && location.hash !== `#${cast.fragment}`) location.replace(`#${cast.fragment}`);
      followed = cast.seq;
      return;
    }
    led.remove("is-cast");
    followed = null;
    const before = sessionStorage.getItem(BEFORE);
    if (before === null) return;
    sessionStorage.removeItem(BEFORE);
    location.replace(before || "#");
  }

  /* Sheets: walls to choose from, a 督办 to be written or answered. */
  const sheet = document.createElement("dialog");
  sheet.className = "stage-sheet";
  document.body.append(sheet);

  async function open(name) {
    const { ok, told } = await send(`${address}/${name}`);
    if (!ok) {
      wrong(told.wrong);
      return;
    }
    ahead = told.now * 1000 - Date.now();
    shown.delete(sheet);
    show(sheet, told.html);
    if (!sheet.open) sheet.showModal();
  }

  function wrong(words) {
    const line = sheet.open && sheet.querySelector(".stage-wrong");
    const told = line || document.createElement("div");
    told.textContent = words || "";
    if (line || !words) return;
    told.className = "stage-wrong";
    place.append(told);
    setTimeout(() => told.remove(), WRONG_MS);
  }

  async function act(wanted) {
    const { ok, told, number } = await posted({ ...wanted, fragment: location.hash });
    if (!ok) {
      wrong(told.wrong);
      ask();
      return;
    }
    if (sheet.open) sheet.close();
    take(told, number);
    clearTimeout(timer);
    timer = setTimeout(tick, wait());
  }

  /* A picture goes out small, and as a new one: without what the camera wrote into it. */
  const SMALLER = [[1280, 0.8], [1280, 0.6], [960, 0.6], [640, 0.5]];
  const PHOTO_BYTES = 160000;
  async function shrunk(file) {
    const picture = await createImageBitmap(file);
    let blob = null;
    for (const [side, quality] of SMALLER) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (blob.size <= PHOTO_BYTES) break;
    }
    const reader = new FileReader();
    const read = new Promise((done) => { reader.onload = done; });
    reader.readAsDataURL(blob);
    await read;
    return reader.result.split(",")[1];
  }

  async function submit(form, submitter) {
    const { wrong: unreadable, ...what } = form.dataset;
    const sent = { ...what, ...Object.fromEntries(new FormData(form, submitter)) };
    if (sent.photo) {
      try {
        sent.photo = sent.photo.size ? await shrunk(sent.photo) : "";
      } catch {
        /* HEIC, PDF: what is written stays in the form. */
        wrong(unreadable);
        return;
      }
    }
    await act(sent);
  }

  async function carry(what, next) {
    if (what.do) await act(what);
    if (next) await open(next);
  }

  const quietly = (doing) => doing.catch(() => wrong(""));
  document.addEventListener("click", (event) => {
    const wanted = "[data-do], [data-sheet], [data-close], [data-leave]";
    const one = event.target.closest && event.target.closest(wanted);
    if (!one || one.tagName === "FORM") return;
    const { close, leave, sheet: next, ...what } = one.dataset;
    if (close || leave) sheet.close();
    if (leave) return;
    event.preventDefault();
    if (!close) quietly(carry(what, next));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.do) return;
    event.preventDefault();
    quietly(submit(form, event.submitter));
  });

  window.addEventListener("hashchange", () => {
    if (!state.leads) return;
    moved = true;
    ask();
  });
  window.addEventListener("tick", (event) => {
    if (["cast", "supervision"].includes(event.detail.kind)) ask();
  });
  /* Whatever ticks could have told while there was no stream, or no bus between the server's processes, is asked for once
     it is back, and often without. */
  window.addEventListener("snapshot", ask);
  window.addEventListener("stream", ({ detail }) => { if (!detail.up) ask(); });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  if (screen !== "wall") {
    const high = () => document.documentElement.style.setProperty("--stage", `${place.offsetHeight}px`);
    new ResizeObserver(high).observe(place);
  }
  setInterval(count, 500);
  ask();
})();
