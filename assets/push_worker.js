
/* Follows worker.js where the site pushes: says that there is a 督办, in the words of the catalogue, and opens the phone's
   page when it is tapped. What the page may show is the server's to say, as always. */
const WORDS = {words};

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    /* A browser that shows nothing for a push is pushed nothing more, so something is said in any case. */
  }
  const language = told.language === "en" ? "en" : "zh";
  const words = WORDS[language];
  const line = told.number ? words[told.what] || words.issued : "";
  const body = line.replace(/\{(\w+)\}/g, (_, name) => String(told[name] ?? ""));
  event.waitUntil(
    self.registration.showNotification(words.title, {
      body,
      lang: language === "en" ? "en" : "zh-CN",
      tag: `supervision-${told.number}`,
      renotify: true,
      requireInteraction: true,
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const page = pages.find((one) => new URL(one.url).pathname === PAGE);
    return page ? page.focus() : self.clients.openWindow(PAGE);
  };
  event.waitUntil(open());
});
