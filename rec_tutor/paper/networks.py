"""Questions on the chapters 00 (networks), 04 (convolution) and 05 (recurrence)."""

from __future__ import annotations

from math import exp, log, log10, tanh
from random import Random

from rec_tutor.paper.problem import (
    Problem,
    Table,
    commas,
    dot,
    n,
    neg,
    products,
    question,
)

HALVES = [-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2]
WHOLE = [-2, -1, 1, 2]


def sigmoid(z: float) -> float:
    """(0.1)"""
    return 1 / (1 + exp(-z))


def relu(z: float) -> float:
    """max(0, z)"""
    return max(0, z)


# ------------------------------------------------------------ 00: networks


@question("00.G2", 4)
def neuron(rng: Random) -> Problem | None:
    w, x = rng.sample(HALVES, 2), [rng.choice(WHOLE), rng.choice(WHOLE)]
    b, y = rng.choice([-1, -0.5, 0.5, 1]), rng.choice([0, 1])
    z = dot(w, x) + b
    if not 0.5 <= abs(z) <= 3:
        return None
    p = sigmoid(z)
    right, other = (p, 1 - p) if y else (1 - p, p)
    return Problem(
        "A neuron, forward",
        [
            f"A neuron has the weights {n(w)} and the bias {n(b)}. Its inputs are"
            f" {n(x)}, and the truth is *y* = {y}. Find *z* and *p* by (0.1), and the"
            " loss *L* (0.2)."
        ],
        {"w": w, "x": x, "b": b, "y": y},
        [
            f"*z* = {products(w, x)} + {neg(b)} = {n(z)}.",
            f"*p* = *σ*({n(z)}) = {n(p)}.",
            f"*y* = {y}, so *L* = −ln {n(right)} = {n(-log(right))}.",
        ],
        {"*z*": z, "*p*": p, "*L*": -log(right)},
        [
            ("*z*", z - b, "the bias is missing"),
            ("*p*", 1 - p, "*σ*(−*z*)"),
            ("*L*", -log(other), "the other term of (0.2)"),
            ("*L*", -log10(right), "the logarithm to the base 10"),
            ("*L*", (p - y) ** 2, "the squared error"),
        ],
    )


@question("00.G3", 5)
def neuron_step(rng: Random) -> Problem | None:
    w, x = rng.sample(HALVES, 2), rng.sample(WHOLE, 2)
    b, y, eta = rng.choice([-0.5, 0, 0.5]), rng.choice([0, 1]), rng.choice([0.1, 0.5])
    p = rng.randint(2, 8) / 10
    if p == 0.5:
        return None
    slopes = [(p - y) * one for one in x]
    new = tuple(a - eta * g for a, g in zip(w, slopes, strict=True))
    return Problem(
        "A neuron, backward",
        [
            f"A neuron with the weights *w* = {n(w)} and the bias *b* = {n(b)} says"
            f" *p* = {n(p)} for the inputs *x* = {n(x)}. True is *y* = {y}. Find the"
            " slopes of the loss by the two weights (0.3). Take a step (0.4) with *η* ="
            f" {n(eta)}: what are the new weights, and the new bias?"
        ],
        {"w": w, "b": b, "x": x, "p": p, "y": y, "eta": eta},
        [
            f"*p* − *y* = {n(p - y)}; times the inputs: {n(slopes)}.",
            f"*w*: {n(w)} − {n(eta)} · {n(slopes)} = {n(new)}.",
            f"*b*: the input is 1, so {n(b)} − {n(eta)} · {neg(p - y)} ="
            f" {n(b - eta * (p - y))}.",
        ],
        {"slopes": tuple(slopes), "*w*": new, "*b*": b - eta * (p - y)},
        [
            ("slopes", tuple(-g for g in slopes), "*y* − *p*: the sign is turned"),
            (
                "slopes",
                tuple((p - y) * p * (1 - p) * one for one in x),
                "the slope of *σ* comes twice: the cross-entropy cancels it",
            ),
            (
                "*w*",
                tuple(a + eta * g for a, g in zip(w, slopes, strict=True)),
                "uphill",
            ),
            (
                "*w*",
                tuple(a - g for a, g in zip(w, slopes, strict=True)),
                "*η* is missing",
            ),
            ("*b*", b, "the bias was not moved"),
        ],
    )


@question("00.G1", 6)
def hidden_layer(rng: Random) -> Problem | None:
    W = [[rng.choice(HALVES) for _ in range(2)] for _ in range(2)]
    x, b, v = rng.sample(WHOLE, 2), [0, rng.choice([-0.5, 0.5])], rng.sample(HALVES, 2)
    bias = rng.choice([-0.5, 0.5, 1])
    z = [dot(x, column) + c for column, c in zip(zip(*W, strict=True), b, strict=True)]
    turned = [dot(x, row) + c for row, c in zip(W, b, strict=True)]
    if not min(z) < 0 < max(z) or abs(max(z)) > 3:
        return None
    h = [relu(one) for one in z]
    s = dot(h, v) + bias
    return Problem(
        "A hidden layer, forward",
        [
            f"A network (0.5) has *W* with the rows {n(W[0])} and {n(W[1])}, *b* ="
            f" {n(b)}, *v* = {n(v)} and *b*_{{s}} = {n(bias)}. Find *z*, *h* and *s*"
            f" for the inputs *x* = {n(x)}."
        ],
        {"W": W, "b": b, "v": v, "bias": bias, "x": x},
        [
            f"*z*_{{{j + 1}}} = {products(x, [row[j] for row in W])} + {neg(b[j])} ="
            f" {n(z[j])}."
            for j in (0, 1)
        ]
        + [
            f"*h* = relu(*z*) = {n(h)}.",
            f"*s* = {products(h, v)} + {neg(bias)} = {n(s)}.",
        ],
        {"*z*": tuple(z), "*h*": tuple(h), "*s*": s},
        [
            ("*z*", tuple(turned), "rows and columns of *W* are swapped"),
            ("*h*", tuple(z), "no ReLU"),
            ("*s*", dot(z, v) + bias, "no ReLU"),
            ("*s*", dot(h, v), "the bias of the output is missing"),
        ],
    )


@question("00.G3", 7)
def back_propagation(rng: Random) -> Problem | None:
    x, z = rng.sample(WHOLE, 2), rng.sample(HALVES, 2)
    v, p, y = rng.sample(HALVES, 2), rng.randint(1, 9) / 10, rng.choice([0, 1])
    if not min(z) < 0 < max(z) or p == 0.5:
        return None
    h = [relu(one) for one in z]
    out = p - y
    hidden = [out * a * (one > 0) for a, one in zip(v, z, strict=True)]
    W = tuple(tuple(one * d for d in hidden) for one in x)
    names = "*δ*_{s}", "*δ*_{z}", "∂*L*/∂*v*", "∂*L*/∂*W*"
    return Problem(
        "Back-propagation",
        [
            f"A network (0.5) got *x* = {n(x)}. Its hidden sums are *z* = {n(z)}, *v* ="
            f" {n(v)}, and it says *p* = {n(p)}. True is *y* = {y}. Find all of (0.6)."
        ],
        {"x": x, "z": z, "v": v, "p": p, "y": y},
        [
            f"{names[0]} = {n(p)} − {y} = {n(out)}.",
            f"{names[1]} = {n(out)} · {n(v)}, and 0 where *z* < 0: {n(hidden)}.",
            f"*h* = {n(h)}, so {names[2]} = {n(out)} · {n(h)} ="
            f" {n([out * one for one in h])}.",
            f"{names[3]} has the rows {n(x[0])} · {n(hidden)} = {n(W[0])} and"
            f" {neg(x[1])} · {n(hidden)} = {n(W[1])}.",
        ],
        {
            names[0]: out,
            names[1]: tuple(hidden),
            names[2]: tuple(out * one for one in h),
            names[3]: W,
        },
        [
            (names[0], -out, "truth minus prediction"),
            (names[1], tuple(out * a for a in v), "the slope of the ReLU is missing"),
            (names[2], tuple(out * one for one in z), "*z* in place of *h*"),
            (
                names[3],
                tuple(zip(*W, strict=True)),
                "rows and columns are swapped",
            ),
        ],
    )


# --------------------------------------------------------- 04: convolution


@question("04.G1", 8)
def convolution(rng: Random) -> Problem | None:
    x = [[rng.choice([0, 0, 1, 1, 2]) for _ in range(4)] for _ in range(4)]
    w = rng.choice(
        [
            [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
            [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
            [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
            [[1, 0, 0], [0, 1, 0], [0, 0, -1]],
        ]
    )
    b = rng.choice([-1, 1, 2])

    def at(i: int, j: int, w: list[list[int]]) -> int:
        return b + sum(w[p][q] * x[i + p][j + q] for p in range(3) for q in range(3))

    y = tuple(tuple(at(i, j, w) for j in (0, 1)) for i in (0, 1))
    around = [row[::-1] for row in w[::-1]]
    turned = tuple(tuple(at(i, j, around) for j in (0, 1)) for i in (0, 1))
    if len({one for row in y for one in row}) < 3 or (turned == y and w[0] != w[2]):
        return None
    wrong = [
        ("*y*", tuple(tuple(v - b for v in row) for row in y), "the bias is missing"),
        ("*y*", tuple(zip(*y, strict=True)), "rows and columns are swapped"),
    ]
    if turned != y:
        wrong.append(("*y*", turned, "the filter was turned round first"))
    return Problem(
        "A filter over a picture",
        [
            f"A filter *w* has the rows {commas(w)}, and the bias {n(b)}."
            " What does (4.1) make of the picture *x*? The result *y* has two rows of"
            " two numbers.",
            Table(["*x*", *range(4)], [[i, *row] for i, row in enumerate(x)]),
        ],
        {"w": w, "b": b, "x": x},
        [
            f"*y*[{i}, {j}]: the window with the rows"
            f" {', '.join(n(x[i + p][j : j + 3]) for p in range(3))} gives"
            f" {n(y[i][j] - b)} + {neg(b)} = {n(y[i][j])}."
            for i in (0, 1)
            for j in (0, 1)
        ],
        {"*y*": y},
        wrong,
    )


@question("04.G1", 3)
def pooling(rng: Random) -> Problem | None:
    x = [rng.randint(-3, 9) for _ in range(8)]
    m, s = rng.choice([(2, 2), (3, 2), (4, 2), (2, 3)])
    starts = range(0, 8 - m + 1, s)
    p = tuple(max(x[at : at + m]) for at in starts)
    if len(set(x)) < 7 or len(set(p)) < 3:
        return None
    other = tuple(max(x[at : at + m]) for at in range(8 - m + 1))
    return Problem(
        "Pooling",
        [
            f"Pool the row {n(x)} by (4.2), with windows of *m* = {m} numbers and steps"
            f" of *s* = {s}."
        ],
        {"x": x, "m": m, "s": s},
        [
            f"Window from {at}: the largest of {n(x[at : at + m])} is {n(value)}."
            for at, value in zip(starts, p, strict=True)
        ],
        {"*p*": p},
        [
            ("*p*", other, "steps of 1"),
            ("*p*", tuple(sum(x[a : a + m]) / m for a in starts), "the means"),
            ("*p*", tuple(x[a] for a in starts), "the first of each window"),
        ],
    )


@question("04.G4", 7)
def horizontal_filter(rng: Random) -> Problem | None:
    E = [[rng.randint(-2, 2) for _ in range(2)] for _ in range(5)]
    F = [[rng.choice([-1, 1, 2]) for _ in range(2)] for _ in range(2)]
    b = rng.choice([-1, 1])
    sums = [b + dot(F[0], E[k]) + dot(F[1], E[k + 1]) for k in range(4)]
    turned = [b + dot(F[1], E[k]) + dot(F[0], E[k + 1]) for k in range(4)]
    o = relu(max(sums))
    if min(sums) >= 0 or o <= 0 or sums.count(o) > 1:
        return None
    return Problem(
        "A filter over five films",
        [
            "The last five films have the rows"
            f" *E*_{{1}} … *E*_{{5}} = {commas(E)}. A horizontal filter has"
            f" the rows *F*_{{0}} = {n(F[0])} and *F*_{{1}} = {n(F[1])}, and the bias"
            f" {n(b)}. Write down what it finds at its four places, before the relu."
            " Then find *o* by (4.3)."
        ],
        {"E": E, "F": F, "b": b},
        [
            f"Place {k + 1}: {products(F[0] + F[1], E[k] + E[k + 1])} + {neg(b)} ="
            f" {n(sums[k])}."
            for k in range(4)
        ]
        + [f"After the relu {n([relu(one) for one in sums])}; *o* = {n(o)}."],
        {"places": tuple(sums), "*o*": o},
        [
            ("places", tuple(turned), "the filter's rows are swapped"),
            ("places", tuple(one - b for one in sums), "the bias is missing"),
            ("*o*", sum(map(relu, sums)), "the sum, not the maximum"),
            ("*o*", sum(map(relu, sums)) / 4, "the mean, not the maximum"),
            ("*o*", relu(sums[-1]), "the last place only"),
        ],
    )


@question("04.G4", 4)
def vertical_filter(rng: Random) -> Problem | None:
    E = [[rng.randint(-2, 3) for _ in range(2)] for _ in range(4)]
    v = rng.sample([-1, -0.5, 0.5, 1, 2], 4)
    o = tuple(dot(v, column) for column in zip(*E, strict=True))
    back = tuple(dot(v[::-1], column) for column in zip(*E, strict=True))
    return Problem(
        "A vertical filter",
        [
            f"Four films have the rows *E*_{{1}} … *E*_{{4}} = {commas(E)}."
            f" A vertical filter has the weights *v* = {n(v)}. Find *õ* by (4.3)."
        ],
        {"E": E, "v": v},
        [
            f"Number {d + 1}: {products(v, [row[d] for row in E])} = {n(o[d])}."
            for d in (0, 1)
        ],
        {"*õ*": o},
        [
            ("*õ*", back, "the weights begin at the last film"),
            ("*õ*", tuple(map(sum, zip(*E, strict=True))), "the weights are missing"),
            ("*õ*", sum(o), "one number: a vertical filter gives *d* of them"),
        ],
    )


# ---------------------------------------------------------- 05: recurrence


@question("05.G1", 3)
def mood(rng: Random) -> Problem | None:
    x = [rng.choice([-1, 1]) for _ in range(4)]
    keep = rng.choice([0.5, 0.6, 0.75, 0.8, 0.9])
    if len(set(x)) < 2:
        return None

    def read(x: list[int]) -> list[float]:
        h = [0.0]
        for one in x:
            h.append(keep * h[-1] + (1 - keep) * one)
        return h

    h, back = read(x), read(x[::-1])
    return Problem(
        "A memory made of one number",
        [
            f"Take (5.1) with {n(keep)} in place of 0.8, and {n(1 - keep)} in place of"
            f" 0.2: *h*_{{t}} = {n(keep)} *h*_{{t−1}} + {n(1 - keep)} *x*_{{t}},"
            f" *h*_{{0}} = 0. The inputs are {n(x)}. Find *h*_{{1}} … *h*_{{4}}."
        ],
        {"x": x, "keep": keep},
        [
            f"*h*_{{{t}}} = {n(keep)} · {neg(h[t - 1])} + {n(1 - keep)} ·"
            f" {neg(x[t - 1])} = {n(h[t])}."
            for t in range(1, 5)
        ],
        {"*h*": tuple(h[1:])},
        [
            ("*h*", tuple(back[1:]), "read from the end"),
            ("*h*", tuple((1 - keep) * one for one in x), "the old state is missing"),
            (
                "*h*",
                tuple(keep * b + a for a, b in zip(x, h, strict=False)),
                f"the factor {n(1 - keep)} is missing",
            ),
        ],
    )


@question("05.G1", 6)
def rnn_step(rng: Random) -> Problem | None:
    W, U = (
        [[rng.choice([-1, 0, 1, 2]) for _ in range(2)] for _ in range(2)]
        for _ in range(2)
    )
    x, h = [rng.choice([-1, 1]), rng.choice([0, 1])], rng.sample([-0.5, 0, 0.5], 2)
    b = [rng.choice([-0.5, 0, 0.5]) for _ in range(2)]
    a = [dot(W[i], x) + dot(U[i], h) + b[i] for i in (0, 1)]
    if not all(0.5 <= abs(one) <= 2.5 for one in a) or a[0] == a[1]:
        return None
    new = tuple(map(tanh, a))
    turned = [
        dot([row[i] for row in W], x) + dot([row[i] for row in U], h) + b[i]
        for i in (0, 1)
    ]
    name = "*h*_{t}"
    return Problem(
        "One step of an RNN",
        [
            f"(5.2) has *W* with the rows {n(W[0])} and {n(W[1])}, *U* with the rows"
            f" {n(U[0])} and {n(U[1])}, and *b* = {n(b)}. The input is *x*_{{t}} ="
            f" {n(x)}, the old state *h*_{{t−1}} = {n(h)}. Find *a*_{{t}}, what goes"
            f" into the tanh, and {name}."
        ],
        {"W": W, "U": U, "b": b, "x": x, "h": h},
        [
            f"Number {i + 1}: {products(W[i], x)} + {products(U[i], h)} + {neg(b[i])} ="
            f" {n(a[i])}."
            for i in (0, 1)
        ]
        + [f"{name} = tanh {n(a)} = {n(new)}."],
        {"*a*_{t}": tuple(a), name: new},
        [
            ("*a*_{t}", tuple(turned), "rows and columns are swapped"),
            (
                "*a*_{t}",
                tuple(dot(W[i], x) + b[i] for i in (0, 1)),
                "the old state is missing",
            ),
            (name, tuple(a), "no tanh"),
            (name, tuple(map(sigmoid, a)), "*σ* in place of tanh"),
        ],
    )


@question("05.G2", 7)
def back_through_time(rng: Random) -> Problem | None:
    h = [rng.choice([-0.8, -0.5, -0.2, 0.2, 0.5, 0.8]) for _ in range(3)]
    u = rng.choice([-0.5, 0.5, 2])
    d3 = (h[2] - 1) * (1 - h[2] ** 2)
    d2 = u * d3 * (1 - h[1] ** 2)
    d1 = u * d2 * (1 - h[0] ** 2)
    if abs(d1) < 0.02:
        return None
    slope = d3 * h[1] + d2 * h[0]
    names = "*δ*_{3}", "*δ*_{2}", "*δ*_{1}", "∂*L*/∂*U*"
    return Problem(
        "Back through time",
        [
            "An RNN (5.2) of one number has the states *h*_{1}, *h*_{2}, *h*_{3} ="
            f" {n(h)}; *h*_{{0}} = 0 and *U* = {n(u)}. The loss is *L* = ½"
            " (*h*_{3} − 1)². Find *δ*_{3}, *δ*_{2} and *δ*_{1} by (5.3), and the slope"
            " of the loss by *U* (5.4)."
        ],
        {"h": h, "u": u},
        [
            f"{names[0]} = ({n(h[2])} − 1) · (1 − {neg(h[2])}²) = {n(d3)}.",
            f"{names[1]} = {n(u)} · {neg(d3)} · (1 − {neg(h[1])}²) = {n(d2)}.",
            f"{names[2]} = {n(u)} · {neg(d2)} · (1 − {neg(h[0])}²) = {n(d1)}.",
            f"{names[3]} = *δ*_{{3}} *h*_{{2}} + *δ*_{{2}} *h*_{{1}} + *δ*_{{1}} · 0 ="
            f" {products([d3, d2], [h[1], h[0]])} = {n(slope)}.",
        ],
        {names[0]: d3, names[1]: d2, names[2]: d1, names[3]: slope},
        [
            (names[0], h[2] - 1, "the slope of tanh is missing"),
            (names[1], d3 * (1 - h[1] ** 2), "*U* is missing"),
            (names[3], d3 * h[1], "the last step only"),
            (
                names[3],
                d3 * h[2] + d2 * h[1] + d1 * h[0],
                "the new states in place of the old",
            ),
        ],
    )


@question("05.G3", 6)
def gru_step(rng: Random) -> Problem | None:
    h, c = rng.choice([-0.5, 0.5]), rng.choice([-2, 2])
    into = {"r": rng.choice(HALVES), "z": rng.choice(HALVES), "x": rng.choice(WHOLE)}
    r, z = sigmoid(into["r"]), sigmoid(into["z"])
    if into["r"] == into["z"]:
        return None
    new = tanh(into["x"] + r * c * h)
    out = z * h + (1 - z) * new
    names = "*r*_{t}", "*z*_{t}", "*h̃*_{t}", "*h*_{t}"
    return Problem(
        "One step of a GRU",
        [
            "All is one number. Into the *σ* of the reset gate goes"
            f" {n(into['r'])}, into that of the update gate {n(into['z'])}. Also"
            f" *W*_{{new}} *x*_{{t}} + *b*_{{new}} = {n(into['x'])}, *U*_{{new}} ="
            f" {n(c)}, and the old state is *h*_{{t−1}} = {n(h)}. Find all of (5.6)."
        ],
        {"into": tuple(into.values()), "U": c, "h": h},
        [
            f"{names[0]} = *σ*({n(into['r'])}) = {n(r)}; {names[1]} ="
            f" *σ*({n(into['z'])}) = {n(z)}.",
            f"{names[2]} = tanh({n(into['x'])} + {n(r)} · {neg(c * h)}) ="
            f" tanh({n(into['x'] + r * c * h)}) = {n(new)}.",
            f"{names[3]} = {n(z)} · {neg(h)} + {n(1 - z)} · {neg(new)} = {n(out)}.",
        ],
        {names[0]: r, names[1]: z, names[2]: new, names[3]: out},
        [
            (names[2], tanh(into["x"] + c * h), "the reset gate is missing"),
            (names[2], tanh(r * (into["x"] + c * h)), "the gate damps the input, too"),
            (names[3], (1 - z) * h + z * new, "*z* and 1 − *z* are swapped"),
            (names[3], z * h + new, "1 − *z* is missing"),
        ],
    )


@question("05.G3", 6)
def lstm_step(rng: Random) -> Problem | None:
    into = [rng.choice(HALVES) for _ in range(3)]
    what, c = rng.choice([-1, -0.5, 0.5, 1]), rng.choice([-1, -0.5, 0.5, 1])
    f, i, o = map(sigmoid, into)
    cell = f * c + i * tanh(what)
    out = o * tanh(cell)
    if len(set(into)) < 3:
        return None
    names = "*c*_{t}", "*h*_{t}"
    return Problem(
        "One step of an LSTM",
        [
            "All is one number. Into the *σ* of the forget, input and output gate go"
            f" {n(into)}, into the tanh of the candidate {n(what)}. The old memory is"
            f" *c*_{{t−1}} = {n(c)}. Find the new memory and the new state by (5.5)."
        ],
        {"into": into, "what": what, "c": c},
        [
            f"Gates {n([f, i, o])}, candidate {n(tanh(what))}.",
            f"{names[0]} = {n(f)} · {neg(c)} + {n(i)} · {neg(tanh(what))} = {n(cell)}.",
            f"{names[1]} = {n(o)} · tanh({n(cell)}) = {n(out)}.",
        ],
        {names[0]: cell, names[1]: out},
        [
            (names[0], c + i * tanh(what), "the forget gate is missing"),
            (names[0], f * c + (1 - f) * tanh(what), "1 − *f*, as in a GRU"),
            (names[1], o * cell, "the tanh of the memory is missing"),
            (names[1], tanh(cell), "the output gate is missing"),
        ],
    )
