/* What a reader has solved: quiz answers on these pages, and codes of progress() from notebooks. Kept in this browser,
   sent nowhere. The code is that of rec_tutor/check/saved.py: rt1-07T12E134Q2-81. */
(function () {
  "use strict";
  var STORE = "rec_tutor.solved", KINDS = "TEQ";
  var memory = [];

  function load() {
    try {
      var kept = JSON.parse(window.localStorage.getItem(STORE) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      return memory;
    }
  }

  function add(keys) {
    var solved = load(), fresh = 0;
    keys.forEach(function (key) {
      if (solved.indexOf(key) < 0) {
        solved.push(key);
        fresh += 1;
      }
    });
    memory = solved;
    try {
      window.localStorage.setItem(STORE, JSON.stringify(solved));
    } catch (error) {
      /* private windows keep nothing: it lasts as long as the page */
    }
    return fresh;
  }

  /* chapters: [["07", "mf"], ...]; a key is "07.T1", "mf.1" or "07.Q1" */
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
      if (!own || !/^\d\d([TEQ]\d+)+$/.test(part)) {
        good = false;
        return;
      }
      part.slice(2).replace(/([TEQ])(\d+)/g, function (_, kind, digits) {
        digits.split("").forEach(function (digit) {
          keys.push(kind === "E" ? own[1] + "." + digit : own[0] + "." + kind + digit);
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
    var page = pageOf(box), solved = load();
    var here = page.own.filter(function (key) { return solved.indexOf(key) >= 0; }).length;
    var line = "Solved: " + here + " of " + page.own.length + " of this chapter, " + solved.length + " of " + page.all + " in all.";
    if (solved.length) line += " The last one was " + solved[solved.length - 1] + ".";
    box.querySelector("[role=status]").textContent = (said ? said + " " : "") + line;
  }

  function watchQuiz(box) {
    var choices = document.querySelectorAll("details.quiz");
    function mark() {
      var solved = load();
      choices.forEach(function (choice) {
        var done = solved.indexOf(choice.getAttribute("data-key")) >= 0;
        choice.classList.toggle("solved", done && choice.getAttribute("data-right") === "1");
      });
    }
    choices.forEach(function (choice) {
      choice.addEventListener("toggle", function () {
        if (!choice.open || choice.hasAttribute("data-printed")
        || choice.getAttribute("data-right") !== "1") return;
        if (add([choice.getAttribute("data-key")])) {
          mark();
          showLine(box, "Right.");
        }
      });
    });
    mark();
  }

  function overview(table) {
    var chapters = JSON.parse(table.getAttribute("data-chapters"));
    var known = [];
    table.querySelectorAll("[data-keys]").forEach(function (cell) {
      known = known.concat(cell.getAttribute("data-keys").split(" "));
    });
    var code = document.getElementById("rt-code"), status = document.getElementById("rt-status");
    function show() {
      var solved = load().filter(function (key) { return known.indexOf(key) >= 0; });
      table.querySelectorAll("[data-keys]").forEach(function (cell) {
        var own = cell.getAttribute("data-keys").split(" ");
        var done = own.filter(function (key) { return solved.indexOf(key) >= 0; }).length;
        cell.textContent = done + " of " + own.length;
      });
      code.value = encode(solved, chapters);
      var line = "Solved: " + solved.length + " of " + known.length + ".";
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
      var keys = decode(field.value, chapters, known);
      if (keys === null) {
        status.textContent = "That is not a code of progress(). It begins with rt1- and ends with two digits; nothing was changed.";
        field.focus();
        return;
      }
      var fresh = add(keys);
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
