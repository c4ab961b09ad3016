/* Chapter 09: attention over the last films of user 509, step by step. Formula (9.1);
   the rows are genres, as in the chapter. */
(function () {
  "use strict";

  /* ---- the arithmetic ---- */

  function inner(a, b) {
    return a.reduce(function (sum, value, f) { return sum + value * b[f]; }, 0);
  }

  /* Shares of the scores; those that are not allowed get 0, as in the chapter. */
  function softmax(scores, allowed) {
    var used = scores.map(function (score, s) { return allowed[s] ? score : -1e9; });
    var largest = Math.max.apply(null, used);
    var exps = used.map(function (score) { return Math.exp(score - largest); });
    var total = exps.reduce(function (a, b) { return a + b; }, 0);
    return exps.map(function (value) { return value / total; });
  }

  /* (9.1) for one query: scores, weights, and the weighted sum of the values. */
  function attend(query, keys, values, allowed) {
    var scores = keys.map(function (key) { return inner(query, key); });
    var weights = softmax(scores, allowed || keys.map(function () { return true; }));
    var output = values[0].map(function (_, f) {
      return inner(weights, values.map(function (value) { return value[f]; }));
    });
    return { scores: scores, weights: weights, output: output };
  }

  var GENRES = ["Action", "Adventure", "Children's", "Comedy", "Fantasy", "Horror",
    "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War"];
  var HISTORY = [ // the last eight films of user 509, in order
    ["Alien: Resurrection", "Action, Horror, Sci-Fi"],
    ["Bean", "Comedy"],
    ["McHale's Navy", "Comedy, War"],
    ["Flubber", "Children's, Comedy, Fantasy"],
    ["Kull the Conqueror", "Action, Adventure"],
    ["Singin' in the Rain", "Musical, Romance"],
    ["Rear Window", "Mystery, Thriller"],
    ["Return of the Jedi", "Action, Adventure, Romance, Sci-Fi, War"],
  ];
  var CANDIDATES = [
    ["Star Wars", "Action, Adventure, Romance, Sci-Fi, War"],
    ["Vertigo", "Mystery, Thriller"],
  ];

  function row(film) { // 1 where the film has the genre, else 0
    var own = film[1].split(", ");
    return GENRES.map(function (genre) { return own.indexOf(genre) < 0 ? 0 : 1; });
  }

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.attention = {
    inner: inner, softmax: softmax, attend: attend, row: row,
    GENRES: GENRES, HISTORY: HISTORY, CANDIDATES: CANDIDATES,
  };

  /* ---- the figure ---- */

  var figure = document.querySelector('figure[data-live="attention"]');
  if (!figure) return;
  var KEYS = HISTORY.map(row);
  var ASK = CANDIDATES.concat(HISTORY);

  function make(tag, attributes, parent, text) {
    var one = window.RecTutorLive.element(tag, attributes);
    if (text !== undefined) one.textContent = text;
    if (parent) parent.appendChild(one);
    return one;
  }

  function number(value) { // two digits, large ones in whole numbers
    if (value < 1000) return value.toFixed(2);
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
  }

  function short(value) { // a score: no more digits than it has
    return String(Number(value.toFixed(2)));
  }

  var living = make("div", {});
  var above = make("div", { class: "controls" }, living);
  make("label", { for: "live-attention-ask" }, above, "ask with");
  var ask = make("select", { id: "live-attention-ask" }, above);
  [["not in the history", CANDIDATES, 0], ["of the history", HISTORY, CANDIDATES.length]]
    .forEach(function (group) {
      var box = make("optgroup", { label: group[0] }, ask);
      group[1].forEach(function (film, n) {
        make("option", { value: group[2] + n }, box, film[0]);
      });
    });
  var box = make("span", { class: "live-attention-slider" }, above);
  make("label", { for: "live-attention-times" }, box, "query times");
  var times = make("input", {
    type: "range", id: "live-attention-times", min: 0.1, max: 3, step: 0.1,
  }, box);
  var shown = make("output", { for: "live-attention-times" }, box);
  var again = make("button", { type: "button" }, above, "Reset");
  var said = make("p", { "aria-live": "polite", class: "live-attention-said" }, living);

  var halves = make("div", { class: "live-attention-halves" }, living);
  var table = make("table", {}, make("div", {}, halves));
  var head = make("tr", {}, make("thead", {}, table));
  ["may be heard", "score", "e to the score", "weight"]
    .forEach(function (words) { make("th", { scope: "col" }, head, words); });
  var body = make("tbody", {}, table);
  var rows = HISTORY.map(function (film, s) {
    var line = make("tr", {}, body);
    var name = make("th", { scope: "row" }, line);
    var label = make("label", { for: "live-attention-film-" + s }, name);
    var heard = make("input", {
      type: "checkbox", id: "live-attention-film-" + s,
    }, label);
    heard.addEventListener("change", function () {
      var some = rows.some(function (one) { return one.heard.checked; });
      if (!some) heard.checked = true; // somebody must speak
      draw(some ? "" : "One film must stay. ");
    });
    make("span", {}, label, film[0]);
    return {
      line: line, heard: heard, genres: make("small", {}, label),
      cells: [0, 1, 2].map(function () { return make("td", {}, line); }),
    };
  });
  var foot = make("tr", {}, make("tfoot", {}, table));
  make("th", { scope: "row" }, foot, "sum");
  make("td", {}, foot);
  var total = make("td", {}, foot);
  var shares = make("td", {}, foot);

  var right = make("div", {}, halves);
  var flow = make("svg", {
    role: "img", "aria-labelledby": "live-attention-flow-words",
  }, right);
  make("p", { class: "live-attention-note", id: "live-attention-flow-words" }, right,
    "A line from each film to each of its genres, as thick as its weight. Right: the "
    + "weighted sum, a number for each genre.");
  var below = make("div", { class: "controls" }, right);
  make("label", { for: "live-attention-genre" }, below, "one number of the sum");
  var pick = make("select", { id: "live-attention-genre" }, below);
  make("option", { value: "-1" }, pick, "the largest");
  GENRES.forEach(function (genre, g) { make("option", { value: g }, pick, genre); });
  var sum = make("p", { class: "live-attention-sum" }, right);

  function reset() {
    ask.value = "1"; // Vertigo, with whom the chapter begins
    times.value = 1;
    pick.value = "-1";
    rows.forEach(function (one) { one.heard.checked = true; });
    draw();
  }

  function join(names) {
    if (names.length < 2) return names.join("");
    return names.slice(0, -1).join(", ") + " and " + names[names.length - 1];
  }

  function draw(first) {
    var film = ASK[Number(ask.value)];
    var scale = Number(times.value);
    var query = row(film).map(function (value) { return scale * value; });
    var allowed = rows.map(function (one) { return one.heard.checked; });
    var found = attend(query, KEYS, KEYS, allowed);
    var loudest = Math.max.apply(null, found.weights);
    var loud = found.weights.map(function (w) { return loudest - w < 1e-9; });
    var exps = found.scores.map(Math.exp);
    shown.textContent = scale.toFixed(1);
    rows.forEach(function (one, s) {
      one.cells[0].textContent = short(found.scores[s]);
      one.cells[1].textContent = allowed[s] ? number(exps[s]) : "–";
      one.cells[2].textContent = number(found.weights[s]);
      one.cells[2].style.background = "linear-gradient(90deg, rgba(58, 147, 200, 0.45) "
        + (100 * found.weights[s]).toFixed(1) + "%, transparent 0)";
      one.line.className = allowed[s] ? "" : "live-attention-off";
      drawGenres(one.genres, HISTORY[s], film);
    });
    total.textContent = number(exps.reduce(function (all, value, s) {
      return all + (allowed[s] ? value : 0);
    }, 0));
    shares.textContent = number(found.weights.reduce(function (a, b) { return a + b; }, 0));
    var names = HISTORY.filter(function (_, s) { return loud[s]; });
    names = names.map(function (one) { return one[0]; });
    said.textContent = (first || "") + film[0] + " asks. Loudest: "
      + (names.length === HISTORY.length ? "all alike" : join(names)) + ", with the weight "
      + number(loudest) + (names.length > 1 ? " each." : ".");
    var genre = Number(pick.value);
    if (genre < 0) genre = found.output.indexOf(Math.max.apply(null, found.output));
    drawSum(found, genre, allowed);
    drawFlow(found, genre, allowed);
  }

  function drawGenres(where, film, asks) { // those it shares with the query are bold
    var wanted = asks[1].split(", ");
    where.textContent = "";
    film[1].split(", ").forEach(function (genre, n) {
      if (n) where.appendChild(document.createTextNode(", "));
      make(wanted.indexOf(genre) < 0 ? "span" : "b", {}, where, genre);
    });
    if (film[0] === asks[0]) where.appendChild(document.createTextNode(" · asks"));
  }

  function drawSum(found, genre, allowed) {
    var terms = [];
    KEYS.forEach(function (key, s) {
      if (key[genre] && allowed[s]) {
        terms.push(number(found.weights[s]) + " · 1 (" + HISTORY[s][0] + ")");
      }
    });
    sum.textContent = GENRES[genre] + ": " + (terms.length ? terms.join(" + ") + " ≈ "
      : "no film that may be heard has it: ") + number(found.output[genre])
      + (terms.length ? "; the other films have a 0 there." : ".");
  }

  function drawFlow(found, genre, allowed) {
    var width = Math.max(280, Math.min(460, right.clientWidth || 360)), height = 292;
    var from = 122, to = width - 100;
    flow.textContent = "";
    flow.setAttribute("viewBox", "0 0 " + width + " " + height);
    flow.setAttribute("width", width);
    flow.setAttribute("height", height);

    function left(s) { return 20 + s * 36; }
    function end(g) { return 14 + g * 24; }

    KEYS.forEach(function (key, s) {
      if (!allowed[s]) return;
      key.forEach(function (value, g) {
        if (!value) return;
        var middle = (from + to) / 2;
        make("path", {
          d: "M" + from + " " + left(s) + "C" + middle + " " + left(s) + " " + middle + " "
            + end(g) + " " + to + " " + end(g),
          fill: "none", stroke: g === genre ? "var(--orange)" : "var(--blue)",
          "stroke-opacity": 0.75,
          "stroke-width": Math.max(0.6, 18 * found.weights[s]).toFixed(2),
        }, flow);
      });
    });
    HISTORY.forEach(function (film, s) {
      make("text", {
        x: from - 6, y: left(s) + 4, "text-anchor": "end", "font-size": 12,
        opacity: allowed[s] ? 1 : 0.5,
      }, flow, film[0]);
    });
    GENRES.forEach(function (name, g) {
      var weight = g === genre ? "bold" : "normal";
      make("rect", {
        x: to, y: end(g) + 6, width: 98 * found.output[g], height: 4,
        fill: g === genre ? "var(--orange)" : "var(--blue)",
      }, flow);
      make("text", {
        x: to + 5, y: end(g) + 4, "font-size": 12, "font-weight": weight,
      }, flow, name);
      make("text", {
        x: width - 2, y: end(g) + 4, "font-size": 12, "text-anchor": "end",
        "font-weight": weight,
      }, flow, number(found.output[g]));
    });
  }

  [ask, pick].forEach(function (one) {
    one.addEventListener("change", function () { draw(); });
  });
  times.addEventListener("input", function () { draw(); });
  again.addEventListener("click", reset);
  window.addEventListener("resize", function () { draw(); });

  var still = figure.querySelector("[data-still]");
  if (still) still.parentNode.replaceChild(living, still);
  else figure.insertBefore(living, figure.firstChild);
  reset();
})();
