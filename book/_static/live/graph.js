/* The figure "graph" of chapter 10: pass messages between ten nodes, layer by layer, and
   see how loud and how alike they become. */
(function () {
  "use strict";

  const sum = (values) => values.reduce((total, value) => total + value, 0);

  /* (10.1): the matrix of the graph, from the table of who rated what. */
  function adjacency(table) {
    const [people, films] = [table.length, table[0].length];
    return Array.from({ length: people + films }, (_, a) =>
      Array.from({ length: people + films }, (_, b) => {
        if (a < people && b >= people) return table[a][b - people];
        return a >= people && b < people ? table[b][a - people] : 0;
      })
    );
  }

  /* (10.2): each edge divided by the root of both degrees. */
  function scale(matrix) {
    const degrees = matrix.map((row) => sum(row) || 1); // nothing to scale without edges
    return matrix.map((row, a) =>
      row.map((value, b) => value / Math.sqrt(degrees[a] * degrees[b]))
    );
  }

  const product = (matrix, vectors) =>
    matrix.map((row) =>
      vectors[0].map((_, n) => sum(row.map((value, b) => value * vectors[b][n])))
    );

  /* (10.3): the vectors of all nodes before the first layer and after each one. */
  function propagate(matrix, vectors, layers) {
    const states = [vectors];
    for (let k = 0; k < layers; k++) states.push(product(matrix, states[k]));
    return states;
  }

  const mean = (states) =>
    states[0].map((row, a) =>
      row.map((_, n) => sum(states.map((state) => state[a][n])) / states.length)
    );

  const dot = (one, other) => sum(one.map((value, n) => value * other[n]));
  const lengths = (vectors) => vectors.map((row) => Math.sqrt(dot(row, row)));

  function cosine(one, other) {
    const [a, b] = lengths([one, other]).map((length) => Math.max(length, 1e-12));
    return dot(one, other) / a / b;
  }

  /* The mean cosine of all pairs of different rows. */
  function meanCosine(vectors) {
    const pairs = vectors.flatMap((one, i) =>
      vectors.slice(i + 1).map((other) => cosine(one, other))
    );
    return sum(pairs) / pairs.length;
  }

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.graph = {
    adjacency, scale, propagate, mean, lengths, cosine, meanCosine,
  };

  const figure = document.querySelector('figure[data-live="graph"]');
  if (!figure) return;

  const PEOPLE = ["user 575", "user 55", "user 27", "user 63", "user 314"];
  const FILMS = ["Aliens", "Star Wars", "Fargo", "Emma", "Aladdin"];
  const NAMES = [...PEOPLE, ...FILMS];
  const RATED = [
    [1, 1, 0, 0, 0],
    [0, 1, 0, 0, 0],
    [0, 1, 1, 0, 0],
    [0, 1, 1, 1, 0],
    [0, 0, 0, 1, 1],
  ];
  const MOST = 20;
  const PLAIN = adjacency(RATED);
  const SCALED = scale(PLAIN);
  // every node begins with a 1 at its own place
  const OWN = NAMES.map((_, a) => NAMES.map((_, b) => Number(a === b)));
  const RUNS = {
    scaled: { matrix: SCALED, states: propagate(SCALED, OWN, MOST) },
    sum: { matrix: PLAIN, states: propagate(PLAIN, OWN, MOST) },
  };
  const films = (vectors) => vectors.slice(PEOPLE.length);
  for (const run of Object.values(RUNS)) {
    run.means = run.states.map((_, k) => mean(run.states.slice(0, k + 1)));
    run.last = run.states.map((state) => meanCosine(films(state)));
    run.alike = run.means.map((state) => meanCosine(films(state)));
  }

  const start = () => ({
    layers: 0, edges: "scaled", shown: "last", speaker: 0, listener: 0,
  });
  let state = start();

  const { element } = window.RecTutorLive;

  /* Three decimals, as in the chapter; whole numbers without; large ones short. */
  function text(value) {
    if (value >= 1e6) return `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} M`;
    if (value >= 1e4) return `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)} k`;
    const near = Math.round(value);
    if (Math.abs(value - near) < 1e-9) return String(near);
    return value.toFixed(value < 10 ? 3 : value < 100 ? 1 : 0);
  }

  const isFilm = (node) => node >= PEOPLE.length;
  const place = (node) => [
    isFilm(node) ? 226 : 104,
    28 + 49 * (isFilm(node) ? node - PEOPLE.length : node),
  ];

  function drawGraph() {
    const { layers, speaker, listener } = state;
    const run = RUNS[state.edges];
    const isMean = state.shown === "mean";
    const vectors = (isMean ? run.means : run.states)[layers];
    const values = vectors.map((row) => row[speaker]);
    const before = layers > 0 ? run.states[layers - 1].map((row) => row[speaker]) : null;
    const canvas = element("svg", {
      viewBox: "0 0 330 272",
      width: 400,
      height: 330,
      role: "img",
      "aria-label":
        `The graph ${layers ? `after layer ${layers}` : "at the start"}: ` +
        NAMES.map((name, node) => `${name} ${text(values[node])}`).join(", "),
    });
    const said = (a, b) => (before ? run.matrix[a][b] * before[b] : 0);
    const loudest = Math.max(
      ...NAMES.flatMap((_, a) => NAMES.map((_, b) => said(a, b)))
    );
    RATED.forEach((row, person) =>
      row.forEach((rated, film) => {
        if (!rated) return;
        const node = film + PEOPLE.length;
        const message = Math.max(said(person, node), said(node, person));
        const [[x, y], [right, below]] = [place(person), place(node)];
        const look = message
          ? `stroke: var(--orange); stroke-width: ${(2 + (4 * message) / loudest).toFixed(1)}`
          : "stroke: var(--soft); stroke-width: 1.2";
        canvas.append(element("path", { d: `M${x} ${y}L${right} ${below}`, style: look }));
      })
    );
    const most = Math.max(...values);
    NAMES.forEach((name, node) => {
      const [x, y] = place(node);
      const colour = isFilm(node) ? "var(--green)" : "var(--blue)";
      const shape = (more, look) =>
        isFilm(node)
          ? element("rect", {
              x: x - 20 - more, y: y - 17 - more,
              width: 40 + 2 * more, height: 34 + 2 * more, style: look,
            })
          : element("circle", { cx: x, cy: y, r: 19 + more, style: look });
      const loud = ((0.5 * values[node]) / most).toFixed(2);
      const group = element(
        "g",
        { "data-node": node, style: "cursor: pointer" },
        shape(0, "fill: var(--ground)"),
        shape(0, `fill: ${colour}; fill-opacity: ${loud}; stroke: ${colour}; stroke-width: 2`),
        element(
          "text",
          { x, y: y + 4, "text-anchor": "middle", "font-size": 11.5 },
          text(values[node])
        ),
        element(
          "text",
          {
            x: x + (isFilm(node) ? 28 : -28), y: y + 4,
            "text-anchor": isFilm(node) ? "start" : "end", "font-size": 13,
          },
          name
        )
      );
      if (node === listener) {
        const ring = "fill: none; stroke: currentColor; stroke-dasharray: 4 3";
        group.append(shape(4, ring));
      }
      group.addEventListener("click", () => {
        state.listener = node;
        draw();
      });
      canvas.append(group);
    });
    const title = isMean
      ? `mean of layers 0 to ${layers}`
      : layers ? `after layer ${layers}` : "start";
    const middle = { x: 165, y: 266, "text-anchor": "middle", "font-size": 13 };
    canvas.append(element("text", middle, title));
    picture.replaceChildren(canvas);
  }

  /* The mean cosine of two films, as figure 10.3. */
  function drawCurve() {
    const run = RUNS[state.edges];
    const [left, right, top, bottom] = [30, 290, 24, 130];
    const at = (k, value) => [
      left + (k / MOST) * (right - left),
      bottom - value * (bottom - top),
    ];
    const canvas = element("svg", {
      viewBox: "0 0 300 166", width: 300, height: 166, role: "img",
      "aria-label":
        "Mean cosine of two films by layer, so far: last layer " +
        `${run.last[state.layers].toFixed(2)}, mean of layers ` +
        `${run.alike[state.layers].toFixed(2)}.`,
    });
    const label = (x, y, what, more) =>
      element("text", { x, y, "font-size": 12, ...more }, what);
    canvas.append(
      element("path", {
        d: `M${left} ${top}V${bottom}H${right}M${left} ${top}h4`,
        style: "fill: none; stroke: var(--line)",
      }),
      label(left - 6, top + 4, "1", { "text-anchor": "end" }),
      label(left - 6, bottom + 4, "0", { "text-anchor": "end" }),
      label(left, 12, "mean cosine of two films"),
      label((left + right) / 2, 162, "layers", { "text-anchor": "middle" })
    );
    for (let k = 0; k <= MOST; k += 5) {
      canvas.append(label(at(k, 0)[0], 147, String(k), { "text-anchor": "middle" }));
    }
    const curve = (values, colour, dashes) => {
      const points = values.slice(0, state.layers + 1).map((value, k) => at(k, value));
      const d = `M${points.map((point) => point.map((x) => x.toFixed(1)).join(" ")).join("L")}`;
      const look = `fill: none; stroke: ${colour}; stroke-width: 2; stroke-dasharray: ${dashes}`;
      canvas.append(element("path", { d, style: look }));
      for (const [x, y] of points) {
        canvas.append(
          dashes === "none"
            ? element("circle", { cx: x, cy: y, r: 3, style: `fill: ${colour}` })
            : element("rect", {
                x: x - 3, y: y - 3, width: 6, height: 6, style: `fill: ${colour}`,
              })
        );
      }
    };
    curve(run.last, "var(--orange)", "5 3");
    curve(run.alike, "var(--blue)", "none");
    chart.replaceChildren(canvas);
  }

  function drawNumbers() {
    const run = RUNS[state.edges];
    const fill = (cells, vectors, alike) => {
      const long = lengths(vectors);
      const shown = [Math.max(...long), Math.min(...long)].map(text);
      cells.forEach((cell, n) => (cell.textContent = [alike.toFixed(2), ...shown][n]));
    };
    fill(numbers.last, run.states[state.layers], run.last[state.layers]);
    fill(numbers.mean, run.means[state.layers], run.alike[state.layers]);
  }

  /* How the number of the listener comes about. */
  function reckoning() {
    const { layers, speaker, listener } = state;
    const run = RUNS[state.edges];
    const name = NAMES[listener];
    const own = run.states.map((vectors) => vectors[listener][speaker]);
    if (state.shown === "mean") {
      const all = own.slice(0, layers + 1).map(text);
      const some = all.length > 6 ? [...all.slice(0, 4), "…", all[layers]] : all;
      const value = text(run.means[layers][listener][speaker]);
      return `${name}: (${some.join(" + ")}) / ${layers + 1} = ${value}`;
    }
    if (layers === 0) return `${name} holds ${text(own[0])}, and has heard nothing yet.`;
    const parts = NAMES.flatMap((other, b) => {
      const weight = run.matrix[listener][b];
      if (!weight) return [];
      const value = text(run.states[layers - 1][b][speaker]);
      return [`${other} ${text(weight)} · ${value}`.replace(/ /g, "\u00a0")];
    });
    return `${name} hears in layer ${layers}: ${parts.join(" + ")} = ${text(own[layers])}`;
  }

  function draw() {
    drawGraph();
    drawCurve();
    drawNumbers();
    heard.textContent = reckoning();
    for (const [key, select] of Object.entries(selects)) select.value = String(state[key]);
  }

  function say(what) {
    const { layers, speaker } = state;
    const run = RUNS[state.edges];
    const reached = run.means[layers].filter((row) => row[speaker] > 0).length;
    const [alike, where] =
      state.shown === "mean" ? [run.alike, "mean of layers"] : [run.last, "last layer"];
    said.textContent =
      `${what}: ${NAMES[speaker]} has reached ${reached} of 10 nodes; ` +
      `mean cosine ${alike[layers].toFixed(2)} (${where}).`;
  }

  const layer = () => (state.layers === 0 ? "At the start" : `After layer ${state.layers}`);

  function go(steps) {
    const isFull = state.layers === MOST;
    state.layers = Math.min(state.layers + steps, MOST);
    draw();
    say(isFull ? "20 layers are the most here" : layer());
  }

  const button = (name, act) => {
    const made = element("button", { type: "button" }, name);
    made.addEventListener("click", act);
    return made;
  };

  const selects = {};
  function choice(key, name, options) {
    const id = `live-graph-${key}`;
    const select = element(
      "select",
      { id },
      ...options.map(([value, words]) => element("option", { value }, words))
    );
    select.addEventListener("change", () => {
      state[key] = typeof state[key] === "number" ? Number(select.value) : select.value;
      draw();
      say(layer());
    });
    selects[key] = select;
    return element("span", null, element("label", { for: id }, name), " ", select);
  }
  const everybody = NAMES.map((name, node) => [node, name]);

  const picture = element("div");
  const chart = element("div");
  const said = element("p", { "aria-live": "polite", class: "live-graph-said" });
  const heard = element("p", { class: "live-graph-heard" });
  const cells = () => [element("td"), element("td"), element("td")];
  const numbers = { last: cells(), mean: cells() };
  const head = (...names) =>
    element("tr", null, ...names.map((name) => element("th", { scope: "col" }, name)));
  const row = (name, mark, found) =>
    element(
      "tr",
      null,
      element("th", { scope: "row" }, element("span", { style: `color: ${mark}` }, "■ "), name),
      ...found
    );
  const table = element(
    "table",
    { "aria-label": "All ten vectors" },
    head("vectors", "mean cosine of two films", "longest vector", "shortest vector"),
    row("last layer", "var(--orange)", numbers.last),
    row("mean of layers", "var(--blue)", numbers.mean)
  );
  const note = element(
    "p",
    { class: "live-graph-note" },
    "With ten nodes the mean becomes alike, too, only more slowly than the last layer; " +
      "in the whole graph (Figure 10.3) it hardly does."
  );
  const living = element(
    "div",
    null,
    element(
      "div",
      { class: "controls" },
      button("One layer", () => go(1)),
      button("Five layers", () => go(5)),
      button("Reset", () => {
        state = start();
        draw();
        say(layer());
      }),
      choice("speaker", "begins with 1:", everybody),
      choice("edges", "edges:", [["scaled", "scaled (10.2)"], ["sum", "plain sum (10.1)"]]),
      choice("shown", "show:", [["last", "last layer"], ["mean", "mean of layers (10.3)"]]),
      choice("listener", "listen to:", everybody)
    ),
    said,
    element(
      "div",
      { class: "live-graph-halves" },
      element("div", null, picture, heard),
      element("div", null, chart, table, note)
    )
  );
  figure.querySelector("[data-still]").replaceWith(living);
  draw();
  say(layer());
})();
