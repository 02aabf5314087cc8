// Forms that change their own shape, and previews of what they would mean. The server does the work:
// without a script the same buttons send the form, and it comes back with one row more or less. Such forms say
// hx-validate="false": what is not filled in yet must not keep a row from being added.

const main = document.getElementById("main");

// A button that changes the form (add, move, remove): sent in the background, the page morphs.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-inplace]");
  if (!button || !window.htmx) return;
  event.preventDefault();
  reshape(button.form, button.value);
});

// Choosing from a list that changes the form. What was added is no longer chosen: the morph would keep it so.
document.addEventListener("change", async (event) => {
  const select = event.target;
  if (!select.matches("select[data-adds]") || !window.htmx) return;
  await reshape(select.form, select.dataset.adds);
  if (select.name.endsWith(".add")) select.value = "";
});

async function reshape(form, change) {
  const action = form.getAttribute("action") || location.pathname;
  await window.htmx.ajax("POST", action, { source: form, target: main, swap: "innerMorph", values: { do: change } });
  preview(document.querySelector("form[data-preview]"));
}

// What is being written, looked at before it is saved.
let waiting = null;

function preview(form) {
  const place = form && document.getElementById(form.dataset.into);
  if (!place || !window.htmx) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    window.htmx.ajax("POST", form.dataset.preview, { source: form, target: place, swap: "innerMorph" });
  }, 350);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => preview(event.target.form?.closest("form[data-preview]")));
}

// A list that is filtered while one types.
document.addEventListener("input", (event) => {
  if (!event.target.matches("input[data-filters]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const item of document.querySelectorAll(`#${event.target.dataset.filters} [data-text]`)) {
    item.hidden = !item.dataset.text.toLowerCase().includes(wanted);
  }
});
