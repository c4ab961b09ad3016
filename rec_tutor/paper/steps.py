"""Questions on the chapters 09 (attention), 10 (graphs) and 11 (decisions)."""

from __future__ import annotations

from math import exp, sqrt
from random import Random

from rec_tutor.paper.networks import relu, sigmoid
from rec_tutor.paper.problem import (
    Problem,
    Table,
    commas,
    dot,
    n,
    neg,
    question,
)
from rec_tutor.paper.vectors import softmax

# ----------------------------------------------------------- 09: attention


@question("09.G1", 6)
def attention(rng: Random) -> Problem | None:
    q = rng.choice([(1, 0), (0, 1), (1, 1), (1, -1), (2, 1)])
    keys, values = ([[rng.randint(0, 2) for _ in "12"] for _ in "123"] for _ in "12")
    scores = [dot(q, key) for key in keys]
    if len(set(scores)) < 3 or max(map(abs, scores)) > 3:
        return None
    w, e = softmax(scores), [exp(one) for one in scores]
    out = tuple(dot(w, column) for column in zip(*values, strict=True))
    even = tuple(sum(column) / 3 for column in zip(*values, strict=True))
    by_keys = tuple(dot(w, column) for column in zip(*keys, strict=True))
    name = "*w*"
    return Problem(
        "Three keys and a query",
        [
            f"The query is *q* = {n(q)}. Find the three weights and the output (9.1).",
            Table(
                ["film", "key *k*_{s}", "value *v*_{s}"],
                [[k + 1, n(keys[k]), n(values[k])] for k in range(3)],
            ),
        ],
        {"q": q, "keys": keys, "values": values},
        [
            f"Scores {n(scores)}; exponentials {n(e)}, their sum {n(sum(e))}.",
            f"{name} = {n(w)}.",
            "Output = "
            + " + ".join(f"{n(a)} · {n(v)}" for a, v in zip(w, values, strict=True))
            + f" = {n(out)}.",
        ],
        {name: w, "output": out},
        [
            (
                name,
                tuple(one / (sum(scores) or 1) for one in scores),
                "scores divided by their sum: no exponentials",
            ),
            ("output", even, "all films speak equally: a mean"),
            ("output", by_keys, "the keys are added up, not the values"),
            (
                "output",
                tuple(dot(scores, column) for column in zip(*values, strict=True)),
                "no softmax",
            ),
        ],
    )


@question("09.G2", 6)
def causal_mask(rng: Random) -> Problem | None:
    d = rng.choice([4, 9])
    root = round(sqrt(d))
    scores = [[root * rng.randint(-1, 2) for _ in range(3)] for _ in range(3)]
    scaled = [[one // root for one in row] for row in scores]
    if len(set(scaled[1][:2])) < 2 or len(set(scaled[2])) < 3:
        return None
    rows = {t: softmax(scaled[t - 1][:t]) + (0,) * (3 - t) for t in (1, 2, 3)}
    names = {t: f"row {t} of *A*" for t in (1, 2, 3)}
    zeroed = softmax([*scaled[1][:2], 0])
    return Problem(
        "Who may look at whom",
        [
            f"*Q* *K*^{{⊤}} has the rows {commas(scores)}, and *d* = {d}."
            " Find the three rows of *A* (9.2), with the causal mask (9.3)."
        ],
        {"scores": scores, "d": d},
        [
            f"Divided by √{d} = {root}: {commas(scaled)}.",
            f"{names[1]}: place 1 sees itself only, {n(rows[1])}.",
            f"{names[2]}: softmax of {n(scaled[1][:2])}, {n(rows[2])}.",
            f"{names[3]}: softmax of {n(scaled[2])}, {n(rows[3])}.",
        ],
        {names[t]: rows[t] for t in (1, 2, 3)},
        [
            (names[1], softmax(scaled[0]), "no mask"),
            (names[2], softmax(scaled[1]), "no mask"),
            (names[2], zeroed, "the score was set to 0: that is no mask"),
            (
                names[2],
                (*softmax(scaled[1])[:2], 0),
                "masked after the softmax: the row does not add up to 1",
            ),
            (names[3], softmax(scores[2]), "the root is missing"),
        ],
    )


@question("09.G3", 5)
def block(rng: Random) -> Problem | None:
    x = rng.sample([-1, 0.5, 1, 2], 2)
    W, V = ([[rng.choice([-1, 0, 1, 2]) for _ in "12"] for _ in "12"] for _ in "12")
    z = [dot(row, x) for row in W]
    h = [relu(one) for one in z]
    more = [dot(row, h) for row in V]
    out = tuple(a + b for a, b in zip(x, more, strict=True))
    if not min(z) < 0 < max(z) or 0 in more:
        return None
    name = "new *x*_{t}"
    return Problem(
        "The second line of a block",
        [
            f"After attention a place has *x*_{{t}} = {n(x)}. *W*_{{1}} has the rows"
            f" {n(W[0])} and {n(W[1])}, *W*_{{2}} the rows {n(V[0])} and {n(V[1])}."
            " Find relu(*W*_{1} *x*_{t}) and *x*_{t} after the second line of (9.4)."
        ],
        {"x": x, "W1": W, "W2": V},
        [
            f"*W*_{{1}} *x*_{{t}} = {n(z)}; after the relu {n(h)}.",
            f"*W*_{{2}} times that is {n(more)}.",
            f"Added to what was there: {n(x)} + {n(more)} = {n(out)}.",
        ],
        {"relu": tuple(h), name: out},
        [
            ("relu", tuple(z), "no ReLU"),
            (name, tuple(more), "the residual is missing"),
            (
                name,
                tuple(a + dot(row, z) for a, row in zip(x, V, strict=True)),
                "no ReLU",
            ),
            (name, tuple(map(relu, out)), "the ReLU comes last"),
        ],
    )


# -------------------------------------------------------------- 10: graphs


def _graph(rng: Random, people: int, films: int) -> list[tuple[int, int]] | None:
    """Edges of people and films; None if somebody has none."""
    every = [(u, i) for u in range(people) for i in range(films)]
    edges = sorted(rng.sample(every, people + films - 1))
    both = {u for u, _ in edges}, {i for _, i in edges}
    return edges if list(map(len, both)) == [people, films] else None


def _spoken(edges: list[tuple[int, int]]) -> str:
    return ", ".join(f"*u*{u + 1}–*i*{i + 1}" for u, i in edges)


@question("10.G2", 5)
def two_passes(rng: Random) -> Problem | None:
    edges = _graph(rng, 3, 3)
    if edges is None:
        return None
    start = rng.randrange(3)
    films = tuple(sum((start, i) in edges for _ in "1") for i in range(3))
    people = tuple(sum(films[i] for u, i in edges if u == v) for v in range(3))
    if people.count(0) > 1 or len(set(people)) < 2:
        return None
    once = tuple(int(one > 0) for one in people)
    others = tuple(0 if v == start else one for v, one in enumerate(people))
    names = "films after one pass", "people after two"
    return Problem(
        "Two passes",
        [
            "People *u*1 to *u*3 and films *i*1 to *i*3 are joined by"
            f" {_spoken(edges)}. Person *u*{start + 1} holds the number 1, all others"
            " 0. What do the films hold after one pass *h*′ = *A* *h*? What do the"
            " people hold after a second one?"
        ],
        {"edges": [(u + 1, i + 1) for u, i in edges], "start": start + 1},
        [
            f"Films: 1 for those of *u*{start + 1}: {n(films)}.",
            f"People: each adds up her films: {n(people)}.",
        ],
        {names[0]: films, names[1]: people},
        [
            (names[1], once, "who is reached, not how often"),
            (names[1], others, "messages do not come back"),
            (
                names[1],
                tuple(one + (v == start) for v, one in enumerate(people)),
                "the old number is kept",
            ),
        ],
    )


@question("10.G2", 6)
def scaled_pass(rng: Random) -> Problem | None:
    X = [[1, 1], [1, 0]] if rng.random() < 0.5 else [[1, 1], [0, 1]]
    rng.shuffle(X)
    h = [rng.choice([-1, 1, 2, 3]) for _ in range(4)]  # u1, u2, i1, i2
    edges = [(u, i) for u in (0, 1) for i in (0, 1) if X[u][i]]
    A = [[0.0] * 4 for _ in range(4)]
    for u, i in edges:
        A[u][2 + i] = A[2 + i][u] = 1
    degree = [sum(row) for row in A]
    plain = tuple(dot(row, h) for row in A)
    new = tuple(
        sum(h[b] / sqrt(degree[a] * degree[b]) for b in range(4) if A[a][b])
        for a in range(4)
    )
    mean = tuple(one / d for one, d in zip(plain, degree, strict=True))
    names, labels = "edge weights", ["*u*1", "*u*2", "*i*1", "*i*2"]
    weight = tuple(1 / sqrt(degree[u] * degree[2 + i]) for u, i in edges)
    return Problem(
        "A pass with scaled edges",
        [
            f"Four nodes are joined by {_spoken(edges)}, and hold these numbers. Find"
            " the weight of each edge, and what the nodes hold after one pass (10.2).",
            Table(["", *labels], [["*h*", *h]]),
        ],
        {"edges": [(u + 1, i + 1) for u, i in edges], "h": h},
        [
            "Degrees: "
            + ", ".join(f"{a}: {n(d)}" for a, d in zip(labels, degree, strict=True))
            + ".",
            *(
                f"{labels[u]}–{labels[2 + i]}: 1 / √({n(degree[u])} ·"
                f" {n(degree[2 + i])}) = {n(value)}."
                for (u, i), value in zip(edges, weight, strict=True)
            ),
            *(
                f"{labels[a]}: "
                + " + ".join(
                    f"{neg(h[b])} · {n(1 / sqrt(degree[a] * degree[b]))}"
                    for b in range(4)
                    if A[a][b]
                )
                + f" = {n(new[a])}."
                for a in range(4)
            ),
        ],
        {names: weight, "*h*′": new},
        [
            (names, (1,) * len(edges), "plain sums, as in (10.1)"),
            (names, tuple(w * w for w in weight), "the root is missing"),
            ("*h*′", plain, "plain sums, as in (10.1)"),
            ("*h*′", mean, "divided by the own degree only: means"),
        ],
    )


@question("10.G3", 5)
def mean_of_layers(rng: Random) -> Problem | None:
    weights = [[0, 0.5, 0.5], [0.5, 0, 0], [0.5, 0, 0]]
    E = [rng.choice([-4, -2, 2, 4, 6, 8]) for _ in range(3)]
    one = [dot(row, E) for row in weights]
    two = [dot(row, one) for row in weights]
    Z = tuple((a + b + c) / 3 for a, b, c in zip(E, one, two, strict=True))
    names = "*E*^{(1)}", "*E*^{(2)}", "*Z*"
    if E[1] + E[2] == 0:
        return None
    return Problem(
        "The mean of all layers",
        [
            f"Three nodes have one number each, *E*^{{(0)}} = {n(E)}. *Ã* has the rows"
            f" {commas(weights)}. Find *E*^{{(1)}}, *E*^{{(2)}} and, with"
            " *K* = 2, *Z* (10.3)."
        ],
        {"E": E, "weights": weights},
        [
            f"{names[0]} = *Ã* {n(E)} = {n(one)}.",
            f"{names[1]} = *Ã* {n(one)} = {n(two)}.",
            f"*Z* = ({n(E)} + {n(one)} + {n(two)}) / 3 = {n(Z)}.",
        ],
        {names[0]: tuple(one), names[1]: tuple(two), names[2]: Z},
        [
            (names[2], tuple(two), "the last layer only"),
            (names[2], tuple(3 * value / 2 for value in Z), "divided by *K*"),
            (
                names[2],
                tuple((a + b) / 2 for a, b in zip(one, two, strict=True)),
                "the layer 0 is missing",
            ),
            (names[2], tuple(3 * value for value in Z), "the sum"),
        ],
    )


# ----------------------------------------------------------- 11: decisions


@question("11.G1", 4)
def returns(rng: Random) -> Problem | None:
    gamma = rng.choice([0.5, 0.8])
    rewards = [[rng.randint(0, 5) for _ in range(4)] for _ in range(2)]
    G = [sum(r * gamma**t for t, r in enumerate(row)) for row in rewards]
    plain = list(map(sum, rewards))
    if abs(G[0] - G[1]) < 0.1 or (G[0] > G[1]) == (plain[0] > plain[1]):
        return None
    names = "*G* of A", "*G* of B"
    better = "A" if G[0] > G[1] else "B"
    return Problem(
        "Two evenings",
        [
            f"Evening A brings the rewards {n(rewards[0])}, evening B"
            f" {n(rewards[1])}. Find both returns (11.1) from the first step on, with"
            f" *γ* = {n(gamma)}. Which evening is better?"
        ],
        {"rewards": rewards, "gamma": gamma},
        [
            f"{name} = "
            + " + ".join(
                f"{n(gamma**t)} · {r}" if t else str(r) for t, r in enumerate(row)
            )
            + f" = {n(value)}."
            for name, row, value in zip(names, rewards, G, strict=True)
        ],
        {names[0]: G[0], names[1]: G[1], "better": better},
        [
            (names[0], plain[0], "no discount"),
            (names[0], gamma * G[0], "the first reward is discounted, too"),
            (
                names[0],
                rewards[0][0] + gamma * sum(rewards[0][1:]),
                "*γ* in place of its powers",
            ),
            ("better", "B" if better == "A" else "A", "no discount"),
        ],
    )


@question("11.G2", 5)
def q_step(rng: Random) -> Problem | None:
    following = rng.sample([-1, 1, 2, 3, 4, 5, 6], 3)
    old, r = rng.choice([0, 1, 2, 3, 4]), rng.choice([-1, 1, 2, 4])
    gamma, alpha = rng.choice([0.5, 0.8, 0.9]), rng.choice([0.1, 0.5])
    y = r + gamma * max(following)
    new, name = old + alpha * (y - old), "new *Q*(*s*, *a*)"
    return Problem(
        "One step of Q-learning",
        [
            f"*Q*(*s*, *a*) = {old}. The action brings the reward *r* = {n(r)}, and"
            f" leads to *s*′, where the three actions have the values {n(following)}."
            f" Find the target *y* and the new value (11.3), with *γ* = {n(gamma)} and"
            f" *α* = {n(alpha)}."
        ],
        {
            "old": old,
            "r": r,
            "following": following,
            "gamma": gamma,
            "alpha": alpha,
        },
        [
            f"*y* = {n(r)} + {n(gamma)} · {max(following)} = {n(y)}.",
            f"{name} = {old} + {n(alpha)} · ({n(y)} − {old}) = {n(new)}.",
        ],
        {"*y*": y, name: new},
        [
            ("*y*", r + max(following), "no discount"),
            ("*y*", r + gamma * sum(following) / 3, "the mean, not the maximum"),
            ("*y*", r + gamma * following[0], "the first action, not the best"),
            (name, y, "the target itself: *α* is missing"),
            (name, old + alpha * y, "the old value is not taken off"),
        ],
    )


@question("11.G2", 3)
def exploration(rng: Random) -> Problem | None:
    size = rng.choice([2, 4, 5])
    Q = rng.sample([one / 2 for one in range(-2, 10)], size)
    epsilon = rng.choice([0.1, 0.2, 0.3, 0.4])
    best = Q.index(max(Q))
    p = tuple(epsilon / size + (1 - epsilon) * (a == best) for a in range(size))
    left = tuple(
        1 - epsilon if a == best else epsilon / (size - 1) for a in range(size)
    )
    flat = tuple(1 - epsilon if a == best else epsilon for a in range(size))
    name, wrong = "probabilities", []
    wrong.append((name, left, "one at random *other than the best*"))
    if size > 2:
        wrong.append((name, flat, "they do not add up to 1"))
    wrong.append((name, softmax(Q), "a softmax: (11.3) only asks for the largest"))
    return Problem(
        "Mostly the best so far",
        [
            f"In a state the {size} actions have the values {n(Q)}. With probability"
            f" *ε* = {n(epsilon)} an action is drawn at random from *all* of them, else"
            " the best so far is taken. With which probability is each action taken?"
        ],
        {"Q": Q, "epsilon": epsilon},
        [
            f"Each gets {n(epsilon)} / {size} = {n(epsilon / size)} from the lot.",
            f"Action {best + 1}, the best, gets {n(1 - epsilon)} more: {n(p)}.",
        ],
        {name: p},
        wrong,
    )


@question("11.G3", 5)
def target_of_dqn(rng: Random) -> Problem | None:
    Q = sorted(rng.sample([one / 2 for one in range(1, 12)], 3), reverse=True)
    r, gamma = rng.choice([1, 2]), rng.choice([0.5, 0.8, 0.9])
    names = "*y*, she stays", "*y*, she left", "*y*, film 1 not allowed"
    y = r + gamma * Q[0], r, r + gamma * Q[1]
    return Problem(
        "The target of DQN",
        [
            f"*γ* = {n(gamma)}, and a step brings the reward *r* = {r}. In *o*′ the"
            f" older copy gives three films the values {n(Q)}. What is the target *y*"
            " (11.5) if she stays; if she left; if she stays, and film 1 is no longer"
            " allowed?"
        ],
        {"Q": Q, "r": r, "gamma": gamma},
        [
            f"She stays, *d* = 0: {r} + {n(gamma)} · {n(Q[0])} = {n(y[0])}.",
            f"She left, *d* = 1: nothing comes after, {r}.",
            f"Without film 1: {r} + {n(gamma)} · {n(Q[1])} = {n(y[2])}.",
        ],
        dict(zip(names, y, strict=True)),
        [
            (names[0], r + Q[0], "no discount"),
            (names[1], y[0], "*d* is missing"),
            (names[1], 0, "the reward is lost as well"),
            (names[2], y[0], "the maximum over all films"),
        ],
    )


@question("11.G3", 4)
def click(rng: Random) -> Problem | None:
    v = rng.choice([-0.5, 0, 0.5, 1.5, 2, 2.5, 3, 3.5])
    x = rng.choice([0.5, 1, 1.5, 2, 2.5])
    if abs(v - x - 1) > 3 or v - x == 1:
        return None
    fresh, tired = sigmoid(v - 1), sigmoid(v - x - 1)
    names = "*P*, fresh", "*P*, tired"
    return Problem(
        "A click, and the next one",
        [
            f"A film has the appeal *v*_{{ui}} = {n(v)}, and *v*_{{0}} = 1. With which"
            " probability does somebody fresh click it, by (11.4)? And if it meets the"
            f" tiredness *x*_{{i}} = {n(x)}?"
        ],
        {"v": v, "x": x},
        [
            f"Fresh: 1 / (1 + *e*^{{1 − {neg(v)}}}) = *σ*({n(v - 1)}) = {n(fresh)}.",
            f"Tired: *σ*({n(v)} − {n(x)} − 1) = *σ*({n(v - x - 1)}) = {n(tired)}.",
        ],
        {names[0]: fresh, names[1]: tired},
        [
            (names[0], sigmoid(v), "clicking nothing is missing"),
            (names[0], 1 - fresh, "the probability of no click"),
            (names[1], sigmoid(v + x - 1), "tiredness added to the appeal"),
        ],
    )
