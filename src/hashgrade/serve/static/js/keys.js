// The page of keys: a field takes the key that is pressed in it, by its position; Tab goes on. What would do two things is
// said at once, and refused by the server as well.

const form = document.getElementById("keys");
const told = document.getElementById("told");
const names = JSON.parse(form.dataset.names);
const answering = JSON.parse(form.dataset.fixed);
const pad = JSON.parse(form.dataset.pad);
const fields = [...form.querySelectorAll("input[data-plain]")].map((field) => {
  const code = document.createElement("input");
  code.type = "hidden";
  [code.name, code.value] = [field.name, field.value];
  field.after(code);
  field.removeAttribute("name");
  field.setAttribute("inputmode", "none");
  const fixed = code.name.startsWith("preset.") ? answering : [...answering, ...pad]; // presets may have letters of the pad
  return { field, code, fixed, row: field.closest("li") };
});

const nameOf = (code) => names[code] || code;
const words = ({ row }) => `“${row.dataset.words}”`;

function show() {
  for (const one of fields) {
    const others = fields.filter((other) => other !== one && other.code.value === one.code.value);
    const clash = others.length > 0 || one.fixed.includes(one.code.value);
    one.field.value = nameOf(one.code.value);
    one.field.setAttribute("aria-invalid", String(clash));
    one.row.classList.toggle("twice", clash);
    one.row.querySelector(".plain").hidden = one.code.value === one.field.dataset.plain;
  }
}

function take(one, code) {
  if (!(code in names)) {
    told.textContent = "That key stays the browser's; press another.";
    return;
  }
  one.code.value = code;
  show();
  const other = fields.find((each) => each !== one && each.code.value === code);
  if (one.fixed.includes(code)) told.textContent = `${nameOf(code)} answers questions, and cannot be for ${words(one)} too.`;
  else if (other) told.textContent = `${nameOf(code)} is for ${words(other)} too: change one of the two.`;
  else told.textContent = `${nameOf(code)} is for ${words(one)}. Not saved yet.`;
}

for (const one of fields) {
  one.field.addEventListener("keydown", (event) => {
    if (event.code === "Tab" || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (!/^(Shift|Control|Alt|Meta|CapsLock)/.test(event.code) && !event.repeat) take(one, event.code);
  });
  one.field.addEventListener("beforeinput", (event) => event.preventDefault());
  one.field.addEventListener("focus", () => { one.field.select(); told.textContent = `Press the key for ${words(one)}; Tab goes on.`; });
}
show();
told.textContent = "";
