// Keeps an open page up to date. What changed is asked again from the server; what somebody types is never replaced.
"use strict";

document.documentElement.classList.add("scripted");

const main = () => document.getElementById("main");

// Whether somebody is in the middle of something: a changed field, an open form, the cursor in a field.
function isBusy() {
  const fields = [...main().querySelectorAll("input:not([type=hidden]), textarea, select")];
  const typed = (field) => field.matches("select")
    ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  const active = document.activeElement;
  return fields.some(typed) || main().querySelector("details[id][open]:has(form)") !== null || (main().contains(active) && active.matches("input, textarea, select"));
}

function announce(name) {
  document.getElementById("announce").textContent = document.getElementById(name)?.innerHTML ?? "";
}

let waiting = null;
let sent = 0; // forms of this page
let unfolded = []; // what is unfolded while the page is asked for
let asked = ""; // the page and the forms before it, when the server was asked last
let last = null; // the form that was sent last, with what was in it

// What a person has put into a form.
const put = (form) => JSON.stringify([...new FormData(form)].filter(([name, value]) => !name.startsWith("_") && typeof value === "string"));

function remember(form) {
  unfolded = [...main().querySelectorAll("details[id][open]")].filter((fold) => fold !== form?.closest("details[id]")).map((fold) => fold.id);
}

const place = () => `${sent} ${location.href}`;
document.addEventListener("submit", (event) => {
  sent += 1;
  remember(event.target);
  last = event.target.id ? { id: event.target.id, put: put(event.target) } : null;
}, true);

function changed() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    if (isBusy()) {
      const notice = document.getElementById("changed");
      if (notice && !main().querySelector(":scope > .meanwhile")) {
        const shown = notice.content.firstElementChild.cloneNode(true);
        shown.classList.add("meanwhile");
        main().prepend(shown);
      }
      return;
    }
    asked = place();
    remember(null);
    await htmx.ajax("GET", location.pathname + location.search, {
      target: "#main", select: "#main", swap: "outerMorph", headers: { "Tandem-Background": "1" },
    });
    announce("changed-aloud");
  }, 150);
}

// What was unfolded stays so. After a form, who used the keyboard goes on where they were, or at what came of it.
document.addEventListener("htmx:after:swap", (event) => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  unfolded = [];
  if (event.detail.ctx?.request?.headers?.["Tandem-Background"]) return;
  // The answer has what belongs in the form now: nothing, if it was accepted. A morphed field would keep its text.
  const form = last?.untouched ? document.getElementById(last.id) : null;
  form?.reset();
  last = null;
  if (document.activeElement === document.body) main().querySelector(":scope > .notice")?.focus({ preventScroll: true });
});

// Somebody may have begun to write, or sent a form, while the page was asked for.
document.addEventListener("htmx:before:swap", (event) => {
  if (!event.detail.ctx?.request?.headers?.["Tandem-Background"]) {
    const form = last ? document.getElementById(last.id) : null;
    if (event.detail.ctx?.response?.status >= 500) { event.preventDefault(); unsent(); return; }
    if (form) last.untouched = put(form) === last.put;
  } else if (isBusy() || asked !== place()) { event.preventDefault(); changed(); }
});

// A form that did not reach the server, or an answer that is no page of ours: what is typed stays where it is.
function unsent() {
  const form = last && document.getElementById(last.id);
  const notice = document.getElementById("unsent");
  if (form && notice && !form.querySelector(":scope > .unsent")) form.prepend(notice.content.firstElementChild.cloneNode(true));
  form?.querySelector(":scope > .unsent")?.scrollIntoView({ block: "nearest" });
}
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx && !event.detail.ctx.request?.headers?.["Tandem-Background"]) unsent();
});

// The server says at once what has happened since the page was made, also when a lost connection is there again.
if (main()?.dataset.live) new EventSource(`/live?since=${main().dataset.live}`).addEventListener("changed", changed);

// A part that a service could not answer in time comes later.
setInterval(() => { if (main()?.querySelector("[data-away]") && !isBusy()) changed(); }, 5000);
