// Shows an item that is decided while a key or a button is held, once a reason is given. Another reason is another view.

import { attach, hide, holdDown, letGo } from "./grading-view.js";

const desk = document.getElementById("desk");
const viewer = desk?.querySelector(".viewer");
const why = document.getElementById("reveal-why");
const hold = viewer?.querySelector(".hold");

function reasoned() {
  hide();
  const said = why.value.trim();
  hold.disabled = !said;
  if (said === (viewer.dataset.why || "")) return;
  viewer.dataset.why = said;
  viewer.dataset.how = "decided";
  viewer.dataset.ref = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");
  viewer.dataset.ms = "0";
}

const typing = (event) => event.target.closest("input, textarea, select");
const holds = (event) => event.code === desk.dataset.code || (event.target === hold && ["Space", "Enter"].includes(event.code));

if (viewer) {
  attach(viewer);
  reasoned();
  why.addEventListener("input", reasoned);
  desk.closest("details").addEventListener("toggle", hide);
  document.addEventListener("keydown", (event) => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey || !desk.closest("details").open) return;
    if (holds(event)) {
      if (hold.disabled) event.preventDefault();
      else holdDown(event);
      return;
    }
    if (!event.repeat) viewer.querySelector(`[data-code="${CSS.escape(event.code)}"]`)?.click();
  });
  document.addEventListener("keyup", (event) => { if (holds(event)) letGo(); });
}
