// Shows an item while a key or a button is held, and at no other time. Its bytes come by fetch, are drawn on a canvas,
// and are gone with it: nothing is kept, so that each time is asked for, and told to the ledger, anew.

import { here, token } from "./grading-here.js";

const TELL_MS = 4000;
const STALE_MS = 1000;
const BLURS = ["much", "some", "none"];
const sight = { grey: true, blur: "much", larger: false }; // on by default, and on again with every page

let viewer = null; // of the page as it is
let held = false; // somebody holds the key
let lost = -STALE_MS; // when the window lost the focus, or had it back, with the key down
let since = 0; // when the picture came into view; 0 while nothing is
let spent = {}; // milliseconds in view before that, by the view's name
let asking = null; // the request under way
let telling = 0;
let sheet = false;
let atMs = 0; // of the frame in view
let times = [];
let seen = false; // whether the frame at `atMs` is, or was just, in view

const canvas = () => viewer.querySelector("canvas");
const inView = () => Math.round((spent[ref()] || 0) + (since ? performance.now() - since : 0));
const stack = () => viewer.dataset.beside.split(" ").filter(Boolean);

export function attach(found) {
  hide();
  const before = viewer?.dataset.ref;
  viewer = found;
  if (!viewer) return;
  for (const one of document.querySelectorAll("[data-jump]")) one.addEventListener("click", () => jump(Number(one.dataset.jump)));
  document.querySelector("[data-jump-next]")?.addEventListener("click", next);
  spent = { [viewer.dataset.ref]: Number(viewer.dataset.ms) };
  if (before !== viewer.dataset.ref) { // else an answer came between, and the place in the clip stays
    sheet = stack().length > 0 || "moves" in viewer.dataset; // a stack is one view, its leader large
    atMs = 0;
    times = [];
    seen = false;
  }
  mark();
  const button = viewer.querySelector(".hold");
  button.addEventListener("pointerdown", (event) => { event.preventDefault(); button.focus(); show(); });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(end, hide);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  for (const one of viewer.querySelectorAll("[data-sight]")) one.addEventListener("click", () => change(one.dataset.sight));
  for (const one of viewer.querySelectorAll("[data-step]")) one.addEventListener("click", () => step(Number(one.dataset.step)));
}

function mark() {
  for (const one of viewer.querySelectorAll("[data-sight]")) {
    const what = one.dataset.sight;
    if (what === "blur") one.querySelector("span").textContent = sight.blur;
    else one.setAttribute("aria-pressed", String({ grey: sight.grey, size: sight.larger, sheet }[what]));
  }
  const field = document.getElementById("mark-at");
  if (field && seen && !sheet) field.value = (atMs / 1000).toFixed(3);
}

function change(what) {
  if (what === "grey") sight.grey = !sight.grey;
  if (what === "blur") sight.blur = BLURS[(BLURS.indexOf(sight.blur) + 1) % BLURS.length];
  if (what === "size") sight.larger = !sight.larger;
  if (what === "sheet") { bank(); sheet = !sheet; }
  mark();
  again();
}

function step(way) {
  bank();
  sheet = false;
  mark();
  atMs = way > 0 ? atMs + 1 : atMs;
  again(way < 0);
}

function jump(ms) {
  bank();
  [sheet, atMs, seen] = [false, ms, true];
  mark();
  again();
}

// To the segment that begins after the frame in view, from the last to the first.
function next() {
  const starts = [...document.querySelectorAll("[data-jump]")].map((one) => Number(one.dataset.jump));
  jump(starts.find((one) => !sheet && one > atMs) ?? starts[0]);
}

function again(before = false) {
  if (held) draw(before);
}

// By key. One that was down as the window lost the focus may still be: when it is back, its repeats look like a press.
export function holdDown(event) {
  event.preventDefault();
  if (event.repeat) return;
  const stale = performance.now() - lost < STALE_MS;
  lost = stale ? performance.now() : -STALE_MS;
  if (!stale) show();
}

export function letGo() {
  lost = -STALE_MS;
  hide();
}

function show() {
  if (held || !viewer || !document.hasFocus() || document.hidden) return;
  held = true;
  draw(false);
}

// The view's name: a sheet of a stack is a view of its own, of all that is on it; so is its leader without it.
const stacked = () => sheet && stack().length > 0 && !("moves" in viewer.dataset);
const ref = () => viewer.dataset.ref + (stacked() === ("sheet" in viewer.dataset) ? "" : stacked() ? "s" : "i");

function form(more) {
  const data = new FormData();
  const all = { sha256: viewer.dataset.sha256, ref: ref(), ms: inView(), csrfmiddlewaretoken: token(),
    how: viewer.dataset.how || (stacked() ? "sheet" : "item"), ...(viewer.dataset.why && { why: viewer.dataset.why }), ...more };
  for (const [name, value] of Object.entries(all)) data.append(name, value);
  if (stacked()) for (const one of stack()) data.append("beside", one);
  return data;
}

const told = (answer) => /^(image\/jpeg|application\/json)/.test(answer.headers.get("Content-Type"));

async function picture(more, signal) {
  const size = sight.larger ? "larger" : "normal";
  const wanted = { grey: sight.grey ? "yes" : "no", blur: sight.blur, size, ...more };
  const ask = () => fetch(document.getElementById("desk").dataset.media,
    { method: "POST", body: form(wanted), signal, cache: "no-store", redirect: "manual" });
  let answer = await ask();
  if (!told(answer)) { // the session ended, and may have begun again on another page
    const state = await here();
    if (state !== "in") throw new Error(state === "other" ? "somebody else is signed in" : "your session has ended: sign in again");
    answer = await ask();
  }
  if (answer.headers.get("Content-Type") === "image/jpeg") {
    const at = JSON.parse(answer.headers.get("X-At-Ms"));
    return [await createImageBitmap(await answer.blob()), at];
  }
  const why = await answer.json().catch(() => ({ what: "you may not see this any more: load the page again", code: String(answer.status) }));
  throw new Error(`${[why.what, why.to_do].filter(Boolean).join("; ")} (${why.code})`);
}

async function draw(before) {
  asking?.abort();
  const mine = asking = new AbortController();
  say("Coming");
  try {
    const found = stacked() ? await many(mine.signal) : [await picture(which(before), mine.signal)];
    if (mine.signal.aborted || !held) { for (const [bitmap] of found) bitmap.close(); return; }
    times = found[0][1];
    if (!stacked() && !sheet && times.length) [atMs, seen] = [times[0], true];
    mark();
    paint(found.map(([bitmap]) => bitmap));
  } catch (error) {
    if (mine.signal.aborted) return;
    hide();
    say("Not shown", navigator.onLine && error.name !== "TypeError" ? `${error.message}.` : "There is no connection.");
  }
}

function which(before) {
  if (!("moves" in viewer.dataset)) return {};
  return sheet ? { at_ms: -1 } : { at_ms: atMs, before: before ? "yes" : "no" };
}

async function many(signal) {
  const found = [];
  const leader = viewer.dataset.sha256;
  for (const one of [leader, ...stack()]) found.push(await picture({ picture: one, ...(one === leader ? {} : { size: "cell" }) }, signal));
  return found;
}

// Where each picture goes, as parts of the board: frames in a grid; of a stack the leader large, the rest beside it.
function places(count, led) {
  const small = led ? count - 1 : count, room = led ? 0.375 : 1;
  const across = led ? Math.ceil(Math.sqrt(small * room)) : Math.ceil(Math.sqrt(small));
  const down = Math.max(1, Math.ceil(small / across));
  const cells = Array.from({ length: small }, (_, n) => ({ x: 1 - room + (n % across) * room / across,
    y: Math.floor(n / across) / down, wide: room / across, high: 1 / down }));
  return led ? [{ x: 0, y: 0, wide: 1 - room, high: 1 }, ...cells] : cells;
}

function paint(bitmaps) {
  const board = canvas(), pen = board.getContext("2d"), led = bitmaps.length > 1;
  const strip = !led && times.length > 1 ? times.length : 1;
  const cells = strip > 1 ? times.map((_, n) => [bitmaps[0], n]) : bitmaps.map((one) => [one, 0]);
  const shape = Math.min(bitmaps[0].height / strip / bitmaps[0].width, 1), found = places(cells.length, led);
  const rows = found.filter((one) => one.x === found[0].x).length;
  board.width = sight.larger ? 1920 : 960;
  board.height = Math.round(board.width * shape * rows * found[0].wide);
  pen.imageSmoothingQuality = "high";
  cells.forEach(([one, n], at) => {
    const { x, y, wide, high } = found[at], tall = one.height / strip;
    const scale = Math.min(wide * board.width / one.width, high * board.height / tall);
    const left = x * board.width + (wide * board.width - one.width * scale) / 2;
    const top = y * board.height + (high * board.height - tall * scale) / 2;
    pen.drawImage(one, 0, n * tall, one.width, tall, left, top, one.width * scale, tall * scale);
    const text = strip > 1 ? `${(times[at] / 1000).toFixed(1)} s` : at ? String(at) : "read first";
    if (cells.length > 1) number(pen, text, x * board.width, y * board.height);
  });
  for (const one of bitmaps) one.close();
  if ("moves" in viewer.dataset) viewer.querySelector(".at").textContent = sheet ? "" : `The frame at ${(atMs / 1000).toFixed(2)} s.`;
  board.hidden = false;
  board.setAttribute("aria-label", "The item is shown");
  viewer.classList.add("shown");
  if (!since) since = performance.now();
  clearInterval(telling);
  telling = setInterval(tell, TELL_MS);
}

function number(pen, text, x, y) {
  pen.font = "600 16px sans-serif";
  pen.fillStyle = "#000";
  pen.fillRect(x + 4, y + 4, pen.measureText(text).width + 12, 24);
  pen.fillStyle = "#fff";
  pen.fillText(text, x + 10, y + 21);
}

export function hide() {
  held = false;
  asking?.abort();
  asking = null;
  clearInterval(telling);
  if (!viewer) return;
  const board = canvas();
  board.hidden = true;
  board.width = 1; // which empties it
  board.height = 1;
  board.setAttribute("aria-label", "Nothing is shown");
  viewer.classList.remove("shown");
  say("Hidden");
  bank();
  since = 0;
}

// Count what was in view so far to the view that it was, before another begins.
function bank() {
  if (!since) return;
  spent[ref()] = inView();
  since = performance.now();
  tell();
}

function tell() {
  if (!viewer || !inView()) return;
  viewer.querySelector(".seconds").textContent = String(Math.floor(inView() / 1000));
  const where = document.getElementById("desk").dataset.told, body = form({});
  fetch(where, { method: "POST", body, keepalive: true, redirect: "manual" }).then((answer) => answer.json()).then((found) => {
    if (!found.shows && held) { hide(); say("Not shown", `${found.why.join("; ")}.`); }
  }).catch(() => { // what is told next says all of it, and nothing stays in view of which nobody can be told
    if (held) { hide(); say("Not shown", "The server does not answer, or the session has ended."); }
  });
}

function say(what, more = "") {
  viewer.querySelector(".what").textContent = more ? `${what}: ${more}` : what;
}

window.addEventListener("blur", () => { if (held) lost = Infinity; });
window.addEventListener("focus", () => { if (lost === Infinity) lost = performance.now(); });
for (const [where, names] of [[window, ["blur", "pagehide", "beforeunload", "beforeprint", "error", "unhandledrejection", "offline"]],
  [document, ["visibilitychange", "freeze", "htmx:beforeSwap", "htmx:beforeHistorySave"]]]) {
  for (const name of names) where.addEventListener(name, hide);
}
