// The desk by keyboard: a key is the button that names it. What is answered goes to the server one act after another,
// and comes back as the page to be shown. While there is no connection, or no session, acts wait here in order, and what is
// unsaved is said. Nothing of them is kept anywhere but in this page.

import { here, token } from "./grading-here.js";
import { attach, holdDown, letGo } from "./grading-view.js";

const desk = document.getElementById("desk");
const line = document.getElementById("unsaved");
const hint = document.getElementById("hint");
const alarm = document.getElementById("alarm"); // the same for who listens, but only what is not as always
const heard = document.getElementById("heard");
const unsent = document.getElementById("unsent");
const RETRY_MS = 3000;
const SILENT_MS = 20000; // a server that says nothing for so long is not there
htmx.config.timeout = SILENT_MS;
const waiting = []; // acts that the server has not confirmed, the oldest first
let sending = false;
let lost = ""; // why acts wait: see `tell`
let number = "";
let named = 0;
let retry = 0;
const page = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);

const current = () => desk.querySelector(".question:not([hidden])");
const skipping = () => desk.querySelector("details.aside[open]");

// -- sending ---------------------------------------------------------------------------------------------------

function act(form, submitter, more = []) {
  const values = {};
  for (const [name, value] of [...new FormData(form, submitter), ...more]) {
    if (name in values) values[name] = [].concat(values[name], value);
    else values[name] = value;
  }
  values.name = `${page}${named += 1}`;
  waiting.push({ url: form.getAttribute("action"), values, form, words: wordsOf(form, submitter) + (values.all ? ", for all children that are left" : "") });
  if (lost) ahead(waiting.at(-1));
  tell();
  drain();
}

async function drain() {
  if (sending) return;
  sending = true;
  clearTimeout(retry);
  while (waiting.length) {
    const why = await sent(waiting[0]);
    if (why && !lost) waiting.forEach(ahead);
    lost = why;
    if (why) break;
    waiting.shift();
    tell();
  }
  sending = false;
  tell();
  if (lost) retry = setTimeout(drain, RETRY_MS);
}

// Send one act; "" once the server took it, else why it did not. What the server refuses for the session's sake is sent
// again with the session that there is now, if it is of the same person; what it refuses even so it explains.
async function sent(one) {
  if (["out", "other"].includes(lost)) {
    const state = await here();
    if (state !== "in") return state;
  }
  const why = away(await post(one));
  if (why !== "refused") return why;
  const state = await here();
  if (state !== "in") return state;
  const again = away(await post(one, true));
  return again === "refused" ? "" : again;
}

// What a status means: 0 for no answer at all.
function away(status) {
  if (!status) return "lost";
  if (status < 400) return "";
  return status >= 500 || status === 408 || status === 429 ? "trouble" : "refused";
}

// What refuses an act is swapped in only where it is the last word; until then the answers stay on the screen.
let reply = 0, last = false;
desk.addEventListener("htmx:beforeOnLoad", (event) => {
  reply = event.detail.xhr.status;
  if (away(reply) && !(last && away(reply) === "refused")) event.preventDefault();
});

async function post({ url, values }, isLast = false) {
  [reply, last] = [0, isLast];
  const given = { ...values, csrfmiddlewaretoken: token() };
  await htmx.ajax("POST", url, { source: desk, target: desk, swap: "innerHTML", values: given }).catch(() => {});
  return reply;
}

const WHY = {
  lost: "no connection. Nothing is lost while this page stays open.",
  trouble: "the server is in trouble. Nothing is lost while this page stays open.",
  out: "your session has ended.",
  other: "somebody else is signed in now, and nothing is sent in their name.",
};

function tell() {
  const count = waiting.length, why = count ? lost : "";
  line.classList.toggle("lost", why !== "");
  said(line, !count ? "All is saved." : why ? `${count} not saved yet: ${WHY[why]}` : "Saving");
  if (why || alarm.textContent) said(alarm, line.textContent);
  unsent.hidden = !why;
  unsent.querySelector(".again").hidden = !["out", "other"].includes(why);
  unsent.querySelector("ol").replaceChildren(...(why ? waiting : []).map(({ words }) => {
    const one = document.createElement("li");
    one.textContent = words;
    return one;
  }));
}

// Text that is the same again is not told again to those who listen.
function said(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

// What an act says, for the list of what is unsaved.
function wordsOf(form, submitter) {
  const plain = (one) => [...one.childNodes].filter((each) => each.nodeName !== "KBD" && each.nodeName !== "INPUT").map((each) => each.textContent).join(" ");
  const marked = [...form.querySelectorAll("input[type=checkbox]:checked")].map((one) => plain(one.closest("label")));
  const typed = form.querySelector("input[name=answer]:not([type=checkbox]), input[name=at]:not([type=hidden])")?.value;
  const parts = marked.length ? marked : [submitter && !submitter.matches("[data-several]") ? plain(submitter) : "", typed || ""];
  return `${form.dataset.words || ""} ${parts.join(", ")}`.replace(/\s+/g, " ").replace(/^[\s,]+|[\s,]+$/g, "");
}

// Without a connection the next of the questions that are open already comes up; the server may spare it later.
function ahead({ form, values }) {
  if (!form.classList.contains("question") || "answered" in form.dataset) return;
  const beside = "both" in values && desk.querySelector(`.question[data-question="${form.dataset.beside}"]`);
  for (const one of [form, beside || form]) one.dataset.answered = "";
  move(1);
}

function move(way) {
  const open = [...desk.querySelectorAll(".question")].filter((one) => !("answered" in one.dataset) || !one.hidden);
  const at = open.findIndex((one) => !one.hidden), next = open[(at + way + open.length) % open.length];
  for (const one of open) one.hidden = true;
  if (next && !("answered" in next.dataset)) next.hidden = false;
  number = "";
}

// -- keys ------------------------------------------------------------------------------------------------------

// Where a letter can answer two questions it is never a preset, also when one of the two is answered.
const silent = (code) => !skipping() && current() && "lettered" in current().dataset && letters.includes(code);

// The button of a key, of the nearest to what is asked: a reason to skip, then an answer, then all the rest.
function owner(code) {
  if (silent(code)) return current().querySelector(`[data-code="${code}"]`);
  const inside = skipping();
  const places = [inside && [...inside.querySelectorAll("form [data-code]")], current() && [...current().querySelectorAll("[data-code]")],
    [...desk.querySelectorAll("[data-code]")].filter((one) => !one.closest(".question, details.aside form"))];
  for (const found of places) {
    const one = found && found.find((each) => each.dataset.code === code);
    if (one) return one;
  }
  return null;
}

const typing = (target) => target.matches("textarea, select, input:not([type=checkbox])");
const native = (target, code) => ["Enter", "Space", "NumpadEnter"].includes(code) && target.closest("button, a, summary, input") !== null;

// The number pad does what the digit row does, unless somebody gave its keys something of their own to do.
function plain(code) {
  if (code === "NumpadEnter") return "Enter";
  return Object.values(keys).includes(code) || desk.querySelector(`[data-code="${code}"]`) ? code : code.replace(/^Numpad(\d)$/, "Digit$1");
}

// In the field of a time the keys of segments mark what is typed; Enter begins a segment, or ends the one that has begun.
function timed(event, code) {
  if (event.target.id !== "mark-at") return;
  const [begins, ends] = event.target.form.querySelectorAll("button[data-code]");
  const one = [begins, ends].find((each) => each.dataset.code === code) || (code === "Enter" && (ends.ariaDisabled ? begins : ends));
  if (!one) return;
  event.preventDefault();
  if (!sending || lost) one.click();
}

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const code = plain(event.code);
  if (desk.querySelector("dialog[open]")) return;
  if (typing(event.target)) { if (event.code === "Escape") event.target.blur(); else timed(event, code); return; }
  if (event.code === revealed() && event.target.closest(".hold")) { holdDown(event); return; }
  if (native(event.target, event.code)) return;
  if (event.code === revealed()) { holdDown(event); return; }
  if (event.repeat && !code.startsWith("Arrow")) return;
  if (other(code, event.shiftKey)) { event.preventDefault(); return; }
  const one = owner(code);
  if (!one && silent(code)) hint.textContent = "A letter answers two questions at once, and only one of the two is open: take a digit.";
  if (!one) return;
  event.preventDefault();
  if (sending && !lost && one.form) { early = true; return; } // what is asked next is not on the screen yet
  press(one, event.shiftKey);
}

const keyed = (name) => keys[name];
let keys = {};
let letters = [];
let early = false; // a key came while what is asked was on its way
const revealed = () => keyed("reveal") || "Space";

function other(code, shift) {
  if (code === keyed("question_next")) move(1);
  else if (code === keyed("question_before")) move(-1);
  else if (code === keyed("reasons")) { const why = desk.querySelector("details.why"); if (why) why.open = !why.open; }
  else if (code === keyed("skip")) { const skip = desk.querySelector("details.aside"); if (skip) skip.open = !skip.open; }
  else if (code === keyed("pause") && skipping()) skipping().open = false;
  else return false;
  return true;
}

function press(one, shift) {
  const form = one.form;
  if (one.type === "checkbox") {
    one.checked = shift || !form.classList.contains("question") ? !one.checked : true;
    if (!shift && form.classList.contains("question")) act(form, form.querySelector("[data-several]"));
  } else if (form?.querySelector(".digits") && /^\d$/.test(one.value) && (shift || number)) {
    number += one.value;
    form.querySelector("input[name=answer]").value = number;
    if (!shift || number.length === 3) act(form, null);
  } else if (shift && form && (form.querySelector(".row") || one.value === "same_row")) {
    act(form, one, [["all", "yes"]]);
  } else {
    one.click();
  }
}

document.addEventListener("keydown", pressed);
document.addEventListener("keyup", (event) => { if (event.code === revealed()) { letGo(); if (!typing(event.target) && !native(event.target, event.code)) event.preventDefault(); } });

desk.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".pause, [method=dialog]")) return;
  event.preventDefault();
  const digits = form.querySelector(".digits"), typed = form.querySelector("input[name=answer]:not([type=checkbox])");
  if (digits && event.submitter?.name === "answer") typed.disabled = true; // the button's answer, not the empty field's
  if (event.submitter?.getAttribute("aria-disabled") === "true") {
    hint.textContent = waiting.length ? "Not saved yet: go on once all of the answers are." : event.submitter.dataset.why;
    return;
  }
  act(form, event.submitter);
  if (typed) typed.disabled = false;
});

desk.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) desk.querySelector("#help").showModal();
});

// -- the page as it is now -----------------------------------------------------------------------------------------

function begin() {
  keys = JSON.parse(desk.querySelector("[data-keys]")?.dataset.keys || "{}");
  letters = (desk.querySelector("[data-letters]")?.dataset.letters || "").split(" ");
  number = "";
  hint.textContent = early ? "A key came before the question, and was not taken." : "";
  early = false;
  attach(desk.querySelector(".viewer"));
}

// What is new for who does not see it: verdicts that changed, and what is asked next.
let verdicts = "";
function tellNews() {
  const now = [...desk.querySelectorAll(".verdicts dl div")].map((one) => one.innerText.replace(/\s+/g, " ").trim()).join("; ");
  const question = current()?.querySelector("legend").innerText ?? desk.querySelector(".done h2")?.innerText ?? "";
  heard.textContent = [now !== verdicts && now && `Verdicts: ${now}.`, question].filter(Boolean).join(" ");
  verdicts = now;
}

let inside = false;
desk.addEventListener("htmx:beforeSwap", () => { inside = desk.contains(document.activeElement); });
desk.addEventListener("htmx:afterSwap", () => {
  if (inside) desk.focus({ preventScroll: true }); // and not the button in the same place, which Enter would press
  begin();
  tellNews();
});
window.addEventListener("online", drain);
window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });
begin();
tell();
