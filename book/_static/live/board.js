/* The figure "board" of the scoreboards: put the models in order, then see what was
   measured: NDCG against CPU seconds. The numbers stand in the page. */
(function () {
  "use strict";

  /* Where a value stands on a logarithmic axis from low to high of this length. */
  const position = (value, low, high, length) =>
    (length * Math.log(value / low)) / Math.log(high / low);

  /* The places of those that no other beats: none is better in no more time. */
  const front = (rows) =>
    rows.flatMap((row, i) => {
      const beats = (other) =>
        other.cpu <= row.cpu &&
        other.mean >= row.mean &&
        (other.cpu < row.cpu || other.mean > row.mean);
      return rows.some(beats) ? [] : [i];
    });

  /* Of the pairs whose intervals lie apart: how many an order, best first, has the right
     way round, and how many there are. */
  function concordant(rows) {
    let [right, wrong] = [0, 0];
    rows.forEach((row, i) => {
      const later = rows.slice(i + 1);
      right += later.filter((after) => row.low > after.high).length;
      wrong += later.filter((after) => after.low > row.high).length;
    });
    return [right, right + wrong];
  }

  /* A list after the item at one place was moved to another. */
  function moved(list, from, to) {
    const rest = list.slice();
    rest.splice(to, 0, rest.splice(from, 1)[0]);
    return rest;
  }

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.board = { position, front, concordant, moved };

  const figure = document.querySelector('figure[data-live="board"]');
  if (!figure) return;
  const boards = JSON.parse(figure.querySelector("#live-board-numbers").textContent);

  const start = (board) =>
    board.rows
      .filter((row) => row.asked)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  let board = boards[0];
  let order = start(board);
  let isRevealed = false;

  const seconds = (cpu) => {
    if (cpu >= 10) return Math.round(cpu).toLocaleString("en");
    return cpu >= 0.1 ? cpu.toFixed(1) : String(Number(cpu.toPrecision(1)));
  };

  const { element } = window.RecTutorLive;
  const button = (label) => element("button", { type: "button" }, label);

  const select = element(
    "select",
    { id: "live-board-which" },
    ...boards.map((each, i) => element("option", { value: i }, each.title))
  );
  const reveal = button("Reveal");
  const reset = button("Reset");
  const said = element("p", { "aria-live": "polite", class: "live-board-said" });
  const stage = element("div", { class: "live-board-stage" });

  /* The list: a row for each place; the models move through the rows. */
  let rows = [];
  function makeRow(place) {
    const name = element("td", { class: "live-board-name", title: "drag, or use ↑ and ↓" });
    const [up, down] = [button("↑"), button("↓")];
    const line = element(
      "tr",
      null,
      element("th", { scope: "row" }, String(place + 1)),
      name,
      element("td", { class: "live-board-buttons" }, up, " ", down)
    );
    up.addEventListener("click", () => move(place, place - 1, "up"));
    down.addEventListener("click", () => move(place, place + 1, "down"));
    line.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      move(place, place + step, step < 0 ? "up" : "down");
    });
    name.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      let at = place;
      name.setPointerCapture(event.pointerId);
      const follow = (where) => {
        const first = rows[0].line.getBoundingClientRect();
        const height = rows[1].line.getBoundingClientRect().top - first.top;
        const to = Math.floor((where.clientY - first.top) / (height || 1));
        const next = Math.min(Math.max(to, 0), rows.length - 1);
        if (next !== at) move(at, next);
        at = next;
      };
      const stop = () => {
        name.removeEventListener("pointermove", follow);
        name.removeEventListener("pointerup", stop);
        name.removeEventListener("pointercancel", stop);
      };
      name.addEventListener("pointermove", follow);
      name.addEventListener("pointerup", stop);
      name.addEventListener("pointercancel", stop);
    });
    return { line, name, up, down };
  }

  function move(from, to, pressed) {
    if (to < 0 || to >= order.length) return;
    order = moved(order, from, to);
    fillList();
    said.textContent = `${order[to].name} stands in place ${to + 1} of ${order.length}.`;
    if (!pressed) return;
    const row = rows[to];
    row[row[pressed].disabled ? { up: "down", down: "up" }[pressed] : pressed].focus();
  }

  function fillList() {
    rows.forEach((row, place) => {
      const { name, kind } = order[place];
      row.name.replaceChildren(
        element("strong", null, name),
        element("span", { class: "live-board-kind" }, ` ${kind}`)
      );
      row.up.disabled = place === 0;
      row.down.disabled = place === rows.length - 1;
      row.up.setAttribute("aria-label", `Move ${name} up`);
      row.down.setAttribute("aria-label", `Move ${name} down`);
    });
  }

  function list() {
    rows = order.map((_, place) => makeRow(place));
    fillList();
    return element(
      "table",
      { class: "live-board-list", "aria-label": "Your order, best first" },
      ...rows.map((row) => row.line)
    );
  }

  /* Free places for the labels: of several around each point, the least covered. */
  function placed(points, size, width, height) {
    const boxes = points.map(({ x, y }) => [x - 6, y - 6, x + 6, y + 6]);
    const lines = points.map(({ x, top, bottom }) => [x - 1, top, x + 1, bottom]);
    const shared = (one, other) =>
      Math.max(0, Math.min(one[2], other[2]) - Math.max(one[0], other[0])) *
      Math.max(0, Math.min(one[3], other[3]) - Math.max(one[1], other[1]));
    return points.map(({ x, y, label }) => {
      const [wide, high] = [label.length * size * 0.58 + 4, size];
      let best = null;
      for (const far of [9, 18, 30]) {
        for (const [dx, dy] of [
          [1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1],
        ]) {
          const left = x + dx * far + (dx > 0 ? 0 : dx < 0 ? -wide : -wide / 2);
          const middle = y + dy * (far + (dx ? 0 : high / 2));
          const box = [left, middle - high / 2, left + wide, middle + high / 2];
          const outside = wide * high - shared(box, [0, 0, width, height]);
          const cost =
            far / 9 + 20 * outside +
            boxes.reduce((total, other) => total + shared(box, other), 0) +
            lines.reduce((total, other) => total + shared(box, other), 0);
          if (!best || cost < best.cost) best = { cost, box, dx };
        }
      }
      boxes.push(best.box);
      return best;
    });
  }

  const NARROW = 500; // below, a point is marked with its number in the table
  const room = () => Math.min(Math.max(figure.clientWidth - 34, 280), 720);

  function chart() {
    const all = board.rows;
    const width = room();
    const height = width < NARROW ? 300 : 360;
    const size = 13;
    const [left, right, top, bottom] = [48, width - 10, 24, height - 42];
    const times = all.map((row) => row.cpu);
    const [fast, slow] = [Math.min(...times) / 2, Math.max(...times) * 2.2];
    const [least, most] = [
      Math.min(...all.map((row) => row.low)),
      Math.max(...all.map((row) => row.high)),
    ];
    const margin = (most - least) / 20;
    const [low, high] = [least - margin, most + margin];
    const across = (cpu) => left + position(cpu, fast, slow, right - left);
    const upwards = (mean) => bottom - ((mean - low) / (high - low)) * (bottom - top);
    const best = new Set(front(all));
    const canvas = element("svg", {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "font-size": size,
      role: "img",
      "aria-label":
        `${board.title}: NDCG@10 against CPU seconds. No other is better in no more ` +
        `time: ${[...best].map((i) => all[i].name).join(", ")}. All numbers stand in ` +
        "the table below.",
    });
    const faint = "stroke: var(--line); stroke-opacity: 0.4; fill: none";
    const write = (x, y, what, anchor) =>
      canvas.append(element("text", { x, y, "text-anchor": anchor }, what));
    for (let power = Math.ceil(Math.log10(fast)); 10 ** power <= slow; power += 1) {
      const x = across(10 ** power);
      canvas.append(element("path", { d: `M${x} ${top}V${bottom}`, style: faint }));
      write(x, bottom + 16, (10 ** power).toLocaleString("en"), "middle");
    }
    const step = high - low > 0.12 ? 0.05 : 0.02;
    for (let i = Math.ceil(low / step); i * step <= high; i += 1) {
      const y = upwards(i * step);
      canvas.append(element("path", { d: `M${left} ${y}H${right}`, style: faint }));
      write(left - 6, y + 4, (i * step).toFixed(2), "end");
    }
    write(right, height - 8, "CPU seconds of one training", "end");
    write(0, 14, "NDCG@10", "start");
    const way = [...best].map((i) => all[i]).sort((one, other) => one.cpu - other.cpu);
    const corners = way.map((row, i) =>
      i === 0
        ? `M${across(row.cpu)} ${upwards(row.mean)}`
        : `H${across(row.cpu)}V${upwards(row.mean)}`
    );
    const style = "fill: none; stroke: var(--green); stroke-width: 2; stroke-dasharray: 5 4";
    canvas.append(element("path", { d: corners.join(""), style }));
    const points = all.map((row, i) => ({
      x: across(row.cpu),
      y: upwards(row.mean),
      top: upwards(row.high),
      bottom: upwards(row.low),
      label: width < NARROW ? String(i + 1) : row.name,
      row,
    }));
    for (const { x, y, top: upper, bottom: lower, row } of points) {
      const colour = row.network ? "var(--orange)" : "var(--blue)";
      const paint = `fill: ${colour}; stroke: ${colour}; stroke-width: 1.5`;
      canvas.append(
        element("path", { d: `M${x} ${upper}V${lower}`, style: paint }),
        row.network
          ? element("rect", { x: x - 5, y: y - 5, width: 10, height: 10, style: paint })
          : element("circle", { cx: x, cy: y, r: 5, style: paint })
      );
    }
    placed(points, size, width, bottom).forEach(({ box, dx }, i) => {
      const { row, label } = points[i];
      const x = dx > 0 ? box[0] : dx < 0 ? box[2] : (box[0] + box[2]) / 2;
      const anchor = dx > 0 ? "start" : dx < 0 ? "end" : "middle";
      const at = { x, y: box[3] - 2, "text-anchor": anchor };
      const look = row.asked ? { class: "live-board-mark", "font-weight": "bold" } : {};
      canvas.append(element("text", { class: "live-board-mark", ...at, ...look }, label));
    });
    return canvas;
  }

  function results() {
    const head = ["", "model", "yours", "NDCG@10", "±", "CPU, s"];
    return element(
      "table",
      { class: "live-board-results", "aria-label": `Measured: ${board.title}` },
      element("tr", null, ...head.map((name) => element("th", { scope: "col" }, name))),
      ...board.rows.map((row, i) => {
        const place = order.indexOf(row) + 1;
        const cells = [
          place || "–",
          row.mean.toFixed(4),
          ((row.high - row.low) / 2).toFixed(4),
          seconds(row.cpu),
        ];
        return element(
          "tr",
          row.asked ? { class: "live-board-asked" } : null,
          element("td", null, String(i + 1)),
          element(
            "th",
            { scope: "row" },
            element(
              "span",
              { "aria-hidden": "true", class: row.network ? "live-board-net" : "live-board-plain" },
              row.network ? "■\u00a0" : "●\u00a0"
            ),
            row.name
          ),
          ...cells.map((cell) => element("td", null, String(cell)))
        );
      })
    );
  }

  function verdict() {
    const [right, pairs] = concordant(order);
    const asked = board.rows.filter((row) => row.asked);
    const slow = asked.reduce((one, row) => (row.cpu > one.cpu ? row : one));
    const [first] = asked;
    const times =
      slow === first
        ? `the slowest of them, with ${seconds(first.cpu)} CPU seconds.`
        : `in ${seconds(first.cpu)} CPU seconds; the slowest, ${slow.name}, ` +
          `takes ${seconds(slow.cpu)}.`;
    return (
      `Of the ${pairs} pairs whose intervals lie apart, you have ${right} the right ` +
      `way round. The best mean of those that you ordered has ${first.name}, ${times}`
    );
  }

  function draw() {
    reveal.textContent = isRevealed ? "Order again" : "Reveal";
    if (!isRevealed) {
      stage.replaceChildren(list());
      return;
    }
    const key = element(
      "p",
      { class: "live-board-key" },
      element("span", { class: "live-board-net" }, "■"),
      " a network   ",
      element("span", { class: "live-board-plain" }, "●"),
      " without one   ",
      element("span", { class: "live-board-front" }, "╌╌"),
      " no model is better in the same time   bold: those that you ordered"
    );
    const note = element(
      "p",
      { class: "live-board-key" },
      (room() < NARROW ? "The numbers are the rows of the table. " : "") +
        "Each mark to the right is ten times as many seconds. The lines are 95\u00a0% " +
        "intervals over people (± in the table). Where two overlap, they don't settle " +
        "which model is ahead: the leads in the tables of this page do."
    );
    stage.replaceChildren(chart(), key, note, results());
  }

  function ask() {
    isRevealed = false;
    order = start(board);
    draw();
    said.textContent = `Best on top: put ${order.length} models in your order.`;
  }

  select.addEventListener("change", () => {
    board = boards[Number(select.value)];
    ask();
  });
  reveal.addEventListener("click", () => {
    isRevealed = !isRevealed;
    draw();
    said.textContent = isRevealed ? verdict() : "Your order stands as it was.";
  });
  reset.addEventListener("click", ask);

  figure.querySelector(".live-board-still").replaceWith(
    element(
      "div",
      null,
      element(
        "div",
        { class: "controls" },
        element("label", { for: "live-board-which" }, "board "),
        select,
        reveal,
        reset
      ),
      said,
      stage
    )
  );
  ask();
  window.addEventListener("resize", () => {
    const old = stage.querySelector("svg");
    if (old) old.replaceWith(chart());
  });
})();
