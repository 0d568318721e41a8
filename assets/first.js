/* Asks for figures before Dash does; live.js hands the answer over when Dash asks the same. The first are asked for
   while the page's scripts are still on their way: this stands in the page itself, whole, and waits for nothing. */
(function () {
  const { url, body } = JSON.parse(document.getElementById("call").textContent);
  const send = window.fetch;
  const ahead = [];
  const wire = (id, value) => [{ id, property: "value", value }];

  window.ask_ahead = function (asked, seen, headers) {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), 30000);
    const answer = send(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ ...body, inputs: wire("asked", asked), state: wire("seen", seen) }),
      signal: limit.signal,
    });
    answer.catch(() => {}).finally(() => clearTimeout(timer));
    ahead.push({ asked, seen, answer, limit });
  };

  /* The answer to what Dash asks now, or nothing: what was asked ahead of that, Dash no longer wants. */
  window.asked_ahead = function (asked, seen) {
    const place = ahead.findIndex((one) => one.asked === asked && one.seen === seen);
    if (place < 0) return null;
    const passed = ahead.splice(0, place + 1);
    const { answer } = passed.pop();
    for (const one of passed) one.limit.abort();
    return answer;
  };
  window.ask_ahead(JSON.stringify({ hash: location.hash, search: location.search, n: 1 }), "{}");
})();
