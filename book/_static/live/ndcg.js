/* The figure "ndcg" of chapter 02: move the films of a list, and see what each metric
   makes of it, term by term. */
(function () {
  "use strict";

  /* hits: 0 or 1 at each rank of the list; numRelevant: how many items could have been
     found. As in rec_tutor.evaluation.metrics, NaN where there is nothing to find. */
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const found = (value, numRelevant) => (numRelevant > 0 ? value : NaN);
  const worth = (rank) => 1 / Math.log2(rank + 1);
  const terms = (hits) => hits.map((hit, j) => (hit ? worth(j + 1) : 0));
  const best = (numRelevant, k) =>
    Array.from({ length: Math.min(numRelevant, k) }, (_, j) => worth(j + 1));
  const dcg = (hits) => sum(terms(hits));
  const idcg = (numRelevant, k) => sum(best(numRelevant, k));
  const ndcg = (hits, numRelevant) =>
    found(dcg(hits) / idcg(numRelevant, hits.length), numRelevant);
  const precision = (hits, numRelevant) => found(sum(hits) / hits.length, numRelevant);
  const recall = (hits, numRelevant) => found(sum(hits) / numRelevant, numRelevant);
  const hitRate = (hits, numRelevant) => found(Math.max(...hits), numRelevant);
  const mrr = (hits, numRelevant) =>
    found(hits.includes(1) ? 1 / (hits.indexOf(1) + 1) : 0, numRelevant);

  /* A list after the item at one place was moved to another. */
  function moved(list, from, to) {
    const rest = list.slice();
    rest.splice(to, 0, rest.splice(from, 1)[0]);
    return rest;
  }

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.ndcg = {
    worth, dcg, idcg, ndcg, precision, recall, hitRate, mrr, moved,
  };

  const figure = document.querySelector('figure[data-live="ndcg"]');
  if (!figure) return;

  const NAMES = ["A", "B", "C", "D", "E", "F", "G"];
  const SHOWN = 3; // decimals, as in the chapter
  const start = () => ({
    order: NAMES.map((_, i) => i),
    wanted: NAMES.map((name) => "BCF".includes(name)),
    k: 5,
  });
  let state = start();
  let before = null; // the metrics before the last change
  let touched = -1; // the rank that was moved last

  const text = (value) => (Number.isNaN(value) ? "not a number" : value.toFixed(SHOWN));

  const { element } = window.RecTutorLive;

  function measured() {
    const stars = state.order.map((item) => (state.wanted[item] ? 1 : 0));
    const hits = stars.slice(0, state.k);
    const all = sum(stars);
    return {
      hits,
      all,
      Precision: precision(hits, all),
      Recall: recall(hits, all),
      "Hit rate": hitRate(hits, all),
      "Reciprocal rank": mrr(hits, all),
      DCG: dcg(hits),
      IDCG: idcg(all, state.k),
      NDCG: ndcg(hits, all),
    };
  }

  /* How each number comes about. */
  function reckoning(now) {
    const added = (values) =>
      values.filter((value) => value > 0).map((value) => value.toFixed(SHOWN));
    const first = now.hits.indexOf(1) + 1;
    return {
      Precision: `${sum(now.hits)} / ${state.k}`,
      Recall: `${sum(now.hits)} / ${now.all}`,
      "Hit rate": sum(now.hits) > 0 ? "a hit" : "no hit",
      "Reciprocal rank": first > 0 ? `1 / ${first}` : "no hit",
      DCG: added(terms(now.hits)).join(" + ") || "nothing",
      IDCG: added(best(now.all, state.k)).join(" + ") || "nothing",
      NDCG: `${now.DCG.toFixed(SHOWN)} / ${now.IDCG.toFixed(SHOWN)}`,
    };
  }

  const picture = element("div", { class: "live-ndcg-picture" });
  const said = element("p", { "aria-live": "polite", class: "live-ndcg-said" });

  /* The list: a row for each rank; the films move through the rows. */
  const rows = NAMES.map((_, rank) => {
    const film = element("td", { class: "live-ndcg-film", title: "drag, or use ↑ and ↓" });
    const up = element("button", { type: "button" }, "↑");
    const down = element("button", { type: "button" }, "↓");
    const star = element("button", { type: "button" });
    const value = element("td");
    const collected = element("td");
    const line = element(
      "tr",
      null,
      element("th", { scope: "row" }, String(rank + 1)),
      film,
      element("td", { class: "live-ndcg-buttons" }, up, " ", down),
      element("td", { class: "live-ndcg-buttons" }, star),
      value,
      collected
    );
    up.addEventListener("click", () => move(rank, rank - 1, "up"));
    down.addEventListener("click", () => move(rank, rank + 1, "down"));
    star.addEventListener("click", () => {
      const item = state.order[rank];
      change(() => (state.wanted[item] = !state.wanted[item]));
      say(`${NAMES[item]} is ${state.wanted[item] ? "wanted" : "not wanted"} now`);
    });
    line.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(rank, rank + step, event.target === star ? "star" : step < 0 ? "up" : "down");
    });
    film.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      let at = rank;
      const old = measured();
      film.setPointerCapture(event.pointerId);
      const follow = (where) => {
        const middle = (row) => {
          const box = row.line.getBoundingClientRect();
          return (box.top + box.bottom) / 2;
        };
        const height = rows[1].line.offsetTop - rows[0].line.offsetTop;
        const to = Math.round((where.clientY - middle(rows[0])) / (height || 1));
        const next = Math.min(Math.max(to, 0), NAMES.length - 1);
        if (next === at) return;
        move(at, next);
        before = old;
        draw();
        at = next;
      };
      const stop = () => {
        film.removeEventListener("pointermove", follow);
        film.removeEventListener("pointerup", stop);
        film.removeEventListener("pointercancel", stop);
      };
      film.addEventListener("pointermove", follow);
      film.addEventListener("pointerup", stop);
      film.addEventListener("pointercancel", stop);
    });
    return { line, film, up, down, star, value, collected };
  });

  const metrics = {};
  for (const name of Object.keys(measured()).slice(2)) {
    metrics[name] = [element("td"), element("td"), element("td")];
  }

  function change(how) {
    before = measured();
    touched = -1;
    how();
    draw();
  }

  function move(from, to, button) {
    if (to < 0 || to >= NAMES.length) return;
    const item = state.order[from];
    change(() => {
      state.order = moved(state.order, from, to);
      touched = to;
    });
    say(`${NAMES[item]} stands at rank ${to + 1}`);
    if (!button) return;
    const other = button === "up" ? "down" : "up";
    const row = rows[to];
    row[row[button].disabled ? other : button].focus();
  }

  function say(what) {
    const now = measured();
    if (now.all === 0) {
      said.textContent =
        `${what}. Nothing can be found: the metrics are not a number, and this ` +
        "person is left out of the mean.";
      return;
    }
    const same = before && Math.abs(now.Recall - before.Recall) < 1e-9;
    said.textContent =
      `${what}: NDCG ${text(now.NDCG)}, recall ${text(now.Recall)}` +
      `${same ? " as before" : ""}.`;
  }

  function drawBars() {
    const now = measured();
    const width = Math.min(Math.max(figure.clientWidth - 34, 260), 640);
    const [top, bottom] = [30, 170];
    const step = width / NAMES.length;
    const wide = Math.min(step - 12, 50);
    const tall = (rank) => worth(rank) * (bottom - top);
    const canvas = element("svg", {
      viewBox: `0 0 ${width} 215`,
      width,
      height: 215,
      role: "img",
      "aria-label":
        "Bars for the worth of a hit at each rank; " +
        `filled at ranks ${now.hits.flatMap((hit, j) => (hit ? [j + 1] : [])).join(", ") || "none"}. ` +
        `A dashed outline around the first ${Math.min(now.all, state.k)} shows the best list.`,
    });
    const label = (x, y, what, more) =>
      element("text", { x, y, "text-anchor": "middle", "font-size": 14, ...more }, what);
    state.order.forEach((item, j) => {
      const [x, rank] = [(j + 0.5) * step, j + 1];
      const inside = j < state.k;
      const isHit = inside && state.wanted[item];
      const look = isHit
        ? "fill: var(--orange)"
        : inside
          ? "fill: var(--soft); fill-opacity: 0.3"
          : "fill: none; stroke: var(--line)";
      const bar = { x: x - wide / 2, y: bottom - tall(rank), width: wide };
      canvas.append(element("rect", { ...bar, height: tall(rank), style: look }));
      if (j < Math.min(now.all, state.k)) {
        canvas.append(
          element("rect", {
            x: bar.x - 4,
            y: bar.y - 4,
            width: wide + 8,
            height: tall(rank) + 4,
            style:
              "fill: none; stroke: var(--blue); stroke-width: 2; stroke-dasharray: 6 4",
          })
        );
      }
      canvas.append(
        label(x, bar.y - 9, worth(rank).toFixed(SHOWN), { "font-size": 13 }),
        label(x, bottom + 18, NAMES[item] + (state.wanted[item] ? " ★" : "")),
        label(x, bottom + 37, String(rank))
      );
    });
    const cut = state.k * step;
    canvas.append(
      element("path", { d: `M0 ${bottom}H${width}`, style: "stroke: currentColor" })
    );
    if (state.k < NAMES.length) {
      const style = "stroke: currentColor; stroke-dasharray: 2 4";
      canvas.append(element("path", { d: `M${cut} 20V213`, style }));
    }
    picture.replaceChildren(canvas);
  }

  function draw() {
    const now = measured();
    drawBars();
    rows.forEach((row, j) => {
      const item = state.order[j];
      const [name, isWanted] = [NAMES[item], state.wanted[item]];
      row.film.textContent = name;
      row.up.disabled = j === 0;
      row.down.disabled = j === NAMES.length - 1;
      row.up.setAttribute("aria-label", `Move ${name} up`);
      row.down.setAttribute("aria-label", `Move ${name} down`);
      row.star.textContent = isWanted ? "★" : "☆";
      row.star.setAttribute("aria-label", `${name} is wanted`);
      row.star.setAttribute("aria-pressed", String(isWanted));
      row.value.textContent = worth(j + 1).toFixed(SHOWN);
      const inside = j < state.k;
      const got = inside && isWanted ? worth(j + 1).toFixed(SHOWN) : "0";
      row.collected.textContent = inside ? got : "–";
      row.line.className = [
        inside ? "" : "live-ndcg-below",
        inside && isWanted ? "live-ndcg-hit" : "",
        j === state.k - 1 ? "live-ndcg-last" : "",
        j === touched ? "live-ndcg-touched" : "",
      ].join(" ");
    });
    const ways = reckoning(now);
    for (const [name, [way, value, difference]] of Object.entries(metrics)) {
      way.textContent = ways[name];
      value.textContent = text(now[name]);
      const gap = before ? now[name] - before[name] : 0;
      const isMoved = Math.abs(gap) > 1e-9;
      const sign = gap > 0 ? "+" : "−";
      difference.textContent = isMoved ? sign + Math.abs(gap).toFixed(SHOWN) : "";
      difference.className = gap > 0 ? "live-ndcg-more" : "live-ndcg-less";
    }
    slider.value = String(state.k);
    length.textContent = String(state.k);
  }

  const slider = element("input", {
    type: "range", min: 1, max: NAMES.length, step: 1, id: "live-ndcg-k",
  });
  const length = element("output", { for: "live-ndcg-k" });
  slider.addEventListener("input", () => {
    change(() => (state.k = Number(slider.value)));
    say(`The list has ${state.k} ${state.k === 1 ? "film" : "films"}`);
  });
  const ideal = element("button", { type: "button" }, "Best list");
  ideal.addEventListener("click", () => {
    change(() => {
      const isWanted = (item) => state.wanted[item];
      state.order = [
        ...state.order.filter(isWanted),
        ...state.order.filter((item) => !isWanted(item)),
      ];
    });
    say("The wanted films stand on top");
  });
  const reset = element("button", { type: "button" }, "Reset");
  reset.addEventListener("click", () => {
    state = start();
    before = null;
    touched = -1;
    draw();
    say("The list of figure 2.1");
  });

  const head = (...names) =>
    element("tr", null, ...names.map((name) => element("th", { scope: "col" }, name)));
  const list = element(
    "table",
    { class: "live-ndcg-list", "aria-label": "The list" },
    head("rank", "film", "move", "★", "worth", "collected"),
    ...rows.map((row) => row.line)
  );
  const results = element(
    "table",
    { class: "live-ndcg-metrics", "aria-label": "The metrics" },
    head("metric", "how", "value", "change"),
    ...Object.entries(metrics).map(([name, cells]) =>
      element(
        "tr",
        name === "NDCG" ? { class: "live-ndcg-main" } : null,
        element("th", { scope: "row" }, name),
        ...cells
      )
    )
  );
  const living = element(
    "div",
    null,
    picture,
    element(
      "div",
      { class: "controls" },
      element("label", { for: "live-ndcg-k" }, "length of the list, k = ", length),
      slider,
      ideal,
      reset
    ),
    said,
    element("div", { class: "live-ndcg-tables" }, list, results)
  );
  figure.querySelector(".live-ndcg-still").replaceWith(living);
  draw();
  say("The list of figure 2.1");
  window.addEventListener("resize", drawBars);
})();
