// Who the server takes this page for, asked when it refused something: a session may have ended, and begun again elsewhere.

const desk = document.getElementById("desk");

export const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// "in": signed in as before, and forms are good again; "out": nobody is; "other": somebody else is; "lost": no answer.
export async function here() {
  if (!desk.dataset.here) return "in";
  try {
    const answer = await fetch(desk.dataset.here, { redirect: "manual", cache: "no-store" });
    if (answer.status >= 500 || answer.status === 429) return "lost";
    if (!answer.ok) return "out";
    const found = await answer.json();
    if (found.reader !== desk.dataset.reader) return "other";
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": found.token }));
    for (const one of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) one.value = found.token;
    return "in";
  } catch {
    return "lost";
  }
}
