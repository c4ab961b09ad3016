/* What a reader has solved: quiz answers on these pages, and codes of progress() from notebooks; and the sections that
   were read, see sections.js. Kept in this browser, sent nowhere. The code is that of rec_tutor/check/saved.py:
   rt1-07T12E134Q2Sac2-39. */
(function () {
  "use strict";
  var SOLVED = "rec_tutor.solved", READ = "rec_tutor.read", KINDS = "TEQSD";
  var memory = {};

  function load(store) {
    try {
      var kept = JSON.parse(window.localStorage.getItem(store) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      return (memory[store] || []).slice();
    }
  }

  function save(store, keys) {
    memory[store] = keys;
    try {
      window.localStorage.setItem(store, JSON.stringify(keys));
    } catch (error) {
      /* private windows keep nothing: it lasts as long as the page */
    }
  }

  function add(store, keys) {
    var kept = load(store), before = kept.length;
    keys.forEach(function (key) {
      if (kept.indexOf(key) < 0) kept.push(key);
    });
    save(store, kept);
    return kept.length - before;
  }

  function isSection(key) { return /\.[SD]/.test(key); }

  /* chapters: [["07", "mf"], ...]; a key is "07.T1", "mf.1", "07.Q1", and of a section "07.Sa", "07.Dc2" */
  function split(key, chapters) {
    var start = key.split(".")[0], end = key.split(".")[1] || "";
    for (var i = 0; i < chapters.length; i += 1) {
      if (chapters[i][0] === start) return [start, end.charAt(0), end.slice(1)];
      if (chapters[i][1] === start) return [chapters[i][0], "E", end];
    }
    return null;
  }

  function checksum(text) {
    var total = 0;
    for (var i = 0; i < text.length; i += 1) total = (total * 31 + text.charCodeAt(i)) % 97;
    return (total < 10 ? "0" : "") + total;
  }

  function encode(keys, chapters) {
    var parts = [];
    chapters.forEach(function (chapter) {
      var text = "";
      KINDS.split("").forEach(function (kind) {
        var digits = keys.map(function (key) { return split(key, chapters); }).filter(function (one) {
          return one && one[0] === chapter[0] && one[1] === kind;
        }).map(function (one) { return one[2]; }).sort().join("");
        if (digits) text += kind + digits;
      });
      if (text) parts.push(chapter[0] + text);
    });
    var body = parts.join("-");
    return body ? "rt1-" + body + "-" + checksum(body) : "rt1-" + checksum("");
  }

  /* the keys of a code, or null if it is none */
  function decode(code, chapters, known) {
    var match = /^rt1-(?:(.*)-)?(\d\d)$/.exec(code.trim().replace(/^["']+|["']+$/g, ""));
    if (!match || checksum(match[1] || "") !== match[2]) return null;
    var keys = [], good = true;
    (match[1] || "").split("-").filter(Boolean).forEach(function (part) {
      var own = chapters.filter(function (one) { return one[0] === part.slice(0, 2); })[0];
      if (!own || !/^\d\d(?:[TEQ]\d+|[SD](?:[a-z]\d?)+)+$/.test(part)) {
        good = false;
        return;
      }
      part.slice(2).replace(/([A-Z])([a-z\d]+)/g, function (_, kind, places) {
        places.match(/[a-z]\d?|\d/g).forEach(function (place) {
          keys.push(kind === "E" ? own[1] + "." + place : own[0] + "." + kind + place);
        });
      });
    });
    return good ? keys.filter(function (key) { return known.indexOf(key) >= 0; }) : null;
  }

  function pageOf(box) {
    return {
      own: box.getAttribute("data-keys").split(" "),
      all: Number(box.getAttribute("data-all"))
    };
  }

  function showLine(box, said) {
    var page = pageOf(box), solved = load(SOLVED);
    var here = page.own.filter(function (key) { return solved.indexOf(key) >= 0; }).length;
    var line = "Solved: " + here + " of " + page.own.length + " of this chapter, " + solved.length + " of " + page.all + " in all.";
    if (solved.length) line += " The last one was " + solved[solved.length - 1] + ".";
    box.querySelector("[role=status]").textContent = (said ? said + " " : "") + line;
  }

  function watchQuiz(box) {
    var choices = document.querySelectorAll("details.quiz");
    function mark() {
      var solved = load(SOLVED);
      choices.forEach(function (choice) {
        var done = solved.indexOf(choice.getAttribute("data-key")) >= 0;
        choice.classList.toggle("solved", done && choice.getAttribute("data-right") === "1");
      });
    }
    choices.forEach(function (choice) {
      choice.addEventListener("toggle", function () {
        if (!choice.open || choice.hasAttribute("data-printed")
        || choice.getAttribute("data-right") !== "1") return;
        if (add(SOLVED, [choice.getAttribute("data-key")])) {
          mark();
          showLine(box, "Right.");
        }
      });
    });
    mark();
  }

  function overview(table) {
    var chapters = JSON.parse(table.getAttribute("data-chapters"));
    var all = [];
    function keysOf(cell) { return cell.getAttribute("data-keys").split(" ").filter(Boolean); }
    table.querySelectorAll("[data-keys]").forEach(function (cell) {
      all = all.concat(keysOf(cell));
    });
    var known = all.filter(function (key) { return !isSection(key); });
    var code = document.getElementById("rt-code"), status = document.getElementById("rt-status");
    function show() {
      var solved = load(SOLVED).filter(function (key) { return known.indexOf(key) >= 0; });
      var kept = solved.concat(load(READ).filter(function (key) { return all.indexOf(key) >= 0; }));
      table.querySelectorAll("[data-keys]").forEach(function (cell) {
        var own = keysOf(cell);
        var done = own.filter(function (key) { return kept.indexOf(key) >= 0; }).length;
        cell.textContent = own.length ? done + " of " + own.length : "";
      });
      code.value = encode(kept, chapters);
      var line = "Solved: " + solved.length + " of " + known.length + ".";
      if (kept.length > solved.length) line += " Sections read: " + (kept.length - solved.length) + ".";
      if (solved.length) {
        var last = solved[solved.length - 1], from = known.indexOf(last);
        var later = known.slice(from).concat(known).filter(function (key) { return solved.indexOf(key) < 0; });
        line += " The last one was " + last + "." + (later.length ? " Next: " + later[0] + "." : "");
      }
      return line;
    }
    document.getElementById("rt-take").addEventListener("submit", function (event) {
      event.preventDefault();
      var field = document.getElementById("rt-other");
      var keys = decode(field.value, chapters, all);
      if (keys === null) {
        status.textContent = "That is not a code of progress(). It begins with rt1- and ends with two digits; nothing was changed.";
        field.focus();
        return;
      }
      var fresh = add(READ, keys.filter(isSection));
      fresh += add(SOLVED, keys.filter(function (key) { return !isSection(key); }));
      field.value = "";
      status.textContent = "Taken over: " + fresh + " that were new. " + show();
    });
    document.getElementById("rt-copy").addEventListener("click", function () {
      code.focus();
      code.select();
      try {
        document.execCommand("copy");
        status.textContent = "The code is copied.";
      } catch (error) {
        status.textContent = "The code is selected: copy it with the keyboard.";
      }
    });
    document.getElementById("rt-progress-table").hidden = false;
    status.textContent = show();
  }

  if (typeof module === "object") {
    module.exports = { encode: encode, decode: decode }; /* for the tests */
    return;
  }
  window.recTutor = { load: load, save: save }; /* for sections.js */
  document.addEventListener("DOMContentLoaded", function () {
    var box = document.getElementById("rt-progress"), table = document.getElementById("rt-chapters");
    if (box) {
      box.hidden = false;
      showLine(box, "");
      watchQuiz(box);
    }
    if (table) overview(table);
  });
})();
