/* Chapter 07: steps of stochastic gradient descent on a table of three people and three
   films, one cell of it covered. Formulas (7.1) to (7.3). */
(function () {
  "use strict";

  /* ---- the arithmetic ---- */

  function predict(p, q) { // (7.1)
    return p.reduce(function (sum, value, f) { return sum + value * q[f]; }, 0);
  }

  /* One step (7.3) on a cell with r stars: both vectors from the OLD ones. */
  function step(p, q, r, eta, lam) {
    var prediction = predict(p, q);
    var e = r - prediction;
    return {
      prediction: prediction,
      error: e,
      p: p.map(function (value, f) { return value + eta * (e * q[f] - lam * value); }),
      q: q.map(function (value, f) { return value + eta * (e * p[f] - lam * value); }),
    };
  }

  /* One step on each of these cells [u, i], in this order; the tables are new ones. */
  function round(P, Q, stars, cells, eta, lam) {
    P = P.slice();
    Q = Q.slice();
    cells.forEach(function (cell) {
      var u = cell[0], i = cell[1];
      var moved = step(P[u], Q[i], stars[u][i], eta, lam);
      P[u] = moved.p;
      Q[i] = moved.q;
    });
    return { P: P, Q: Q };
  }

  /* The root of the mean squared error over these cells. */
  function rmse(P, Q, stars, cells) {
    var squares = cells.map(function (cell) {
      return Math.pow(stars[cell[0]][cell[1]] - predict(P[cell[0]], Q[cell[1]]), 2);
    });
    return Math.sqrt(squares.reduce(function (a, b) { return a + b; }, 0) / cells.length);
  }

  /* A random order; `random` returns numbers from 0 to 1. */
  function shuffled(cells, random) {
    var order = cells.slice();
    for (var last = order.length - 1; last > 0; last--) {
      var other = Math.floor(random() * (last + 1));
      var kept = order[last];
      order[last] = order[other];
      order[other] = kept;
    }
    return order;
  }

  /* Random numbers that are the same after each Reset (mulberry32). */
  function generator(seed) {
    return function () {
      seed = (seed + 0x6d2b79f5) | 0;
      var t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  var STARS = [[5, 3, 2], [4, 2, 2], [5, 1, 4]]; // Figure 7.1
  var COVERED = [1, 2];
  var START = {
    P: [[0.5, 0.1], [0.3, 0.4], [0.1, 0.5]],
    Q: [[0.4, 0.3], [0.7, 0.1], [0.1, 0.6]],
  };
  var LIMIT = 1e6; // beyond it the numbers have run away
  var KNOWN = [];
  STARS.forEach(function (row, u) {
    row.forEach(function (_, i) {
      if (u !== COVERED[0] || i !== COVERED[1]) KNOWN.push([u, i]);
    });
  });

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.sgd = {
    predict: predict, step: step, round: round, rmse: rmse, shuffled: shuffled,
    generator: generator, STARS: STARS, COVERED: COVERED, KNOWN: KNOWN, START: START,
  };

  /* ---- the figure ---- */

  var figure = document.querySelector('figure[data-live="sgd"]');
  if (!figure) return;
  var SUB = ["₁", "₂", "₃"];
  var state;

  function make(tag, attributes, parent, text) {
    var one = window.RecTutorLive.element(tag, attributes);
    if (text !== undefined) one.textContent = text;
    if (parent) parent.appendChild(one);
    return one;
  }

  function number(value, digits) {
    if (Math.abs(value) >= 1000) {
      return value.toExponential(1).replace("-", "−").replace("e+", "e");
    }
    var text = value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  }

  function vector(values, digits) {
    return "(" + values.map(function (v) { return number(v, digits); }).join(", ") + ")";
  }

  function slider(id, label, low, high, by, parent) {
    var box = make("span", { class: "live-sgd-slider" }, parent);
    make("label", { for: id }, box, label);
    var input = make("input", {
      type: "range", id: id, min: low, max: high, step: by,
    }, box);
    var shown = make("output", { for: id }, box);
    input.addEventListener("input", draw);
    return { input: input, shown: shown };
  }

  var living = make("div", {});
  var above = make("div", { class: "controls" }, living);
  var eta = slider("live-sgd-eta", "step size η", 0.01, 0.5, 0.01, above);
  var lam = slider("live-sgd-lam", "penalty λ", 0, 1, 0.05, above);

  var below = make("div", { class: "controls" }, living);
  var said = make("p", { "aria-live": "polite", class: "live-sgd-said" }, living);
  var halves = make("div", { class: "live-sgd-halves" }, living);
  var left = make("div", {}, halves);
  var table = make("table", {}, left);
  var head = make("tr", {}, table);
  make("td", {}, head);
  var ofFilm = STARS[0].map(function (_, i) {
    var cell = make("th", { scope: "col" }, head);
    make("span", {}, cell, "film " + (i + 1));
    return make("small", {}, cell);
  });
  var ofPerson = [];
  var buttons = STARS.map(function (row, u) {
    var line = make("tr", {}, table);
    var name = make("th", { scope: "row" }, line);
    make("span", {}, name, "person " + (u + 1));
    ofPerson.push(make("small", {}, name));
    return row.map(function (_, i) {
      var one = make("button", { type: "button" }, make("td", {}, line));
      one.addEventListener("click", function () {
        state.cell = [u, i];
        state.said = isCovered() ? "This cell is covered: training never steps on it."
          : "Chosen: person " + (u + 1) + " and film " + (i + 1) + ".";
        draw();
      });
      one.addEventListener("keydown", function (event) {
        var by = {
          ArrowUp: [2, 0], ArrowDown: [1, 0], ArrowLeft: [0, 2], ArrowRight: [0, 1],
        }[event.key];
        if (!by) return;
        event.preventDefault();
        buttons[(u + by[0]) % 3][(i + by[1]) % 3].focus();
      });
      return one;
    });
  });
  make("p", { class: "live-sgd-note" }, left, "In a cell: the stars, and the prediction. "
    + "Press a cell to choose it.");
  var pictures = make("div", {}, halves);
  var plane = make("svg", {
    viewBox: "0 0 300 250", role: "img", width: 300, height: 250,
    "aria-labelledby": "live-sgd-plane-words",
  }, pictures);
  make("p", { class: "live-sgd-note", id: "live-sgd-plane-words" },
    pictures, "The vectors, first and second number. Solid: where the chosen two are; "
    + "dashed: where the next step takes them.");
  var curve = make("svg", {
    viewBox: "0 0 300 110", role: "img", width: 300, height: 110,
    "aria-labelledby": "live-sgd-curve-words",
  }, pictures);
  var curveWords = make("p", { class: "live-sgd-note", id: "live-sgd-curve-words" },
    pictures);

  var sums = make("div", { class: "live-sgd-sums" }, left);

  function press(words, act) {
    var one = make("button", { type: "button" }, below, words);
    one.addEventListener("click", function () {
      act();
      draw();
    });
    return one;
  }

  var oneStep = press("One step", function () { run(1); });
  var oneRound = press("One round: 8 cells", function () { run(8); });
  var rounds = press("20 rounds", function () { run(160); });
  var uncover = press("Uncover the cell", function () {
    state.open = !state.open;
    state.said = state.open ? "Behind the question mark are 2 stars; the model says "
      + number(predict(state.P[1], state.Q[2]), 2) + "." : "The cell is covered again.";
  });
  press("Reset", reset);

  function isCovered() {
    return state.cell[0] === COVERED[0] && state.cell[1] === COVERED[1];
  }

  function reset() {
    state = {
      P: START.P, Q: START.Q, cell: [0, 0], steps: 0, trace: [], open: false,
      away: false, random: generator(5), said: "Ready: person 1 and film 1 are chosen.",
    };
    eta.input.value = 0.1;
    lam.input.value = 0;
    remember();
  }

  function remember() {
    state.trace.push([
      rmse(state.P, state.Q, STARS, KNOWN), rmse(state.P, state.Q, STARS, [COVERED]),
    ]);
    state.away = state.P.concat(state.Q).some(function (values) {
      return values.some(function (value) { return !(Math.abs(value) < LIMIT); });
    });
  }

  function run(steps) {
    var u = state.cell[0], i = state.cell[1];
    var before = steps > 1 ? rmse(state.P, state.Q, STARS, KNOWN)
      : STARS[u][i] - predict(state.P[u], state.Q[i]);
    var order = [];
    for (var n = 0; n < steps && !state.away; n++) {
      if (steps > 1 && !order.length) order = shuffled(KNOWN, state.random);
      var cell = steps > 1 ? [order.shift()] : [state.cell];
      var moved = round(state.P, state.Q, STARS, cell, rate(), penalty());
      state.P = moved.P;
      state.Q = moved.Q;
      state.steps += 1;
      remember();
    }
    var after = steps > 1 ? rmse(state.P, state.Q, STARS, KNOWN)
      : STARS[u][i] - predict(state.P[u], state.Q[i]);
    var what = steps > 1 ? "Over the known cells the error went from "
      : "The error of this cell went from ";
    state.said = state.away ? "The numbers have run away: each step overshoots by more "
      + "than the one before. Reset, and take a smaller η."
      : what + number(before, 2) + " to " + number(after, 2) + ".";
  }

  function rate() { return Number(eta.input.value); }
  function penalty() { return Number(lam.input.value); }

  /* ---- drawing ---- */

  function draw() {
    var u = state.cell[0], i = state.cell[1];
    var e = rate(), l = penalty();
    eta.shown.textContent = e.toFixed(2);
    lam.shown.textContent = l.toFixed(2);
    state.P.forEach(function (p, row) { ofPerson[row].textContent = vector(p, 2); });
    state.Q.forEach(function (q, column) { ofFilm[column].textContent = vector(q, 2); });
    buttons.forEach(function (row, r) {
      row.forEach(function (one, c) { drawCell(one, r, c); });
    });
    [oneStep, oneRound, rounds].forEach(function (one) { one.disabled = state.away; });
    oneStep.disabled = oneStep.disabled || isCovered();
    uncover.textContent = state.open ? "Cover the cell" : "Uncover the cell";
    uncover.setAttribute("aria-pressed", state.open);
    var next = isCovered() ? null : step(state.P[u], state.Q[i], STARS[u][i], e, l);
    drawSums(u, i, next);
    drawPlane(u, i, state.away ? null : next);
    drawCurve();
    said.textContent = state.said;
  }

  function drawCell(one, r, c) {
    var hidden = r === COVERED[0] && c === COVERED[1];
    var chosen = r === state.cell[0] && c === state.cell[1];
    var guess = predict(state.P[r], state.Q[c]);
    var stars = hidden && !state.open ? "?" : String(STARS[r][c]);
    one.textContent = "";
    // heard, not seen; what is seen is a part of the name
    make("span", { class: "live-heard" }, one, "person " + (r + 1) + ", film " + (c + 1)
      + ": ");
    make("b", {}, one, stars);
    make("span", { class: "live-heard" }, one, stars === "?" ? " covered, prediction "
      : " stars, prediction ");
    make("small", {}, one, number(guess, 2));
    var wrong = hidden && !state.open ? 0 : Math.min(1, Math.abs(STARS[r][c] - guess) / 5);
    one.style.background = "linear-gradient(rgba(213, 94, 0, " + (wrong * 0.45).toFixed(2)
      + "), rgba(213, 94, 0, " + (wrong * 0.45).toFixed(2) + ")), var(--ground)";
    one.style.borderStyle = hidden ? "dashed" : "solid";
    one.setAttribute("aria-pressed", chosen);
  }

  function drawSums(u, i, next) {
    var p = state.P[u], q = state.Q[i];
    var named = "p" + SUB[u], film = "q" + SUB[i];
    sums.textContent = "";

    function line(words, formula) {
      var row = make("p", {}, sums);
      make("span", {}, row, words);
      make("span", { class: "live-sgd-formula" }, row, formula);
    }

    function times(a, b) { return number(a, 2) + " · " + number(b, 2); }
    function plus(a) { return a.replace(/ \+ −/g, " − "); }

    line("prediction", plus(times(p[0], q[0]) + " + " + times(p[1], q[1])) + " = "
      + number(predict(p, q), 2));
    if (!next) {
      line("error", "not known: no step");
      return;
    }
    line("error", ("e = " + STARS[u][i] + " − " + number(next.prediction, 2))
      .replace("− −", "+ ") + " = " + number(next.error, 2));
    [[named, p, q, next.p], [film, q, p, next.q]].forEach(function (one) {
      line("next " + one[0], vector(one[1], 2) + " + " + rate().toFixed(2) + " · ["
        + number(next.error, 2) + " · " + vector(one[2], 2) + " − "
        + penalty().toFixed(2) + " · " + vector(one[1], 2) + "] = " + vector(one[3], 2));
    });
    line("then", "prediction " + number(predict(next.p, next.q), 2) + ", error "
      + number(STARS[u][i] - predict(next.p, next.q), 2));
  }

  function nice(value) { // the next of 1, 2, 3, 5, 10, 20, 30, 50 …
    var power = Math.pow(10, Math.floor(Math.log10(value)));
    return [1, 2, 3, 5, 10].map(function (f) { return f * power; }).find(function (f) {
      return f >= value * 0.999999;
    }) || 10 * power;
  }

  function drawPlane(u, i, next) {
    plane.textContent = "";
    var all = state.P.concat(state.Q, next ? [next.p, next.q] : []);
    var values = all.reduce(function (list, one) { return list.concat(one); }, [0.9]);
    values = values.filter(isFinite);
    var high = nice(Math.max.apply(null, values));
    var least = Math.min.apply(null, values);
    var low = least < -0.02 * high ? -nice(-least) : 0;
    var unit = 218 / (high - low);

    function x(value) { return 44 + (value - low) * unit; }
    function y(value) { return 232 - (value - low) * unit; }
    function axis(x1, y1, x2, y2) {
      make("line", { x1: x1, y1: y1, x2: x2, y2: y2, stroke: "var(--line)" }, plane);
    }

    axis(x(low), y(0), x(high), y(0));
    axis(x(0), y(low), x(0), y(high));
    (low < 0 ? [low, high] : [high]).forEach(function (tick) {
      var size = Math.abs(tick), text = number(tick, size < 0.1 ? 2 : size < 1 ? 1 : 0);
      make("text", {
        x: x(tick), y: y(0) + 14, "text-anchor": "middle", "font-size": 11,
      }, plane, text);
      make("text", {
        x: x(0) - 6, y: y(tick) + 4, "text-anchor": "end", "font-size": 11,
      }, plane, text);
    });
    make("text", {
      x: x((low + high) / 2), y: 246, "font-size": 11, "text-anchor": "middle",
    }, plane, "first number");
    make("text", { x: x(0) + 5, y: 14, "font-size": 11 }, plane, "second number");

    function arrow(from, to, colour, dashed) {
      var a = [x(from[0]), y(from[1])], b = [x(to[0]), y(to[1])];
      var length = Math.hypot(b[0] - a[0], b[1] - a[1]);
      if (!(length > 1)) return;
      var line = { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: colour };
      line["stroke-width"] = 2.5;
      if (dashed) line["stroke-dasharray"] = "5 4";
      make("line", line, plane);
      var c = (b[0] - a[0]) / length, s = (b[1] - a[1]) / length, size = 8;
      make("path", {
        d: "M" + b[0] + " " + b[1]
          + "L" + (b[0] - size * c + 4 * s) + " " + (b[1] - size * s - 4 * c)
          + "L" + (b[0] - size * c - 4 * s) + " " + (b[1] - size * s + 4 * c) + "Z",
        fill: colour,
      }, plane);
    }

    [[state.P, "p", "var(--blue)", u, "p"], [state.Q, "q", "var(--orange)", i, "q"]]
      .forEach(function (kind) {
        kind[0].forEach(function (one, row) {
          if (!one.every(isFinite)) return;
          if (row === kind[3]) {
            arrow([0, 0], one, kind[2], false);
            if (next) arrow(one, next[kind[4]], kind[2], true);
          } else {
            var at = { cx: x(one[0]), cy: y(one[1]), r: 3.5, fill: kind[2] };
            make("circle", at, plane);
          }
        });
      });
    drawNames(u, i, x, y);
  }

  function drawNames(u, i, x, y) { // below the lines of the plane; apart, if they can be
    var taken = [];
    var names = [[state.P[u], "p", u, true], [state.Q[i], "q", i, true]];
    [[state.P, "p", u], [state.Q, "q", i]].forEach(function (kind) {
      kind[0].forEach(function (one, row) {
        if (row !== kind[2]) names.push([one, kind[1], row, false]);
      });
    });
    names.forEach(function (name) {
      var one = name[0];
      if (!one.every(isFinite)) return;
      var at = [x(one[0]), y(one[1])];
      var spots = [[7, 13], [7, -6], [-19, 13], [-19, -6], [7, 26], [-19, 26]];
      var free = spots.map(function (by) {
        return [at[0] + by[0], at[1] + by[1]];
      });
      var spot = free.find(function (f) {
        return taken.every(function (t) {
          return Math.abs(t[0] - f[0]) > 16 || Math.abs(t[1] - f[1]) > 12;
        });
      });
      if (!spot) return;
      taken.push(spot);
      make("text", {
        x: spot[0], y: spot[1], "font-size": 12,
        "font-weight": name[3] ? "bold" : "normal",
      }, plane, name[1] + SUB[name[2]]);
    });
  }

  function drawCurve() {
    curve.textContent = "";
    var trace = state.trace.slice(-2001);
    var first = state.steps - trace.length + 1;
    var width = 246 / Math.max(8, trace.length - 1);

    function line(column, colour, dash) {
      var points = trace.map(function (both, n) {
        var value = Math.min(6, isFinite(both[column]) ? both[column] : 6);
        return (44 + n * width).toFixed(1) + "," + (88 - value * 13).toFixed(1);
      });
      make("polyline", {
        points: points.join(" "), fill: "none", stroke: colour, "stroke-width": 2,
        "stroke-dasharray": dash,
      }, curve);
      var last = points[points.length - 1].split(",");
      make("circle", { cx: last[0], cy: last[1], r: 3, fill: colour }, curve);
    }

    make("line", { x1: 44, y1: 88, x2: 290, y2: 88, stroke: "var(--line)" }, curve);
    make("line", { x1: 44, y1: 10, x2: 44, y2: 88, stroke: "var(--line)" }, curve);
    [0, 2, 4].forEach(function (tick) {
      make("text", { x: 38, y: 92 - tick * 13, "font-size": 11, "text-anchor": "end" },
        curve, tick);
    });
    make("text", { x: 50, y: 14, "font-size": 11 }, curve, "error");
    make("text", { x: 44, y: 104, "font-size": 11 }, curve, "step " + first);
    make("text", { x: 290, y: 104, "font-size": 11, "text-anchor": "end" }, curve,
      String(first + Math.max(8, trace.length - 1)));
    line(1, "var(--orange)", "5 4");
    line(0, "var(--blue)", "none");
    var now = trace[trace.length - 1];
    curveWords.textContent = "Error of the known cells (solid): " + number(now[0], 2)
      + "; of the covered cell (dashed)" + (state.open ? ": " + number(now[1], 2) : "")
      + ". After " + state.steps + (state.steps === 1 ? " step." : " steps.");
  }

  var still = figure.querySelector("[data-still]");
  if (still) still.parentNode.replaceChild(living, still);
  else figure.insertBefore(living, figure.firstChild);
  reset();
  draw();
})();
