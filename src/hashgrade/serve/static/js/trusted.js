// The one door through which text becomes elements: htmx parses the answer that it is about to swap in.
// Everything else that asks the browser to parse HTML is refused by the content policy (Trusted Types).
// htmx 2 parses with `Document.parseHTMLUnsafe`, between its events `beforeSwap` and the end of the same task.
(() => {
  "use strict";
  const policy = window.trustedTypes?.createPolicy("htmx-swap", { createHTML: (text) => text });
  let swapping = false;
  document.addEventListener("htmx:beforeSwap", () => {
    swapping = true;
    queueMicrotask(() => { swapping = false; });
  });
  Document.parseHTMLUnsafe = (text) =>
    new DOMParser().parseFromString(policy && swapping ? policy.createHTML(text) : text, "text/html");
})();
