// The desk by keyboard: a key is the button that names it. What is answered goes to the server one act after another,
// and comes back as the page to be shown. While there is no connection, acts wait here in order, and what is unsaved is said.

import { attach, hide, show } from "./grading-view.js";

const desk = document.getElementById("desk");
const line = document.getElementById("unsaved");
const hint = document.getElementById("hint");
const RETRY_MS = 3000;
const waiting = []; // acts that the server has not confirmed, the oldest first
let sending = false;
let lost = false;
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
  waiting.push({ url: form.getAttribute("action"), values, form });
  if (lost) ahead(form);
  tell();
  drain();
}

async function drain() {
  if (sending) return;
  sending = true;
  clearTimeout(retry);
  while (waiting.length) {
    const ok = await post(waiting[0]);
    if (!ok && !lost) waiting.forEach(({ form }) => ahead(form));
    lost = !ok;
    if (!ok) break;
    waiting.shift();
    tell();
  }
  sending = false;
  tell();
  if (lost) retry = setTimeout(drain, RETRY_MS);
}

function post({ url, values }) {
  return new Promise((done) => {
    const failed = () => done(false);
    desk.addEventListener("htmx:sendError", failed, { once: true });
    htmx.ajax("POST", url, { source: desk, target: desk, swap: "innerHTML", values }).then(() => {
      desk.removeEventListener("htmx:sendError", failed);
      done(true);
    }, failed);
  });
}

function tell() {
  const count = waiting.length;
  line.classList.toggle("lost", lost && count > 0);
  if (!count) line.textContent = "All is saved.";
  else if (lost) line.textContent = `${count} not saved yet: no connection. Nothing is lost while this page stays open.`;
  else line.textContent = "Saving";
}

// Without a connection the next of the questions that are open already comes up; the server may spare it later.
function ahead(form) {
  if (!form.classList.contains("question") || "answered" in form.dataset) return;
  form.dataset.answered = "";
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

// The button of a key, of the nearest to what is asked: a reason to skip, then an answer, then all the rest.
function owner(code) {
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

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const code = plain(event.code);
  if (desk.querySelector("dialog[open]")) return;
  if (typing(event.target)) { if (event.code === "Escape") event.target.blur(); return; }
  if (event.code === revealed() && event.target.closest(".hold")) { event.preventDefault(); if (!event.repeat) show(); return; }
  if (native(event.target, event.code)) return;
  if (event.code === revealed()) { event.preventDefault(); if (!event.repeat) show(); return; }
  if (event.repeat && !code.startsWith("Arrow")) return;
  if (other(code, event.shiftKey)) { event.preventDefault(); return; }
  const one = owner(code);
  if (!one) return;
  event.preventDefault();
  if (sending && !lost && one.form) return; // what is asked next is not on the screen yet
  press(one, event.shiftKey);
}

const keyed = (name) => keys[name];
let keys = {};
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
document.addEventListener("keyup", (event) => { if (event.code === revealed()) { hide(); if (!typing(event.target) && !native(event.target, event.code)) event.preventDefault(); } });

desk.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".pause, [method=dialog]")) return;
  event.preventDefault();
  const digits = form.querySelector(".digits"), typed = form.querySelector("input[name=answer]:not([type=checkbox])");
  if (digits && event.submitter?.name === "answer") typed.disabled = true; // the button's answer, not the empty field's
  if (event.submitter?.getAttribute("aria-disabled") === "true") {
    hint.textContent = event.submitter.dataset.why;
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
  number = hint.textContent = "";
  attach(desk.querySelector(".viewer"));
}

desk.addEventListener("htmx:afterSwap", begin);
window.addEventListener("online", drain);
window.addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });
begin();
tell();
