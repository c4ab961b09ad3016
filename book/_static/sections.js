/* Which sections a reader has ticked, and where the reading stopped. Kept in this browser, sent nowhere. The page
   itself has the line, the minutes and the ticks: see book/_ext/course_sections.py. */
(function () {
  "use strict";
  var READ = "rec_tutor.read", PLACE = "rec_tutor.place";

  function duration(minutes) {
    if (minutes < 60) return minutes + " min";
    var rounded = Math.round(minutes / 5) * 5, rest = rounded % 60;
    return (rounded - rest) / 60 + " h" + (rest ? " " + rest + " min" : "");
  }

  function watch(box) {
    var pieces = Array.from(box.querySelectorAll("[data-id]"));
    var ticks = Array.from(document.querySelectorAll(".rt-read input"));
    var line = box.querySelector("[role=status]"), begin = line.textContent;
    var store = window.recTutor, read = [], open = [];

    function key(one) { return one.getAttribute("data-key"); }

    function done(one) { return read.indexOf(key(one)) >= 0; }

    function left() {
      return duration(open.reduce(function (sum, piece) {
        return sum + Number(piece.getAttribute("data-minutes"));
      }, 0));
    }

    function say() {
      if (open.length === pieces.length) line.textContent = begin;
      else if (!open.length) line.textContent = "All " + pieces.length + " sections read";
      else {
        var link = document.createElement("a");
        link.href = "#" + open[0].getAttribute("data-id");
        link.textContent = pieces.indexOf(open[0]) + 1 + " of " + pieces.length;
        link.setAttribute("aria-label", link.textContent + ": " + open[0].title);
        line.replaceChildren("You are at ", link, " · about " + left() + " left");
      }
    }

    function show() {
      read = store.load(READ);
      open = pieces.filter(function (piece) { return !done(piece); });
      pieces.forEach(function (piece) {
        piece.classList.toggle("done", done(piece));
        piece.classList.toggle("next", piece === open[0] && open.length < pieces.length);
      });
      ticks.forEach(function (tick) { tick.checked = done(tick); });
      document.querySelectorAll(".rt-minutes").forEach(function (one) {
        one.classList.toggle("done", done(one));
      });
      say();
    }

    ticks.forEach(function (tick) {
      tick.addEventListener("change", function () {
        var others = store.load(READ).filter(function (one) { return one !== key(tick); });
        store.save(READ, tick.checked ? others.concat(key(tick)) : others);
        show();
      });
    });

    /* the section in the middle of the screen, or what is open behind it; none at the page's top */
    function keep() {
      var seen = pieces.filter(function (piece) {
        var place = document.getElementById(piece.getAttribute("data-id"));
        return place && place.getBoundingClientRect().top < window.innerHeight / 2;
      });
      if (!seen.length || !window.scrollY) return;
      var here = pieces.slice(seen.length - 1).filter(function (piece) { return !done(piece); })[0] || seen.pop();
      try {
        window.localStorage.setItem(PLACE, JSON.stringify({
          page: box.getAttribute("data-page") + "#" + here.getAttribute("data-id"),
          name: box.getAttribute("data-name") + ", " + here.title.replace(/, \d+ min$/, "")
        }));
      } catch (error) { /* private windows keep nothing */ }
    }

    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "hidden") keep();
    });
    window.addEventListener("pagehide", keep);
    window.addEventListener("storage", show); /* another tab */
    show();
  }

  document.addEventListener("DOMContentLoaded", function () {
    var box = document.querySelector(".rt-sections");
    if (box) watch(box);
  });
})();
