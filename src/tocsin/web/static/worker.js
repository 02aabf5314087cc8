// The service worker: shows pushes, and does what their buttons say. It keeps no copies of pages.
// Pushes are in declarative form (https://www.w3.org/TR/push-api/), which Safari shows without it.

const ICON = "/static/icon-192.png";
const BADGE = "/static/badge.png";
const ACTIONS = ["accept", "resolve", "escalate"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const said = read(event.data);
  const shown = said.notification;
  const { title, navigate, actions = [], ...options } = shown;
  event.waitUntil(Promise.all([
    self.registration.showNotification(title, {
      ...options,
      icon: ICON,
      badge: BADGE,
      actions: actions.slice(0, Notification.maxActions || 2).map(({ action, title: label }) => ({ action, title: label })),
      data: { navigate, pages: Object.fromEntries(actions.map((each) => [each.action, each.navigate])) },
    }),
    mark(said.app_badge),
  ]));
});

function read(data) {
  try {
    const said = data.json();
    if (said.web_push === 8030 && said.notification?.title) return said;
  } catch {
    // Not ours; something has to be shown all the same.
  }
  return { notification: { title: "Tocsin", navigate: "/incidents" } };
}

async function mark(count) {
  if (!("setAppBadge" in navigator) || !Number.isInteger(count)) return;
  await (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { navigate = "/incidents", pages = {} } = event.notification.data || {};
  const page = pages[event.action];
  event.waitUntil(ACTIONS.includes(event.action) && page ? answer(event, page) : open(navigate));
});

// A button answers at once. Only when that fails does the page open, where it can be tried again.
async function answer(event, page) {
  try {
    const address = new URL(page, self.location.origin);
    const reply = await fetch(address.pathname, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: `do=${event.action}`,
    });
    const refused = new URL(reply.url).searchParams.has("notice");
    if (reply.ok && !refused) return;
  } catch {
    // No network: the page that opens says so.
  }
  await open(page);
}

async function open(address) {
  const wanted = new URL(address, self.location.origin);
  if (wanted.origin !== self.location.origin) return;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((client) => new URL(client.url).pathname === wanted.pathname);
  await (there ? there.focus() : self.clients.openWindow(wanted.href));
}

// The push service may give the browser another address: whoever is signed in here keeps getting pushes.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event));
});

async function renew(event) {
  const options = event.oldSubscription?.options;
  const made = event.newSubscription || (options && await self.registration.pushManager.subscribe(options));
  if (!made) return;
  await fetch("/me/push", { method: "POST", body: new URLSearchParams({ subscription: JSON.stringify(made) }) });
}
