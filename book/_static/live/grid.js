/* The figure "grid" of chapter 11: fill the evening's grid with values, a cell or a round
   at a time, and see which films they choose at each discount. */
(function () {
  "use strict";

  const REWARD = [[4, 1], [2, 1], [0, 1]]; // by tiredness: action film, romance
  const AFTER = [[1, 0], [2, 0], [2, 1]]; // how tired she is afterwards
  const STEPS = 4;
  const LEVELS = 3;

  const empty = () => REWARD.map(() => Array(STEPS).fill(0));
  const bestOf = (values) => values.indexOf(Math.max(...values)); // the first of two equal

  /* (11.2): both values of a cell; value is (tiredness, step), as in the chapter. */
  function qValues(value, level, step, gamma) {
    return REWARD[level].map((reward, action) => {
      const later = step + 1 < STEPS ? value[AFTER[level][action]][step + 1] : 0;
      return reward + gamma * later;
    });
  }

  const updated = (value, level, step, gamma) =>
    value.map((row, l) =>
      row.map((old, s) =>
        l === level && s === step ? Math.max(...qValues(value, l, s, gamma)) : old
      )
    );

  const oneRound = (value, gamma) =>
    value.map((row, l) => row.map((_, s) => Math.max(...qValues(value, l, s, gamma))));

  function finalValues(gamma) {
    let value = empty();
    for (let round = 0; round < STEPS; round++) value = oneRound(value, gamma);
    return value;
  }

  /* The evening of the policy that takes the larger value: [{level, action, reward}]. */
  function evening(value, gamma) {
    const shown = [];
    let level = 0; // she comes fresh
    for (let step = 0; step < STEPS; step++) {
      const action = bestOf(qValues(value, level, step, gamma));
      shown.push({ level, action, reward: REWARD[level][action] });
      level = AFTER[level][action];
    }
    return shown;
  }

  /* (11.1) */
  const returnOf = (rewards, gamma) =>
    rewards.reduce((total, reward, t) => total + gamma ** t * reward, 0);

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.grid = {
    qValues, updated, oneRound, finalValues, evening, returnOf,
  };

  const figure = document.querySelector('figure[data-live="grid"]');
  if (!figure) return;

  const FILMS = ["action", "romance"];
  const start = () => ({ value: empty(), gamma: 1, at: [0, 3], updates: 0, follows: false });
  let state = start();

  const { element } = window.RecTutorLive;

  function text(value) {
    const near = Math.round(value);
    return Math.abs(value - near) < 1e-9 ? String(near) : value.toFixed(2);
  }

  /* Is a cell's value the final one? */
  function areFinal() {
    const last = finalValues(state.gamma);
    return state.value.map((row, l) =>
      row.map((value, s) => Math.abs(value - last[l][s]) < 1e-9)
    );
  }

  const board = element("div", {
    class: "live-grid-board", role: "group", "aria-label": "The grid; arrow keys move in it",
  });
  const said = element("p", { "aria-live": "polite", class: "live-grid-said" });
  const sums = element("p", { class: "live-grid-sums" });
  const byValues = element("p");
  const byGreed = element("p");

  const cells = REWARD.map((_, level) =>
    Array.from({ length: STEPS }, (_, step) => {
      // the same elements for ever: a press that begins on one must end on it
      const heard = () => element("span", { class: "live-heard" });
      const cell = element(
        "button", { type: "button" }, heard(), element("b"), heard(), element("small")
      );
      cell.addEventListener("click", () => update(level, step));
      cell.addEventListener("focus", () => look(level, step));
      cell.addEventListener("keydown", (event) => {
        const [up, right] =
          {
            ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
          }[event.key] || [0, 0];
        if (!up && !right) return;
        event.preventDefault();
        const next = (cells[level + up] || [])[step + right];
        if (next) next.focus();
      });
      return cell;
    })
  );

  function look(level, step) {
    state.at = [level, step];
    draw();
  }

  function update(level, step) {
    const [old, wasFinal] = [state.value[level][step], areFinal()[0][0]];
    state.value = updated(state.value, level, step, state.gamma);
    state.updates++;
    look(level, step);
    const isDone = areFinal()[0][0] && !wasFinal;
    const now = text(state.value[level][step]);
    const change = text(old) === now ? `stays ${now}` : `goes from ${text(old)} to ${now}`;
    const which = `Step ${step + 1}, tiredness ${level}`;
    said.textContent = isDone
      ? `The start has its final value, ${now}, after ${counted()}.`
      : `${which} ${change}.`;
  }

  const counted = () =>
    state.updates === 1 ? "1 updated cell" : `${state.updates} updated cells`;

  function say(what) {
    const done = areFinal().flat().filter(Boolean).length;
    said.textContent = `${what}: ${done} of 12 cells have their final value.`;
  }

  function rounds(number) {
    for (let round = 0; round < number; round++) {
      state.value = oneRound(state.value, state.gamma);
      state.updates += STEPS * LEVELS;
    }
    draw();
    say(`After ${counted()}`);
  }

  function arrow(x, y, right, below) {
    const length = Math.hypot(right - x, below - y);
    const [u, v] = [(right - x) / length, (below - y) / length];
    const corner = (side) =>
      `${(right - 6 * u + 3.5 * side * v).toFixed(1)} ${(below - 6 * v - 3.5 * side * u).toFixed(1)}`;
    return `M${x} ${y}L${right} ${below}M${corner(1)}L${right} ${below}L${corner(-1)}`;
  }

  function drawBoard() {
    const isWide = figure.clientWidth >= 560;
    const [width, height, gap, rise] = isWide ? [92, 58, 40, 14] : [58, 54, 18, 12];
    const [left, top] = [24, 4];
    const x = (step) => left + step * (width + gap);
    const y = (level) => top + (LEVELS - 1 - level) * (height + rise);
    const whole = [x(STEPS) - gap, y(-1) - rise + 44];
    const canvas = element("svg", {
      width: whole[0], height: whole[1], viewBox: `0 0 ${whole.join(" ")}`,
      "aria-hidden": "true",
    });
    const way = (level, step, action, shift) =>
      arrow(
        x(step) + width + 2,
        y(level) + height / 2 + shift,
        x(step + 1) - 2,
        y(AFTER[level][action]) + height / 2 + shift
      );
    const path = (d, colour, wide, dashes) =>
      canvas.append(
        element("path", {
          d,
          style:
            `fill: none; stroke: ${colour}; stroke-width: ${wide}; ` +
            `stroke-dasharray: ${dashes}`,
        })
      );
    const mine = evening(state.value, state.gamma);
    const final = areFinal();
    for (let step = 0; step < STEPS; step++) {
      for (let level = 0; level < LEVELS; level++) {
        const action = bestOf(qValues(state.value, level, step, state.gamma));
        if (step + 1 < STEPS) path(way(level, step, action, 0), "var(--soft)", 1, "none");
        const cell = cells[level][step];
        cell.style.cssText =
          `left: ${x(step)}px; top: ${y(level)}px; width: ${width}px; height: ${height}px`;
        const value = text(state.value[level][step]);
        const isFinal = final[level][step];
        const isMine = mine[step].level === level;
        cell.className = [
          "live-grid-cell",
          isFinal ? "live-grid-final" : "",
          isMine ? "live-grid-mine" : "",
        ].join(" ");
        [
          `Update step ${step + 1}, tiredness ${level}: value `, value,
          `${isFinal ? ", final" : ""}, best is `, FILMS[action],
        ].forEach((words, place) => {
          cell.children[place].textContent = words;
        });
        const isHere = state.at[0] === level && state.at[1] === step;
        cell.tabIndex = isHere ? 0 : -1;
      }
    }
    mine.forEach(({ level, action }, step) => {
      if (step + 1 < STEPS) path(way(level, step, action, -2), "var(--blue)", 3, "none");
    });
    evening(empty(), 0).forEach(({ level, action }, step) => {
      if (step + 1 < STEPS) path(way(level, step, action, 4), "var(--orange)", 2.5, "5 3");
    });
    const label = (left, top, words) => {
      const made = element("span", { class: "live-grid-label" }, words);
      made.style.cssText = `left: ${left}px; top: ${top}px`;
      return made;
    };
    const names = [
      ...REWARD.map((_, level) => label(10, y(level) + height / 2, String(level))),
      ...Array.from({ length: STEPS }, (_, step) =>
        label(x(step) + width / 2, whole[1] - 33, String(step + 1))
      ),
      label(whole[0] / 2, whole[1] - 12, "step (across), tiredness (upwards)"),
    ];
    board.style.cssText = `width: ${whole[0]}px; height: ${whole[1]}px`;
    for (const old of board.querySelectorAll(":scope > :is(svg, span)")) {
      old.remove();
    }
    board.prepend(canvas);
    board.append(...names);
  }

  function drawSums() {
    const [level, step] = state.at;
    const both = qValues(state.value, level, step, state.gamma);
    const parts = FILMS.map((film, action) => {
      const reward = REWARD[level][action];
      const then = AFTER[level][action];
      const later =
        step + 1 < STEPS
          ? ` + ${state.gamma.toFixed(2)} · ${text(state.value[then][step + 1])}` +
            ` = ${text(both[action])}`
          : ""; // after the last step comes nothing
      return `${film} ${reward}${later}`.replace(/ /g, "\u00a0");
    });
    sums.textContent =
      `Step ${step + 1}, tiredness ${level}, by (11.2): ${parts.join("; ")}. ` +
      `The larger is ${text(Math.max(...both))}; the cell holds ${text(state.value[level][step])}.`;
  }

  function drawEvenings() {
    const powers = ["", "γ\u00a0·\u00a0", "γ²\u00a0·\u00a0", "γ³\u00a0·\u00a0"];
    const tell = (line, mark, name, steps) => {
      const rewards = steps.map((step) => step.reward);
      const sum = rewards.map((reward, t) => `${powers[t]}${reward}`).join(" + ");
      line.replaceChildren(
        element("span", { style: `color: ${mark}` }, "■ "),
        `${name}: ${steps.map((step) => FILMS[step.action]).join(", ")}. ` +
          `${sum} = ${text(returnOf(rewards, state.gamma))}`
      );
    };
    const mine = evening(state.value, state.gamma);
    tell(byValues, "var(--blue)", "By the values", mine);
    tell(byGreed, "var(--orange)", "Greedy (dashed)", evening(empty(), 0));
  }

  function draw() {
    drawBoard();
    drawSums();
    drawEvenings();
    slider.value = String(state.gamma);
    shown.textContent = state.gamma.toFixed(2);
    box.checked = state.follows;
  }

  const slider = element("input", {
    type: "range", min: 0, max: 1, step: 0.05, id: "live-grid-gamma",
  });
  const shown = element("output", { for: "live-grid-gamma" });
  const box = element("input", { type: "checkbox", id: "live-grid-follow" });
  const solve = () => (state.value = finalValues(state.gamma));
  slider.addEventListener("input", () => {
    state.gamma = Number(slider.value);
    if (state.follows) solve();
    draw();
    const plan = evening(state.value, state.gamma).map((step) => FILMS[step.action]);
    if (state.follows) said.textContent = `γ = ${state.gamma.toFixed(2)}: ${plan.join(", ")}.`;
    else say(`γ = ${state.gamma.toFixed(2)}, the values are still the old ones`);
  });
  box.addEventListener("change", () => {
    state.follows = box.checked;
    if (state.follows) solve();
    draw();
    say(state.follows ? "The values follow γ" : "The values stay");
  });

  const button = (name, act) => {
    const made = element("button", { type: "button" }, name);
    made.addEventListener("click", act);
    return made;
  };
  board.append(...cells.slice().reverse().flat());
  const living = element(
    "div",
    null,
    element(
      "div",
      { class: "controls" },
      button("One round", () => rounds(1)),
      button("Four rounds", () => rounds(4)),
      button("Reset", () => {
        state = start();
        draw();
        say("Before");
      }),
      element(
        "span",
        { class: "live-grid-slider" },
        element("label", { for: "live-grid-gamma" }, "γ = ", shown),
        slider
      ),
      element("label", { for: "live-grid-follow" }, box, " the values follow γ")
    ),
    said,
    board,
    sums,
    element("div", { class: "live-grid-evenings" }, byValues, byGreed)
  );
  figure.querySelector("[data-still]").replaceWith(living);
  draw();
  say("Before");
  window.addEventListener("resize", drawBoard);
})();
