/* One switch hides all code of a page and of every other page, and is remembered.
   Before printing, everything that is folded is opened, on a light ground. */
(function () {
  "use strict";
  var key = "rec_tutor.code", off = "rt-no-code";
  var root = document.documentElement;

  function hidden() {
    try { return localStorage.getItem(key) === "hidden"; } catch (error) { return false; }
  }

  function keep(now) {
    try {
      if (now) localStorage.setItem(key, "hidden");
      else localStorage.removeItem(key);
    } catch (error) { /* private: holds for this page */ }
  }

  /* what the reader looks at: the first piece of the article that stays */
  function anchor() {
    var pieces = document.querySelectorAll(
      ".bd-article :is(h1, h2, h3, p, li, .cell_output, figure, table)");
    return Array.from(pieces).find(function (one) {
      var box = one.getBoundingClientRect();
      return box.height && box.bottom > 80 && !one.closest(".cell_input, details.hide");
    });
  }

  function addSwitch(place) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm rt-code";
    button.textContent = "Hide code";
    function show() { button.setAttribute("aria-pressed", String(root.classList.contains(off))); }
    button.addEventListener("click", function () {
      var piece = anchor(), before = piece && piece.getBoundingClientRect().top;
      keep(root.classList.toggle(off));
      show();
      if (piece) {
        window.scrollBy({ top: piece.getBoundingClientRect().top - before, behavior: "instant" });
      }
    });
    show();
    place.prepend(button);
  }

  root.classList.toggle(off, hidden());
  document.addEventListener("DOMContentLoaded", function () {
    var place = document.querySelector(".article-header-buttons");
    if (place && document.querySelector(".bd-article .cell_input")) addSwitch(place);
  });

  var opened = [], theme;
  window.addEventListener("beforeprint", function () {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    opened = Array.from(document.querySelectorAll(".bd-article details:not([open])"));
    opened.forEach(function (one) { one.dataset.printed = ""; one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    root.dataset.theme = theme;
    opened.forEach(function (one) { one.open = false; delete one.dataset.printed; });
  });
})();
