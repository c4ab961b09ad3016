"""Questions on chapter 12 (cold starts)."""

from __future__ import annotations

from math import exp, log2
from random import Random

from rec_tutor.paper.problem import (
    Problem,
    Table,
    added,
    n,
    neg,
    question,
)
from rec_tutor.paper.vectors import softmax

# --------------------------------------------------------- 12: cold starts


@question("12.G1", 4)
def new_person(rng: Random) -> Problem | None:
    values = [one / 20 for one in range(-6, 13) if one]
    B = [[0 if i == j else rng.choice(values) for i in range(4)] for j in range(4)]
    a, b = told = sorted(rng.sample(range(4), 2))
    left = [i for i in range(4) if i not in told]
    score = tuple(B[a][i] + B[b][i] for i in left)
    columns = tuple(B[i][a] + B[i][b] for i in left)
    names = f"scores of the films {left[0] + 1} and {left[1] + 1}", "first on her list"
    best, turned = (left[one[1] > one[0]] + 1 for one in (score, columns))
    if abs(score[0] - score[1]) < 0.04 or best == turned:
        return None
    return Problem(
        "Somebody new",
        [
            "EASE has learnt this table: in the row of film *j* and the column of film"
            " *i* stands *B*_{ji}, what *j* says about *i*. Somebody new has the films"
            f" {a + 1} and {b + 1}. Find the scores of the two others. Which film is"
            " first on her list?",
            Table(
                ["film", "1", "2", "3", "4"],
                [[j + 1, *row] for j, row in enumerate(B)],
            ),
        ],
        {"B": B, "told": [a + 1, b + 1]},
        [
            *(
                f"Film {i + 1}: {added([B[a][i], B[b][i]])} = {n(value)}."
                for i, value in zip(left, score, strict=True)
            ),
            f"Film {best} has more: {n(score)}. The films that she has are left out.",
        ],
        {names[0]: score, names[1]: best},
        [
            (names[0], columns, "the columns of her films, not their rows"),
            (names[0], tuple(one / 2 for one in score), "means, not sums"),
            (names[1], turned, "the columns of her films, not their rows"),
        ],
    )


@question("12.G2", 7)
def ridge_of_linucb(rng: Random) -> Problem | None:
    film, other = rng.sample([(1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (1, -1)], 2)
    click = rng.choice([0, 1])

    def belief(first: float, second: float, start: float = 1) -> tuple[float, ...]:
        p = start + film[0] ** 2 + other[0] ** 2
        q = film[0] * film[1] + other[0] * other[1]
        s = start + film[1] ** 2 + other[1] ** 2
        b = [first * x + second * y for x, y in zip(film, other, strict=True)]
        det = p * s - q * q
        return (s * b[0] - q * b[1]) / det, (p * b[1] - q * b[0]) / det

    p, s = (1 + film[k] ** 2 + other[k] ** 2 for k in (0, 1))
    q = film[0] * film[1] + other[0] * other[1]
    b = tuple(x + click * y for x, y in zip(film, other, strict=True))
    theta = belief(1, click)
    top = s * b[0] - q * b[1], p * b[1] - q * b[0]
    det = p * s - q * q
    wrong = [
        ("*θ*", belief(1, click, 0), "*A* without the *I* that it begins with"),
        ("*θ*", (b[0] / p, b[1] / s), "divided by the diagonal of *A* only"),
        ("*θ*", tuple(map(float, top)), "not divided by the determinant"),
    ]
    if click == 0:
        wrong.append(("*θ*", belief(1, -1), "−1 for a miss"))
    if q == 0:
        return None
    counted = tuple(x + (1 - click) * y for x, y in zip(film, other, strict=True))
    said = "clicked" if click else "not clicked"
    return Problem(
        "Two rounds of LinUCB",
        [
            f"LinUCB begins with *A* = *I* and *b* = (0, 0). The film *x* = {n(film)}"
            f" is shown and clicked, *r* = 1; then *x* = {n(other)} is shown and"
            f" {said}, *r* = {click}. Find *b*, and *θ* by (12.2). (The matrix with the"
            " rows (*p*, *q*) and (*q*, *s*) has an inverse with the rows (*s*, −*q*)"
            " and (−*q*, *p*), divided by *p* *s* − *q* *q*.)"
        ],
        {"film": film, "other": other, "click": click},
        [
            f"*A* has the rows {n((p, q))} and {n((q, s))}: *I*, and the product of"
            " each film with itself.",
            f"*b* = 1 · {n(film)} + {click} · {n(other)} = {n(b)}.",
            f"The determinant: {p} · {s} − {neg(q)} · {neg(q)} = {n(det)}.",
            f"({s} · {neg(b[0])} − {neg(q)} · {neg(b[1])}) / {det} = {n(theta[0])};"
            f" ({p} · {neg(b[1])} − {neg(q)} · {neg(b[0])}) / {det} = {n(theta[1])}."
            f" So *θ* = {n(theta)}.",
        ],
        {"*b*": b, "*θ*": theta},
        [
            *wrong,
            (
                "*b*",
                counted,
                "the second click is missing"
                if click
                else "the miss counts as a click",
            ),
        ],
    )


@question("12.G5", 4)
def missing_kind(rng: Random) -> Problem | None:
    z = rng.sample([one / 2 for one in range(-2, 5)], 3)
    lost = rng.randrange(3)
    stays = [k for k in range(3) if k != lost]
    every, e = softmax(z), [exp(one) for one in z]
    total = sum(e[k] for k in stays)
    part = tuple(0.0 if k == lost else e[k] / total for k in range(3))
    zero = tuple(0.0 if k == lost else every[k] for k in range(3))
    counted = softmax([0 if k == lost else one for k, one in enumerate(z)])
    names = "weights with all three", f"without kind {lost + 1}"
    if z[lost] == 0:
        return None
    return Problem(
        "A kind of content is missing",
        [
            f"A gate gives three kinds of content the numbers {n(z)}. Find the three"
            f" weights, a softmax. And for a film that lacks kind {lost + 1}? (Write 0"
            " for what is missing.)"
        ],
        {"z": z, "lost": lost + 1},
        [
            f"Exponentials {n(e)}; {added(e)} = {n(sum(e))}.",
            f"{names[0]}: {n(every)}.",
            f"Without kind {lost + 1}: {added([e[k] for k in stays])} = {n(total)}; "
            + "; ".join(f"{n(e[k])} / {n(total)} = {n(part[k])}" for k in stays)
            + f". So {n(part)}.",
        ],
        {names[0]: every, names[1]: part},
        [
            (names[0], tuple(e), "not divided by their sum"),
            (names[1], zero, "set to 0 after the softmax: the sum is below 1"),
            (names[1], counted, "0 in place of its number: *e*^{0} is 1"),
        ],
    )


def _bits(counts: tuple[int, ...]) -> float:
    total = sum(counts)
    return -sum(c / total * log2(c / total) for c in counts if c)


@question("12.G2", 6)
def worth_asking(rng: Random) -> Problem | None:
    people = rng.choice([8, 16])
    cuts = [[1, 1, people - 2], [2, 2, people - 4], [4, 2, people - 6]]
    cuts += [[people // 2, people // 4, people // 4], [people // 2, people // 2, 0]]
    cuts += [[people // 4, people // 4, people // 2], [people // 2, 0, people // 2]]
    A, B = (tuple(one) for one in rng.sample(cuts, 2))
    both, seen = [_bits(A), _bits(B)], [_bits(A[:2]), _bits(B[:2])]
    if abs(both[0] - both[1]) < 0.05:
        return None
    names, letters = ("bits of A", "bits of B", "to ask"), "AB"
    better = letters[both[1] > both[0]]
    steps = [
        f"{letter}: −("
        + " + ".join(
            f"{n(c / people)} · log_{{2}} {n(c / people)}" for c in counts if c
        )
        + ") = "
        + " + ".join(f"{n(c / people)} · {n(log2(people / c))}" for c in counts if c)
        + f" = {n(value)}."
        for letter, counts, value in zip(letters, (A, B), both, strict=True)
    ]
    return Problem(
        "A question with three answers",
        [
            f"What {people} people say about two films stands in the table. Find the"
            " entropy of the answer to each film in bits, with “haven't seen it” as one"
            " of three answers. For which film do you ask somebody new?",
            Table(
                ["film", "liked", "not liked", "haven't seen it"],
                [["A", *A], ["B", *B]],
            ),
        ],
        {"A": A, "B": B},
        [*steps, f"Ask for film {better}: it has more bits than the other."],
        {names[0]: both[0], names[1]: both[1], names[2]: better},
        [
            (names[0], seen[0], "only those who have seen it"),
            (names[1], seen[1], "only those who have seen it"),
            (names[0], both[0] * 0.6931, "natural logarithms"),
        ],
    )
