// What Datasette's own pages need to be used by keyboard and by ear: a named editor, menus of columns that open.
"use strict";

if (window.CodeMirror) window.CodeMirror.defaults.screenReaderLabel = "SQL";

document.addEventListener("DOMContentLoaded", () => {
  let opened = null;
  const menu = document.querySelector("body > .dropdown-menu");
  for (const icon of document.querySelectorAll("th .dropdown-menu-icon")) {
    icon.setAttribute("role", "button");
    icon.setAttribute("tabindex", "0");
    icon.setAttribute("aria-label", `More on ${icon.closest("th").dataset.column}`);
    icon.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      // Datasette closes the menu when the table scrolls, as it just may have to show this icon: one frame later.
      requestAnimationFrame(() => {
        icon.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        opened = icon;
        [...menu.querySelectorAll("a")].find((link) => link.offsetParent)?.focus();
      });
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !opened) return;
    document.body.click();
    opened.focus();
    opened = null;
  });
});
