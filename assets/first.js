/* Asks for figures before Dash does; live.js hands the answer over when Dash asks the same. The first are asked for
   while the page's scripts are still on their way: this stands in the page itself, whole, and waits for nothing. */
(function () {
  const { url, body } = JSON.parse(document.getElementById("call").textContent);
  const send = window.fetch;
  const ahead = [];
  const wire = (id, value) => [{ id, property: "value", value }];

  function ask(asked, seen, headers) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 30000);
    const reply = send(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ ...body, inputs: wire("asked", asked), state: wire("seen", seen) }),
      signal: limit.signal,
    });
    reply.catch(() => {}).finally(() => clearTimeout(timer));
    ahead.push({ asked, seen, reply, limit });
  }

  /* The answer to what Dash asks now, or nothing: what was asked ahead of that, Dash no longer wants. */
  function answer(asked, seen) {
    const place = ahead.findIndex((one) => one.asked === asked && one.seen === seen);
    if (place < 0) return null;
    const passed = ahead.splice(0, place + 1);
    const found = passed.pop();
    for (const one of passed) one.limit.abort();
    return found.reply;
  }

  window.ahead = { ask, answer };
  ask(JSON.stringify({ hash: location.hash, search: location.search, n: 1 }), "{}");
})();
