// What every page does: say when the connection is gone, and forget the page when the browser would keep it.

const offline = document.getElementById("offline");

function connected(yes) {
  offline.hidden = yes;
}

window.addEventListener("offline", () => connected(false));
window.addEventListener("online", () => connected(true));
document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) connected(true); });
connected(navigator.onLine);

// A page from the back-forward cache shows what was: after signing out, nobody may see it.
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
