"""Questions on the chapters 06 (text), 07 (matrix factorization) and 08 (networks for
pairs).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, log10, sqrt
from random import Random

from rec_tutor.paper.networks import WHOLE, relu, sigmoid
from rec_tutor.paper.problem import (
    Problem,
    Table,
    added,
    commas,
    dot,
    n,
    neg,
    products,
    question,
)


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """(7.4)"""
    e = [exp(one) for one in scores]
    return tuple(one / sum(e) for one in e)


# ---------------------------------------------------------------- 06: text


@question("06.G1", 4)
def tf_idf(rng: Random) -> Problem | None:
    texts = rng.choice([7, 9, 11, 15, 19])
    words = rng.sample(["king", "lion", "rock", "space", "alien", "love"], 2)
    count, having = [rng.choice([1, 2, 3]), 1], rng.sample([1, 2, 3, 4, 5], 2)
    count.sort(key=lambda _: rng.random())
    idf = [log((1 + texts) / (1 + one)) + 1 for one in having]
    weight = [c * one for c, one in zip(count, idf, strict=True)]
    one, two = words
    return Problem(
        "Rare words weigh more",
        [
            f"A text is one of {texts}. What do the words *{one}* and *{two}* weigh in"
            " it, by (6.1)?",
            Table(
                ["word", "in this text", "texts with the word"],
                [[words[k], count[k], having[k]] for k in (0, 1)],
            ),
        ],
        {"texts": texts, "count": count, "having": having},
        [
            f"*{words[k]}*: {count[k]} · (ln ({1 + texts} / {1 + having[k]}) + 1) ="
            f" {count[k]} · {n(idf[k])} = {n(weight[k])}."
            for k in (0, 1)
        ],
        dict(zip(words, weight, strict=True)),
        [
            (one, weight[0] - count[0], "the 1 behind the logarithm is missing"),
            (
                one,
                count[0] * (log10((1 + texts) / (1 + having[0])) + 1),
                "the logarithm to the base 10",
            ),
            (
                two,
                count[1] * (log(texts / having[1]) + 1),
                "the ones in the fraction are missing",
            ),
        ],
    )


@question("06.G2", 5)
def skip_gram(rng: Random) -> Problem | None:
    v, o, d = ([rng.choice([-1, -0.5, 0.5, 1]) for _ in range(2)] for _ in range(3))
    near, far = dot(v, o), dot(v, d)
    if not (0.5 <= abs(near) <= 2 and 0.5 <= abs(far) <= 2) or near == far or o == d:
        return None
    a, b = sigmoid(near), sigmoid(far)
    gradient = tuple((a - 1) * x + b * y for x, y in zip(o, d, strict=True))
    loss, name = -log(a) - log(1 - b), "∂*ℓ*/∂*v*_{c}"
    return Problem(
        "A word and its company",
        [
            f"The word in the middle has *v*_{{c}} = {n(v)}, its neighbour *u*_{{o}} ="
            f" {n(o)}, and one word drawn by lot *u*_{{n}} = {n(d)}. Find the loss"
            " (6.2), and its gradient by *v*_{c} (6.3)."
        ],
        {"v": v, "o": o, "n": d},
        [
            f"Inner products {n(near)} and {n(far)}; *σ* gives {n(a)} and {n(b)}.",
            f"*ℓ* = −ln {n(a)} − ln {n(1 - b)} = {n(loss)}; for *σ*(−{neg(far)}) ="
            f" {n(1 - b)}.",
            f"{name} = {n(a - 1)} · {n(o)} + {n(b)} · {n(d)} = {n(gradient)}.",
        ],
        {"*ℓ*": loss, name: gradient},
        [
            ("*ℓ*", -log(a) - log(b), "the minus inside the second *σ* is missing"),
            ("*ℓ*", -log(a), "the drawn word is missing"),
            (
                name,
                tuple(a * x + b * y for x, y in zip(o, d, strict=True)),
                "the − 1 is missing",
            ),
            (name, tuple(-one for one in gradient), "the step, not the gradient"),
        ],
    )


@question("06.G3", 5)
def bag_of_words(rng: Random) -> Problem | None:
    words = [[rng.randint(-2, 3) for _ in range(2)] for _ in range(3)]
    W, b = rng.sample([-1, -0.5, 0.5, 1, 2], 2), rng.choice([-0.5, 0.5, 1])
    total = [sum(column) for column in zip(*words, strict=True)]
    if any(one % 3 for one in total):
        return None
    mean = [one // 3 for one in total]
    z = dot(W, mean) + b
    if not 0.5 <= abs(z) <= 3 or mean == [0, 0]:
        return None
    x, padded = "*x̄*", [3 * one / 5 for one in mean]
    return Problem(
        "A bag of words",
        [
            "A text of three words is filled up to five places. The words have the"
            f" vectors {n(words[0])}, {n(words[1])} and {n(words[2])}; what fills up"
            f" has (0, 0). With *W* = {n(W)} and *b* = {n(b)}, find the mean *x̄* of the"
            " words and the probability *p* of praise (6.4)."
        ],
        {"words": words, "W": W, "b": b},
        [
            f"{x} = {n(total)} / 3 = {n(mean)}: filled-up places stay out.",
            f"*W* *x̄* + *b* = {products(W, mean)} + {neg(b)} = {n(z)}; *p* ="
            f" {n(sigmoid(z))}.",
        ],
        {x: tuple(mean), "*p*": sigmoid(z)},
        [
            (x, tuple(padded), "divided by the five places"),
            (x, tuple(total), "the sum"),
            ("*p*", sigmoid(dot(W, padded) + b), "divided by the five places"),
            ("*p*", sigmoid(z - b), "the bias is missing"),
        ],
    )


@question("06.G2", 6)
def cosine_of_means(rng: Random) -> Problem | None:
    texts = [[[rng.randint(-1, 8) for _ in "12"] for _ in "12"] for _ in "12"]
    means = [[sum(column) / 2 for column in zip(*one, strict=True)] for one in texts]
    lengths = [sqrt(dot(one, one)) for one in means]
    if any(one < 1 or one * 2 % 1 for one in lengths) or means[0] == means[1]:
        return None
    inner = dot(*means)
    cosine = inner / (lengths[0] * lengths[1])
    if not 0.1 < cosine < 0.98:
        return None
    names = "mean of 1", "mean of 2", "cosine"
    return Problem(
        "Two short texts",
        [
            f"Text 1 has two words with the vectors {n(texts[0][0])} and"
            f" {n(texts[0][1])}, text 2 two with {n(texts[1][0])} and {n(texts[1][1])}."
            " Each text is the mean of its words. Find both means, and their cosine."
        ],
        {"texts": texts},
        [
            f"Means {n(means[0])} and {n(means[1])}.",
            f"Inner product {products(*means)} = {n(inner)}; lengths"
            f" {n(lengths[0])} and {n(lengths[1])}.",
            f"{n(inner)} / ({n(lengths[0])} · {n(lengths[1])}) = {n(cosine)}.",
        ],
        {names[0]: tuple(means[0]), names[1]: tuple(means[1]), names[2]: cosine},
        [
            (names[0], tuple(2 * one for one in means[0]), "the sum"),
            (names[2], inner, "the inner product: lengths count"),
            (names[2], inner / (lengths[0] * lengths[1]) ** 2, "lengths squared"),
        ],
    )


# ------------------------------------------------ 07: matrix factorization


@question("07.G1", 4)
def cell(rng: Random) -> Problem | None:
    P = [[rng.randint(-1, 3) for _ in range(2)] for _ in range(3)]
    Q = [[rng.choice([0.5, 1, 1.5, 2]) for _ in range(2)] for _ in range(3)]
    u, i = rng.sample(range(3), 2)
    value, r = dot(P[u], Q[i]), rng.randint(2, 5)
    if not 1 <= value <= 5 or dot(P[i], Q[u]) == value:
        return None
    name, error = f"*r̂*_{{{u + 1}{i + 1}}}", f"*e*_{{{u + 1}{i + 1}}}"
    return Problem(
        "A cell of a product",
        [
            f"*P* has the rows {commas(P)}, *Q* the rows"
            f" {commas(Q)}. Rows are counted from 1. What does (7.1) predict"
            f" for person {u + 1} and film {i + 1}? She gave {r} stars: what is the"
            f" error {error}?"
        ],
        {"P": P, "Q": Q, "u": u + 1, "i": i + 1, "r": r},
        [
            f"{name} = {products(P[u], Q[i])} = {n(value)}.",
            f"{error} = {r} − {n(value)} = {n(r - value)}.",
        ],
        {name: value, error: r - value},
        [
            (name, dot(P[i], Q[u]), "row and column are swapped"),
            (name, sum(P[u]) + sum(Q[i]), "added, not multiplied"),
            (name, P[u][0] * Q[i][0], "the first product only"),
            (error, value - r, "the sign is turned"),
        ],
    )


@question("07.G2", 7)
def sgd_step(rng: Random) -> Problem | None:
    p, q = ([rng.choice([-1, 0.5, 1, 1.5, 2]) for _ in range(2)] for _ in range(2))
    r, eta, penalty = rng.randint(1, 5), 0.1, rng.choice([0.1, 0.2, 0.5])
    e = r - dot(p, q)
    if not 0.5 <= abs(e) <= 4:
        return None

    def moved(a: Sequence[float], b: Sequence[float], lam: float) -> tuple[float, ...]:
        return tuple(x + eta * (e * y - lam * x) for x, y in zip(a, b, strict=True))

    new = moved(p, q, penalty), moved(q, p, penalty)
    names, bold = ("*p*_{u}", "*q*_{i}"), ("new *p*_{u}", "new *q*_{i}")
    return Problem(
        "One step for one rating",
        [
            f"{names[0]} = {n(p)}, {names[1]} = {n(q)}, and *r*_{{ui}} = {r}. Find the"
            f" error *e*_{{ui}}. Then take one step (7.3) with *η* = {n(eta)} and *λ* ="
            f" {n(penalty)}."
        ],
        {"p": p, "q": q, "r": r, "eta": eta, "penalty": penalty},
        [
            f"*e*_{{ui}} = {r} − ({products(p, q)}) = {n(e)}.",
            f"{names[0]} ← {n(p)} + {n(eta)} · ({neg(e)} · {n(q)} − {n(penalty)} ·"
            f" {n(p)}) = {n(new[0])}.",
            f"{names[1]} ← {n(q)} + {n(eta)} · ({neg(e)} · {n(p)} − {n(penalty)} ·"
            f" {n(q)}) = {n(new[1])}; with the *old* *p*_{{u}}.",
        ],
        {"*e*_{ui}": e, bold[0]: new[0], bold[1]: new[1]},
        [
            ("*e*_{ui}", -e, "prediction minus truth"),
            (bold[0], moved(p, q, 0), "the penalty is missing"),
            (bold[0], moved(p, q, -penalty), "the penalty is added"),
            (
                bold[0],
                tuple(2 * a - b for a, b in zip(p, new[0], strict=True)),
                "uphill",
            ),
            (bold[1], moved(q, new[0], penalty), "with the new *p*_{u}"),
            (bold[1], moved(q, p, 0), "the penalty is missing"),
        ],
    )


@question("07.G3", 5)
def choice(rng: Random) -> Problem | None:
    scores = rng.sample([-1, 0, 1, 2, 3], 3)
    taken = rng.randrange(3)
    pi = softmax(scores)
    e = [exp(one) for one in scores]
    gradient = tuple(one - (i == taken) for i, one in enumerate(pi))
    names = "*π*_{u}", "*L*", "gradient"
    return Problem(
        "What a choice costs",
        [
            f"Three films have the scores *s*_{{u}} = {n(scores)}. She took film"
            f" {taken + 1}. Find the three probabilities and the loss (7.4), and the"
            " gradient of the loss by the scores."
        ],
        {"scores": scores, "taken": taken + 1},
        [
            f"Exponentials {n(e)}, their sum {n(sum(e))}.",
            f"{names[0]} = {n(pi)}.",
            f"*L* = −ln {n(pi[taken])} = {n(-log(pi[taken]))}.",
            f"Gradient *π*_{{ui}} − *x*_{{ui}}: {n(gradient)}.",
        ],
        {names[0]: pi, names[1]: -log(pi[taken]), names[2]: gradient},
        [
            (
                names[0],
                tuple(s / (abs(sum(scores)) or 1) for s in scores),
                "scores divided by their sum: no exponentials",
            ),
            (names[1], -log10(pi[taken]), "the logarithm to the base 10"),
            (names[1], -sum(map(log, pi)), "all films, not the one she took"),
            (names[2], tuple(-one for one in gradient), "the sign is turned"),
            (names[2], pi, "the 1 of the film that she took is missing"),
        ],
    )


@question("07.G3", 4)
def cosine_score(rng: Random) -> Problem | None:
    sides = [(3, 4), (4, 3), (6, 8), (8, 6), (5, 12), (12, 5), (-3, 4), (4, -3)]
    p, q = rng.sample(sides, 2)
    tau = rng.choice([0.1, 0.2, 0.5])
    inner = dot(p, q)
    lengths = [sqrt(dot(one, one)) for one in (p, q)]
    cosine = inner / (lengths[0] * lengths[1])
    if abs(cosine) > 0.99:
        return None
    name = "*s*_{ui}"
    return Problem(
        "A score with a temperature",
        [
            f"*p*_{{u}} = {n(p)}, *q*_{{i}} = {n(q)} and *τ* = {n(tau)}. Find the"
            " cosine and the score (7.5)."
        ],
        {"p": p, "q": q, "tau": tau},
        [
            f"Inner product {products(p, q)} = {n(inner)}; lengths {n(lengths[0])} and"
            f" {n(lengths[1])}.",
            f"Cosine {n(inner)} / ({n(lengths[0])} · {n(lengths[1])}) = {n(cosine)};"
            f" divided by {n(tau)}: {n(cosine / tau)}.",
        ],
        {"cosine": cosine, name: cosine / tau},
        [
            ("cosine", inner, "the inner product"),
            ("cosine", inner / (lengths[0] * lengths[1]) ** 2, "lengths squared"),
            (name, cosine * tau, "multiplied by *τ*"),
            (name, inner / tau, "the lengths are missing"),
        ],
    )


# --------------------------------------------------- 08: networks for pairs


@question("08.G2", 4)
def gmf(rng: Random) -> Problem | None:
    p, q, h = ([rng.choice([-2, -1, 1, 2, 3]) for _ in range(3)] for _ in range(3))
    b, name = rng.choice([-1, 0.5, 1]), "*s*_{ui}"
    product = [x * y for x, y in zip(p, q, strict=True)]
    s = dot(h, product) + b
    other = tuple(x * y for x, y in zip(h, q, strict=True))
    return Problem(
        "A product with weights",
        [
            f"GMF: *p*_{{u}} = {n(p)}, *q*_{{i}} = {n(q)}, *h* = {n(h)} and *b* ="
            f" {n(b)}. Find *p*_{{u}} ⊙ *q*_{{i}} and the score (8.2). Now let"
            " *h* be (1, 1, 1). Which vector in place of *q*_{i} leaves the score of"
            " each person as it was?"
        ],
        {"p": p, "q": q, "h": h, "b": b},
        [
            f"*p*_{{u}} ⊙ *q*_{{i}} = {n(product)}.",
            f"{name} = {products(h, product)} + {neg(b)} = {n(s)}.",
            f"*h* ⊙ *q*_{{i}} = {n(other)}: the weights go into the film's vector.",
        ],
        {"*p*_{u} ⊙ *q*_{i}": tuple(product), name: s, "other vector": other},
        [
            ("*p*_{u} ⊙ *q*_{i}", sum(product), "added already: one number"),
            (name, sum(product) + b, "*h* is missing: matrix factorization"),
            (name, s - b, "the bias is missing"),
            (
                "other vector",
                tuple(x * y for x, y in zip(h, p, strict=True)),
                "depends on the person",
            ),
        ],
    )


@question("08.G2", 7)
def mlp(rng: Random) -> Problem | None:
    A, B = ([[rng.choice([-1, 0, 1]) for _ in "12"] for _ in "123"] for _ in "12")
    p, q = [rng.choice([1, 2, 3]), rng.choice(WHOLE)], rng.sample(WHOLE, 2)
    b, h = [rng.choice([-1, 0, 1]) for _ in "123"], rng.sample([-1, 0.5, 1, 2], 3)
    sums = [dot(A[k], p) + dot(B[k], q) + b[k] for k in range(3)]
    z = [relu(one) for one in sums]
    s, name = dot(h, z), "*s*_{ui}"
    if min(sums) >= 0 or sorted(sums)[1] <= 0 or [0, 0] in A or [0, 0] in B:
        return None
    return Problem(
        "A network for a pair",
        [
            f"*p*_{{u}} = {n(p)} and *q*_{{i}} = {n(q)} meet three units, as in (8.3)"
            f" without the second layer. Then come *h* = {n(h)} and *b* = 0. Find"
            f" *z*_{{1}} and {name}.",
            Table(
                ["unit", "weights for *p*", "weights for *q*", "bias"],
                [[k + 1, n(A[k]), n(B[k]), b[k]] for k in range(3)],
            ),
        ],
        {"A": A, "B": B, "p": p, "q": q, "b": b, "h": h},
        [
            f"Unit {k + 1}: {products(A[k], p)} + {products(B[k], q)} + {neg(b[k])} ="
            f" {n(sums[k])}; after the ReLU {n(z[k])}."
            for k in range(3)
        ]
        + [f"{name} = {products(h, z)} = {n(s)}."],
        {"*z*_{1}": tuple(z), name: s},
        [
            ("*z*_{1}", tuple(sums), "no ReLU"),
            (
                "*z*_{1}",
                tuple(relu(dot(B[k], p) + dot(A[k], q) + b[k]) for k in range(3)),
                "*p* and *q* are swapped",
            ),
            (name, dot(h, sums), "no ReLU"),
            (name, sum(z), "*h* is missing"),
        ],
    )


@question("08.G3", 5)
def yes_or_no(rng: Random) -> Problem | None:
    s = rng.sample([-2, -1, 0, 1, 2, 3], 3)
    cost = [-log(sigmoid(s[0])), *(-log(sigmoid(-one)) for one in s[1:])]
    slopes = tuple(sigmoid(one) - y for one, y in zip(s, (1, 0, 0), strict=True))
    return Problem(
        "One yes and two no",
        [
            f"The film that was taken scores {n(s[0])}, two negatives {n(s[1])} and"
            f" {n(s[2])}. What do the three cost together (8.6)? What is the gradient"
            " by each score?"
        ],
        {"s": s},
        [
            f"−ln *σ*({n(s[0])}) = {n(cost[0])}; −ln *σ*({n(-s[1])}) = {n(cost[1])};"
            f" −ln *σ*({n(-s[2])}) = {n(cost[2])}.",
            f"*L* = {added(cost)} = {n(sum(cost))}.",
            f"Gradients *π* − *y*: {n(slopes)}.",
        ],
        {"*L*": sum(cost), "gradients": slopes},
        [
            ("*L*", sum(-log(sigmoid(x)) for x in s), "negatives taken for a yes"),
            ("*L*", cost[0], "the negatives are missing"),
            ("*L*", sum(cost) / 3, "the mean"),
            ("gradients", tuple(map(sigmoid, s)), "*y* is missing"),
            ("gradients", tuple(-one for one in slopes), "the sign is turned"),
        ],
    )


@question("08.G1", 4)
def relu_product(rng: Random) -> Problem | None:
    x, y = (rng.choice([-1, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1]) for _ in "12")
    value = (abs(x + y) - abs(x - y)) / 2
    if abs(x) == abs(y) or abs(value - x * y) < 0.05:
        return None
    name = "(8.1)"
    return Problem(
        "A product made of ReLUs",
        [
            f"What does (8.1) say at *x* = {n(x)}, *y* = {n(y)}? What is the exact"
            " product, and the error of (8.1), its value minus the product?"
        ],
        {"x": x, "y": y},
        [
            f"|*x* + *y*| = {n(abs(x + y))}, |*x* − *y*| = {n(abs(x - y))}; half the"
            f" difference is {n(value)}.",
            f"The product is {n(x * y)}, the error {n(value - x * y)}.",
        ],
        {name: value, "product": x * y, "error": value - x * y},
        [
            (name, 2 * value, "the half is missing"),
            (name, -value, "the difference is turned round"),
            (name, (abs(x + y) + abs(x - y)) / 2, "added, not subtracted"),
            ("error", x * y - value, "product minus value"),
        ],
    )
