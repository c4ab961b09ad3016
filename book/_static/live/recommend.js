/* The recommender of the front page: rate films, and two models answer. The numbers come from recommend_data.js
   (made by `python -m course live-data`), which is loaded by a press of Start. Nothing leaves the browser. */
(function () {
  "use strict";

  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const PLACES = 3; // digits to base 64 of a packed number
  const LIKED = 4; // stars from which a film is liked
  const LENGTH = 10; // films in a list
  const SHOWN = 6; // films offered at once
  const EXAMPLE = [["Alien", 5], ["Blade Runner", 5], ["2001: A Space Odyssey", 4], ["Titanic", 2], ["Liar Liar", 1]];

  /* ------------------------------------------------------------------ numbers */

  function unpack(text, step) {
    const base = DIGITS.length, half = Math.pow(base, PLACES) / 2;
    const numbers = new Float64Array(text.length / PLACES);
    for (let k = 0; k < numbers.length; k += 1) {
      let whole = 0;
      for (let d = 0; d < PLACES; d += 1) whole = whole * base + DIGITS.indexOf(text[k * PLACES + d]);
      numbers[k] = (whole - half) * step;
    }
    return numbers;
  }

  /* Both models, ready to use. weights[j * n + i]: how much film j speaks for film i (EASE's B_ji); vectors: ALS' q_i,
     row by row; gram: the sum of q q' over all items of the data. */
  function model(data) {
    const films = data.films, n = films.length, dim = data.als.dim;
    const weights = new Float64Array(n * n), vectors = new Float64Array(n * dim), gram = new Float64Array(dim * dim);
    films.forEach((film, j) => {
      unpack(film[3], data.ease.step).forEach((pair, k) => {
        const i = j + 1 + k, ratio = film[2] / films[i][2];
        weights[j * n + i] = pair * ratio;
        weights[i * n + j] = pair / ratio;
      });
      vectors.set(unpack(film[4], data.als.step), j * dim);
    });
    let next = 0;
    for (let a = 0; a < dim; a += 1) {
      for (let b = a; b < dim; b += 1) {
        gram[a * dim + b] = gram[b * dim + a] = data.als.gram[next];
        next += 1;
      }
    }
    return {n: n, dim: dim, l2: data.als.l2, alpha: data.als.alpha, weights: weights, vectors: vectors, gram: gram};
  }

  /* EASE: s_i is the sum of B_ji over the liked films j. */
  function ease(m, liked) {
    const scores = new Float64Array(m.n);
    liked.forEach((j) => {
      for (let i = 0; i < m.n; i += 1) scores[i] += m.weights[j * m.n + i];
    });
    return scores;
  }

  /* The terms of that sum for one film, in the order of `liked`. */
  function contributions(m, liked, film) {
    return liked.map((j) => m.weights[j * m.n + film]);
  }

  /* x with Ax = b; A symmetric and positive definite, (size, size), row by row: by Cholesky. */
  function solve(A, b) {
    const size = b.length, L = new Float64Array(size * size), x = Float64Array.from(b);
    for (let r = 0; r < size; r += 1) {
      for (let c = 0; c <= r; c += 1) {
        let rest = A[r * size + c];
        for (let k = 0; k < c; k += 1) rest -= L[r * size + k] * L[c * size + k];
        L[r * size + c] = r === c ? Math.sqrt(rest) : rest / L[c * size + c];
      }
    }
    for (let r = 0; r < size; r += 1) {
      for (let k = 0; k < r; k += 1) x[r] -= L[r * size + k] * x[k];
      x[r] /= L[r * size + r];
    }
    for (let r = size - 1; r >= 0; r -= 1) {
      for (let k = r + 1; k < size; k += 1) x[r] -= L[k * size + r] * x[k];
      x[r] /= L[r * size + r];
    }
    return x;
  }

  /* The vector of somebody new: (Q'Q + alpha Q_L'Q_L + l2 I) p = (1 + alpha) sum over L of q, L the liked films. */
  function fold(m, liked) {
    const d = m.dim, A = Float64Array.from(m.gram), b = new Float64Array(d);
    for (let a = 0; a < d; a += 1) A[a * d + a] += m.l2;
    liked.forEach((film) => {
      const q = m.vectors.subarray(film * d, film * d + d);
      for (let r = 0; r < d; r += 1) {
        b[r] += (1 + m.alpha) * q[r];
        for (let c = 0; c < d; c += 1) A[r * d + c] += m.alpha * q[r] * q[c];
      }
    });
    return solve(A, b);
  }

  /* ALS: s_i = p . q_i. */
  function als(m, liked) {
    const p = fold(m, liked), scores = new Float64Array(m.n);
    for (let i = 0; i < m.n; i += 1) {
      for (let k = 0; k < m.dim; k += 1) scores[i] += p[k] * m.vectors[i * m.dim + k];
    }
    return scores;
  }

  /* The k films with the highest scores, without `rated`; of equal ones the first. */
  function top(scores, rated, k) {
    const films = Array.from(scores.keys()).filter((i) => rated.indexOf(i) < 0);
    return films.sort((a, b) => scores[b] - scores[a] || a - b).slice(0, k);
  }

  /* ratings: {film: stars}. Both lists, and what was liked. */
  function recommend(m, ratings, k) {
    const rated = Object.keys(ratings).map(Number).sort((a, b) => a - b);
    const liked = rated.filter((film) => ratings[film] >= LIKED);
    if (!liked.length) return {liked: liked, rated: rated, ease: [], als: []};
    return {
      liked: liked,
      rated: rated,
      ease: top(ease(m, liked), rated, k),
      als: top(als(m, liked), rated, k)
    };
  }

  window.RecTutorLive = window.RecTutorLive || {};
  window.RecTutorLive.recommend = {
    unpack: unpack, model: model, ease: ease, contributions: contributions, solve: solve, fold: fold, als: als,
    top: top, recommend: recommend
  };

  /* ------------------------------------------------------------------ the page */

  const figure = document.querySelector('figure[data-live="recommend"]');
  if (!figure) return;
  const home = document.currentScript ? document.currentScript.src : "";

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false) element.setAttribute(name, value);
    });
    children.forEach((child) => element.append(child));
    return element;
  }

  function start(still, data) {
    const m = model(data), films = data.films;
    const named = (i) => films[i][0] + " (" + films[i][1] + ")";
    const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f’']/g, "").toLowerCase();
    let ratings = {}, first = 0, asked = -1;

    const mine = make("div", {class: "live-recommend-films"});
    const mineTitle = make("p", {class: "live-recommend-head", hidden: true}, "Your ratings");
    const offer = make("div", {class: "live-recommend-films"});
    const find = make("input", {id: "live-recommend-find", type: "search", autocomplete: "off", placeholder: "part of a title"});
    const say = make("p", {class: "live-recommend-say", "aria-live": "polite"});
    const note = make("p", {class: "live-recommend-note"});
    const lists = make("div", {class: "live-recommend-lists"});

    function paint(row, film) {
      row.querySelectorAll("label").forEach((label, k) => {
        const on = k < (ratings[film] || 0);
        label.classList.toggle("on", on);
        label.querySelector(".star").textContent = on ? "★" : "☆";
      });
      row.querySelectorAll("input").forEach((input, k) => { input.checked = k + 1 === ratings[film]; });
      row.querySelector("button").hidden = !ratings[film];
    }

    function rowOf(film) {
      const row = make("fieldset", {"data-film": String(film)}, make("legend", {}, named(film)));
      for (let stars = 1; stars <= 5; stars += 1) {
        const input = make("input", {type: "radio", name: "live-recommend-" + film, value: String(stars)});
        input.addEventListener("change", () => {
          ratings[film] = stars;
          paint(row, film);
          answer();
        });
        const said = make("span", {class: "live-recommend-said"}, stars === 1 ? "1 star" : stars + " stars");
        row.append(make("label", {}, input, make("span", {class: "star", "aria-hidden": "true"}), said));
      }
      row.append(make("button", {
        type: "button", "aria-label": "Remove the rating of " + films[film][0],
        onclick: () => {
          const kept = row.parentElement === offer;
          delete ratings[film];
          paint(row, film);
          answer();
          if (kept) row.querySelector("input").focus();
          else {
            row.remove();
            mineTitle.hidden = !mine.children.length;
            find.focus();
          }
        }
      }, "×"));
      paint(row, film);
      return row;
    }

    function offered() {
      const wanted = plain(find.value.trim());
      const open = films.map((film, i) => i).filter((i) => !ratings[i] && plain(films[i][0]).indexOf(wanted) >= 0);
      first = first >= open.length ? 0 : first;
      mine.replaceChildren(...Object.keys(ratings).map((film) => rowOf(Number(film))));
      mineTitle.hidden = !mine.children.length;
      offer.replaceChildren(...open.slice(first, first + SHOWN).map(rowOf));
      if (!open.length) offer.append(make("p", {}, "None of the " + films.length + " films has that in its title."));
    }

    /* The one or two liked films that speak most for a film. */
    function reasons(liked, film) {
      const parts = contributions(m, liked, film);
      const best = liked.map((j, k) => k).filter((k) => parts[k] > 0).sort((a, b) => parts[b] - parts[a]);
      return best.slice(0, 2).map((k) => films[liked[k]][0]);
    }

    function because(titles) {
      if (!titles.length) return ["nothing that you liked speaks for it"];
      const [one, other] = titles.map((title) => make("em", {}, title));
      return other ? ["because you liked ", one, " and ", other] : ["because you liked ", one];
    }

    /* Below a film of EASE's list: the terms of its score. */
    function explain(liked, film) {
      asked = film;
      lists.querySelectorAll("table").forEach((table) => table.remove());
      const parts = contributions(m, liked, film), total = parts.reduce((sum, part) => sum + part, 0);
      const largest = Math.max(...parts.map(Math.abs), 1e-9);
      const body = make("tbody", {});
      liked.map((j, k) => k).sort((a, b) => parts[b] - parts[a]).forEach((k) => {
        const size = 50 * Math.abs(parts[k]) / largest, x = parts[k] < 0 ? 50 - size : 50;
        const cell = make("td", {"aria-hidden": "true"});
        cell.innerHTML = '<svg viewBox="0 0 100 10" width="80" height="12" preserveAspectRatio="none"><path d="M50 0V10"'
          + ' style="stroke: var(--soft)"></path><rect x="' + x + '" y="2" width="' + size + '" height="6" style="fill: var(--'
          + (parts[k] < 0 ? "orange" : "blue") + ')"></rect></svg>';
        body.append(make("tr", {}, make("th", {scope: "row"}, films[liked[k]][0]), cell, make("td", {}, signed(parts[k]))));
      });
      body.append(make("tr", {class: "sum"}, make("th", {scope: "row"}, "score, their sum"), make("td", {}), make("td", {}, signed(total))));
      lists.querySelectorAll("button").forEach((button) => {
        const own = Number(button.dataset.film) === film;
        button.setAttribute("aria-expanded", String(own));
        if (own) button.parentElement.append(make("table", {}, body));
      });
      return signed(total);
    }

    function signed(number) {
      return (number < 0 ? "−" : "") + Math.abs(number).toFixed(3);
    }

    function listOf(title, about, chosen, other, item) {
      const list = make("ol", {});
      chosen.forEach((film) => {
        const [name, ...rest] = item(film), tag = make("span", {class: "both"}, "both");
        list.append(make("li", {}, name, ...(other.indexOf(film) >= 0 ? [" ", tag] : []), ...rest));
      });
      return make("section", {}, make("p", {class: "live-recommend-head"}, title), make("p", {class: "about"}, about), list);
    }

    function press(liked, film) {
      const titles = reasons(liked, film);
      if (asked === film) {
        asked = -1;
        lists.querySelector("table").remove();
        lists.querySelector('[aria-expanded="true"]').setAttribute("aria-expanded", "false");
        say.textContent = films[film][0] + ": closed.";
      } else {
        say.textContent = films[film][0] + ": EASE's score is " + explain(liked, film) + "."
          + (titles.length ? " The largest part comes from " + titles[0] + "." : "");
      }
    }

    function answer() {
      const found = recommend(m, ratings, LENGTH), others = found.rated.length - found.liked.length;
      const both = found.ease.filter((film) => found.als.indexOf(film) >= 0).length;
      const count = found.rated.length + (found.rated.length === 1 ? " film" : " films") + " rated";
      note.textContent = !others ? "" : (others === 1 ? "One film has" : others + " films have")
        + " fewer than four stars. That keeps a film off the lists and does nothing else: both models read what you like, not what you dislike.";
      if (!found.liked.length) {
        say.textContent = count + ". Give a film four or five stars: both models begin with what you like.";
        lists.replaceChildren();
        return;
      }
      say.textContent = count + ", " + found.liked.length + " liked. " + both + " of " + LENGTH + " films are on both lists."
        + (found.rated.length < 5 ? " Rate more: each film that you like has a say." : "");
      lists.replaceChildren(
        listOf("EASE", "How much does each film that you like speak for another? Press a title for the sum.", found.ease, found.als, (film) => [
          make("button", {type: "button", "data-film": String(film), onclick: () => press(found.liked, film)}, named(film)),
          make("small", {}, ...because(reasons(found.liked, film)))
        ]),
        listOf("Matrix factorization (ALS)", "Which " + m.dim + " numbers describe you? They were computed from your likes just now. A film stands high if its own "
          + m.dim + " numbers fit yours.", found.als, found.ease, (film) => [make("span", {}, named(film))])
      );
      explain(found.liked, found.ease.indexOf(asked) >= 0 ? asked : found.ease[0]);
    }

    function rate(pairs) {
      ratings = {};
      pairs.forEach(([title, stars]) => { ratings[films.findIndex((film) => film[0] === title)] = stars; });
      first = 0;
      asked = -1;
      find.value = "";
      offered();
      answer();
    }

    find.addEventListener("input", () => {
      first = 0;
      offered();
    });
    still.replaceChildren(
      make("div", {class: "controls"},
        make("label", {for: "live-recommend-find"}, "Find a film"), find,
        make("button", {type: "button", onclick: () => { first += SHOWN; offered(); }}, "Other films"),
        make("button", {type: "button", onclick: () => rate(EXAMPLE)}, "Take the example"),
        make("button", {type: "button", onclick: () => rate([])}, "Reset")),
      mineTitle, mine, make("p", {class: "live-recommend-head"}, "Films to rate, of " + films.length), offer, say, note, lists
    );
    rate([]);
    find.focus({preventScroll: true});
  }

  const still = figure.querySelector(".live-recommend-still");
  const status = make("span", {"aria-live": "polite"});
  const button = make("button", {type: "button", onclick: () => {
    button.disabled = true;
    status.textContent = "Loading …";
    const script = make("script", {src: new URL("recommend_data.js", home).href});
    script.addEventListener("load", () => start(still, window.RecTutorLive.recommendData));
    script.addEventListener("error", () => {
      script.remove();
      button.disabled = false;
      status.textContent = "The numbers could not be loaded. Try again.";
    });
    document.head.append(script);
  }}, "Start");
  figure.querySelector(".live-recommend-paper").remove();
  still.prepend(make("div", {class: "controls"}, button, make("span", {}, "loads 0.3 MB"), status));
})();
