// Push to this browser: says how it stands, asks on a tap, and hands the subscription to the server.

const panel = document.getElementById("push");

function show(state, reason = "") {
  for (const part of panel.querySelectorAll("[data-push]")) part.hidden = part.dataset.push !== state;
  if (state === "failed") panel.querySelector('[data-push="off"]').hidden = false;
  panel.querySelector("[data-push-reason]").textContent = reason;
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function same(buffer, key) {
  const held = new Uint8Array(buffer || []);
  return held.length === key.length && held.every((byte, at) => byte === key[at]);
}

async function look() {
  if (!panel.dataset.key) return;
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return show("unsupported");
  if (Notification.permission === "denied") return show("denied");
  const registration = await navigator.serviceWorker.register("/worker.js");
  const held = await registration.pushManager.getSubscription();
  const ours = held && same(held.options.applicationServerKey, bytes(panel.dataset.key));
  show(ours && Notification.permission === "granted" ? "on" : "off");
}

async function ask() {
  const key = bytes(panel.dataset.key);
  if ((await Notification.requestPermission()) !== "granted") return look();
  const registration = await navigator.serviceWorker.ready;
  const held = await registration.pushManager.getSubscription();
  // A subscription for another key (a Tocsin that was here before) takes nothing from us.
  if (held && !same(held.options.applicationServerKey, key)) await held.unsubscribe();
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const form = panel.querySelector("form");
  form.elements.subscription.value = JSON.stringify(made);
  form.requestSubmit();
}

panel?.querySelector("[data-push-ask]").addEventListener("click", () => {
  ask().catch((wrong) => show("failed", wrong.message));
});
if (panel) look().catch((wrong) => show("failed", wrong.message));
