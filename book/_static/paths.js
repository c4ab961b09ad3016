/* Stay in the framework that was chosen, and in the section that was read. */
(function () {
  "use strict";
  var key = "rec_tutor.framework";
  var here = /\/(torch|tensorflow)\/[^/]*$/.exec(location.pathname);

  function chosen() {
    try { return localStorage.getItem(key) || ""; } catch (error) { return ""; }
  }

  function section() {
    var found = "";
    document.querySelectorAll(".bd-article section[id]").forEach(function (one) {
      if (one.getBoundingClientRect().top < window.innerHeight / 3) found = one.id;
    });
    return found;
  }

  function other(link) {
    return /(^|\/)(torch|tensorflow)\//.test(link.getAttribute("href") || "");
  }

  // What scrolls sideways can be reached with the keyboard. All is measured before
  // anything is changed, and what is folded when it is opened: each look at a folded box
  // would lay out the page again.
  function reach(event) {
    var inside = event && event.target.closest ? event.target : document;
    var boxes = Array.from(inside.querySelectorAll(
      ".bd-article :is(pre, .math, .output, .pst-scrollable-table-container)"
    )).filter(function (box) { return !box.closest("details:not([open])"); });
    var wide = boxes.map(function (box) { return box.scrollWidth > box.clientWidth; });
    boxes.forEach(function (box, place) {
      if (wide[place]) box.tabIndex = 0;
      else if (box.tabIndex === 0) box.removeAttribute("tabindex");
    });
  }
  window.addEventListener("load", reach);
  window.addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);

  document.addEventListener("DOMContentLoaded", function () {
    var article = document.querySelector(".bd-article");
    if (!article) return;
    if (here) {
      try { localStorage.setItem(key, here[1]); } catch (error) { /* private */ }
      var line = article.querySelector("h1 + p");
      if (!line) return;
      line.querySelectorAll("a.internal").forEach(function (link) {
        link.addEventListener("click", function () {
          var id = section();
          if (id && other(link)) link.hash = id;
        });
      });
    } else if (chosen() === "tensorflow") {
      document.querySelectorAll("a.internal, .prev-next-area a").forEach(function (link) {
        var name = link.textContent;
        if (!other(link) || /PyTorch|TensorFlow/.test(name)) return;
        link.setAttribute("href",
          link.getAttribute("href").replace(/(^|\/)torch\//, "$1tensorflow/"));
      });
    }
  });
})();
