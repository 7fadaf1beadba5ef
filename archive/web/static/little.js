// The little that needs a script: a key to the search box, copying a citation, facets open on wide screens.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("input[type=search]");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  }
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
}

const wide = window.matchMedia("(min-width: 56rem)");
const unfold = () => {
  for (const details of document.querySelectorAll("details[data-wide-open]")) details.open = wide.matches;
};
wide.addEventListener("change", unfold);
unfold();
