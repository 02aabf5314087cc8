// What the pages cannot do without a script, in one place. Everything works without it, less quickly.

const data = document.body.dataset;
const started = performance.now();
const serverStart = Date.parse(data.now);
const scale = Number(data.scale) || 1;
const now = () => serverStart + (performance.now() - started) * scale;

const two = (number) => String(number).padStart(2, "0");

function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} m`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

function left(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(s / 3600), minutes = Math.floor((s % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function tick(root = document) {
  const at = now();
  for (const e of root.querySelectorAll("time[data-age]")) say(e, age(at - Date.parse(e.dateTime)));
  for (const e of root.querySelectorAll("time[data-left]")) say(e, left(Date.parse(e.dateTime) - at));
}
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", () => tick());

// Dialogs: a link that leads to a page of its own opens the same form on the spot.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    dialog.showModal();
  }
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog, details").removeAttribute("open");
  if (closer?.closest("dialog")?.open) closer.closest("dialog").close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

// A menu closes when the focus leaves it, so that it covers nothing that has the focus, and by Escape.
document.addEventListener("focusout", (event) => {
  const menu = event.target.closest("details.menu[open]");
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.removeAttribute("open");
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary").focus();
});

// Copying a snippet. Browsers offer their clipboard to HTTPS only; without it the text is selected and copied.
async function copy(source) {
  if (navigator.clipboard) return navigator.clipboard.writeText(source.textContent);
  getSelection().selectAllChildren(source);
  document.execCommand("copy");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(document.getElementById(button.dataset.copy));
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = before; }, 2000);
});

// Filters apply at once; without a script there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// The first start takes the browser's time zone along.
for (const field of document.querySelectorAll("input[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}

// Keys. They never fire in fields, with modifiers, or when switched off (stored per browser).
const keys = {
  j: () => move(1),
  k: () => move(-1),
  n: () => document.querySelector('[data-dialog="new"]')?.click(),
  a: () => press("accept"),
  r: () => press("resolve"),
  e: () => press("escalate"),
  m: () => document.querySelector("#comment textarea")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

function move(step) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  all[Math.min(Math.max(at + step, 0), all.length - 1)]?.querySelector("a")?.focus();
}

function press(verb) {
  const row = document.activeElement?.closest("[data-row]");
  const place = row || (rows().length ? null : document);
  place?.querySelector(`button[data-verb="${verb}"]`)?.click();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog[open]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (localStorage.getItem("keys") === "off") return;
  const action = keys[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

const toggle = document.getElementById("keys-on");
if (toggle) {
  toggle.checked = localStorage.getItem("keys") !== "off";
  toggle.addEventListener("change", () => localStorage.setItem("keys", toggle.checked ? "on" : "off"));
}

// A request that does not get through is said loudly, and nothing is pretended.
function loud(text) {
  const place = document.getElementById("loud");
  if (place) {
    place.textContent = text;
    place.hidden = !text;
  }
}
document.addEventListener("htmx:error", (event) => {
  const quiet = event.detail?.ctx?.sourceElement?.id === "main";
  if (!quiet) loud(data.unreachable);
});
document.addEventListener("htmx:after:request", () => loud(""));
