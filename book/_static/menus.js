/* The menus in a page's head, the mark in the list "On this page", and the way back to
   the top: what the theme takes a library of 80 KB for. */
(function () {
  "use strict";

  function menu(button) {
    var box = button.closest(".dropdown"), list = button.nextElementSibling;

    function items() {
      return Array.from(list.querySelectorAll("a, button"));
    }
    function show(open) {
      button.classList.toggle("show", open);
      list.classList.toggle("show", open);
      button.setAttribute("aria-expanded", String(open));
    }
    function move(step) {
      var all = items(), here = all.indexOf(document.activeElement);
      all[here < 0 ? 0 : (here + step + all.length) % all.length].focus();
    }
    button.addEventListener("click", function () {
      show(button.getAttribute("aria-expanded") !== "true");
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && list.classList.contains("show")) {
        show(false);
        button.focus();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        show(true);
        move(event.key === "ArrowDown" ? 1 : -1);
        event.preventDefault();
      }
    });
    box.addEventListener("focusout", function (event) {
      if (event.relatedTarget && !box.contains(event.relatedTarget)) show(false);
    });
    document.addEventListener("click", function (event) {
      if (!box.contains(event.target)) show(false);
    });
  }

  /* The last section that reaches into the upper part of the window. */
  function spy(nav) {
    var links = Array.from(nav.querySelectorAll("a[href^='#']")), seen = new Set();
    function sectionOf(link) {
      return document.getElementById(decodeURIComponent(link.hash.slice(1)));
    }
    function mark() {
      var last = links.filter(function (link) { return seen.has(sectionOf(link)); }).pop();
      nav.querySelectorAll(".active").forEach(function (one) {
        one.classList.remove("active");
      });
      links.forEach(function (link) { link.removeAttribute("aria-current"); });
      if (!last) return;
      last.setAttribute("aria-current", "true");
      for (var item = last.closest("li"); item; item = item.parentElement.closest("li")) {
        item.classList.add("active");
        item.querySelector("a").classList.add("active");
      }
    }
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (one) {
        seen[one.isIntersecting ? "add" : "delete"](one.target);
      });
      mark();
    }, { rootMargin: "0px 0px -60%" });
    links.map(sectionOf).filter(Boolean).forEach(function (one) { observer.observe(one); });
  }

  /* The button is there while somebody scrolls up. */
  function backToTop(button) {
    var before = 0;
    button.addEventListener("click", function () { window.scrollTo(0, 0); });
    window.addEventListener("scroll", function () {
      var now = window.scrollY;
      button.style.display = now < before && now > 200 ? "block" : "none";
      before = now;
    }, { passive: true });
  }

  /* Figures that scroll on a phone, see figures.css: the keyboard comes there, too. */
  function figureStops(phone) {
    var all = ":is(.cell_output, .figure) > :is(svg.rt-figure, img)";
    document.querySelectorAll(all).forEach(function (one) {
      if (!/^[678]/.test(one.getAttribute("width"))) return;
      if (phone.matches) one.parentElement.tabIndex = 0;
      else one.parentElement.removeAttribute("tabindex");
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var phone = window.matchMedia("(max-width: 600px)");
    figureStops(phone);
    phone.addEventListener("change", figureStops);
    document.querySelectorAll("[data-bs-toggle='dropdown']").forEach(menu);
    document.querySelectorAll(".bd-toc-nav").forEach(spy);
    document.querySelectorAll("#pst-back-to-top").forEach(backToTop);
  });
})();
