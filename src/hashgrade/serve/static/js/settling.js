// What js/grading.js does not do on the page of a settlement: keep the reasons while the page is swapped, and go to them.

const desk = document.getElementById("desk");
let kept = { item: "", text: "" };

const item = () => desk.querySelector("[data-item]")?.dataset.item || "";

desk.addEventListener("input", (event) => {
  if (event.target.id === "settle-why") kept = { item: item(), text: event.target.value };
});

desk.addEventListener("htmx:afterSwap", () => {
  const field = desk.querySelector("#settle-why");
  if (field && kept.item === item() && !field.value) field.value = kept.text;
  const lost = desk.querySelector("[data-lost]");
  if (lost && kept.text && kept.item === lost.dataset.lost) {
    lost.querySelector("#lost-why span").textContent = kept.text;
    lost.querySelector("#lost-why").hidden = false;
  }
});

desk.addEventListener("click", (event) => {
  const name = event.target.closest("[data-focus]")?.dataset.focus;
  if (name) document.getElementById(name).focus();
});
