// Live updates: the stream says what changed, the page fetches its own inside again and morphs it.

const main = document.getElementById("main");
const stream = document.getElementById("live");
const dots = document.querySelectorAll("[data-live]");
const STALE_MS = 30_000;
let timer = null;
let lost = null;
let heard = performance.now();

function address() {
  const url = new URL(location.href);
  url.searchParams.delete("notice");
  url.searchParams.delete("said");
  const newest = main.querySelector("[data-newest]")?.dataset.newest;
  if (newest && newest !== "0") url.searchParams.set("seen", newest);
  return url.pathname + url.search;
}

function concerns(change) {
  const shown = main.querySelector("[data-incident]")?.dataset.incident;
  if (!shown && !main.querySelector("[data-newest], [data-follow], [data-ledger]")) return false; // a form keeps what is typed
  if (change.topic === "all") return true;
  if (change.topic === "ledger") return Boolean(shown || main.querySelector("[data-ledger]"));
  return shown ? Number(shown) === change.id : true;
}

function refresh(target = address()) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    htmx.ajax("GET", target, { source: main, target: main, swap: "innerMorph" });
  }, 60);
}

function show(state) {
  for (const dot of dots) {
    if (dot.dataset.state === state) continue;
    dot.dataset.state = state;
    const at = new Date(lost || Date.now()).toLocaleTimeString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
    });
    dot.querySelector("span").textContent = dot.dataset[state].replace("{time}", at);
  }
  document.body.classList.toggle("stale", state === "stale");
}

function alive() {
  heard = performance.now();
  lost = null;
  show("live");
}

// hx-sse keeps an open stream open; opening it the first time, and again after a refusal, is ours:
// an attribute in the page would be missed when htmx starts before its extension is there.
let opening = false;

async function connect() {
  if (opening || document.hidden) return;
  opening = true;
  await htmx.ajax("GET", stream.dataset.stream, { source: stream, swap: "none" }).catch(() => {});
  opening = false;
}

if (stream && main) {
  connect();
  stream.addEventListener("moved", (event) => {
    alive();
    const change = JSON.parse(event.detail.data);
    if (concerns(change)) refresh();
  });
  stream.addEventListener("beat", alive);
  stream.addEventListener("htmx:sse:after:connection", alive);
  for (const name of ["htmx:sse:error", "htmx:sse:close", "htmx:error"]) {
    stream.addEventListener(name, () => {
      lost = lost || Date.now();
      show("reconnecting");
    });
  }
  setInterval(() => {
    if (document.hidden) {
      heard = performance.now();
      return;
    }
    if (!stream._htmx?.sse) connect();
    const silent = performance.now() - heard > STALE_MS;
    if (silent) {
      lost = lost || Date.now() - STALE_MS;
      show("stale");
      if (concerns({ topic: "all" })) refresh();
    }
  }, 5_000);
  main.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-show-new]");
    if (!bar) return;
    event.preventDefault();
    main.querySelector("[data-newest]").dataset.newest = "0";
    refresh(bar.getAttribute("href"));
  });
}
