// Choosing on a timeline: by mouse a stretch of it, by keyboard shifts. Both open the dialog that lets
// somebody stand in; without a script every shift is a link to the same form.

const QUARTERS = 336;

function dialog(start, end) {
  const box = document.getElementById("override");
  if (!box || !start || !end || start >= end) return false;
  box.querySelector('[name="start"]').value = start;
  box.querySelector('[name="end"]').value = end;
  const ask = box.querySelector("[data-ask]");
  if (ask) ask.href = `${ask.dataset.ask}&start=${start}&end=${end}`;
  box.showModal();
  return true;
}

// Local times are counted as if there were no change of clocks; the person sees them before sending.
function at(timeline, share) {
  const hours = Number(timeline.dataset.hours);
  const step = hours > 200 ? 60 : 30;
  const minutes = Math.round((share * hours * 60) / step) * step;
  const moment = new Date(Date.parse(`${timeline.dataset.from}:00Z`) + minutes * 60_000);
  return moment.toISOString().slice(0, 16);
}

// The mouse. A drag ends in a click on whatever lies there: it is not meant.
let drag = null;
let swallow = false;

document.addEventListener("pointerdown", (event) => {
  swallow = false;
  const track = event.target.closest("[data-select]");
  if (!track || event.button || event.pointerType === "touch") return;
  const box = track.getBoundingClientRect();
  drag = { track, box, from: event.clientX, to: event.clientX, moved: false };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.to = Math.min(Math.max(event.clientX, drag.box.left), drag.box.right);
  if (Math.abs(drag.to - drag.from) < 6 && !drag.moved) return;
  if (!drag.moved) {
    drag.moved = true;
    drag.mark = document.createElement("i");
    drag.mark.className = "mark-span";
    drag.track.append(drag.mark);
  }
  event.preventDefault();
  const [left, right] = ends();
  drag.mark.style.gridColumn = `${Math.floor(left * QUARTERS) + 1} / ${Math.ceil(right * QUARTERS) + 1}`;
});

document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { track, moved } = drag;
  const [left, right] = ends();
  drag.mark?.remove();
  drag = null;
  if (!moved) return;
  const timeline = track.closest("[data-timeline]");
  swallow = dialog(at(timeline, left), at(timeline, right));
});

function ends() {
  const shares = [drag.from, drag.to].map((x) => (x - drag.box.left) / drag.box.width);
  return [Math.min(...shares), Math.max(...shares)];
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-timeline] a[data-start]");
  if (!link) return;
  if (swallow) event.preventDefault();
  else if (!event.ctrlKey && !event.metaKey && dialog(...stretch(link))) event.preventDefault();
  swallow = false;
}, true);

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-timeline]")) event.preventDefault();
});

// The keyboard: one stop per row, arrows within it, Shift and arrows choose several.
let anchor = null;

function links(row) {
  return [...row.querySelectorAll("a[data-start]")];
}

function stretch(link) {
  const all = links(link.closest(".tl-track"));
  const chosen = all.filter((one) => one.classList.contains("chosen"));
  const found = chosen.includes(link) ? chosen : [link];
  return [found[0].dataset.start, found[found.length - 1].dataset.end];
}

function settle() {
  for (const row of document.querySelectorAll("[data-timeline] .tl-track")) {
    const all = links(row);
    const stop = all.includes(document.activeElement) ? document.activeElement : all[0];
    for (const one of all) one.tabIndex = one === stop ? 0 : -1;
  }
}

document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("[data-timeline] a[data-start]");
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!link || step === undefined) return;
  event.preventDefault();
  const all = links(link.closest(".tl-track"));
  const here = all.indexOf(link);
  const there = Math.min(Math.max(here + step, 0), all.length - 1);
  if (!event.shiftKey) anchor = null;
  else anchor = anchor ?? here;
  const [low, high] = anchor === null ? [1, 0] : [Math.min(anchor, there), Math.max(anchor, there)];
  all.forEach((one, index) => one.classList.toggle("chosen", index >= low && index <= high));
  all[there].focus();
  settle();
});

settle();
document.addEventListener("htmx:after:swap", settle);
