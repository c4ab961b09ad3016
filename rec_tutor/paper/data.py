"""Questions on the chapters 01 (data), 02 (evaluation) and 03 (baselines)."""

from __future__ import annotations

from math import log2, sqrt
from random import Random

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

# --------------------------------------------------------------- 01: data


@question("01.G1", 3)
def top_list(rng: Random) -> Problem | None:
    scores = [one / 20 for one in rng.sample(range(2, 20), 6)]
    seen = sorted(rng.sample(range(6), 2))
    order = sorted(range(6), key=lambda i: -scores[i])
    kept = [i for i in order if i not in seen]
    if not set(seen) & set(order[:3]):
        return None
    name = "*L*_{3}(*u*)"
    return Problem(
        "Mask, sort, cut",
        [
            f"Six items have the scores below. The user has items {seen[0]} and"
            f" {seen[1]} already. Which list of three does (1.2) show, best first?",
            Table(["item", *range(6)], [["*s*_{ui}", *scores]]),
        ],
        {"scores": scores, "seen": seen},
        [
            f"Mask: items {seen[0]} and {seen[1]} are out.",
            f"Sort what is left: {commas(kept)}.",
            f"Cut after three: {commas(kept[:3])}.",
        ],
        {name: tuple(kept[:3])},
        [
            (name, tuple(order[:3]), "nothing is masked"),
            (
                name,
                tuple(i for i in order[:3] if i not in seen),
                "cut first, masked afterwards: the list is too short",
            ),
            (name, tuple(kept[::-1][:3]), "sorted from the worst"),
        ],
    )


@question("01.G3", 7)
def together(rng: Random) -> Problem | None:
    likes = [[int(rng.random() < 0.6) for _ in range(4)] for _ in range(4)]
    liked = sorted(rng.sample(range(4), 2))
    likes.append([int(i in liked) for i in range(4)])
    c = [[sum(row[j] * row[i] for row in likes) for i in range(4)] for j in range(4)]
    one, two = (i for i in range(4) if i not in liked)
    j = liked[0]
    scores = {i: sum(c[j][i] for j in liked) for i in (one, two)}
    if not c[j][one] or scores[one] == scores[two] or c[j][one] == c[j][j]:
        return None
    sim, root = f"sim({j}, {one})", sqrt(c[j][j] * c[one][one])
    s = {i: f"*s*_{{u{i}}}" for i in (one, two)}
    return Problem(
        "Liked together",
        [
            "The table has a 1 where somebody liked a film. Person 4 is *u*. Score the"
            f" films {one} and {two} for *u* by (1.3). Then find {sim} by (1.4).",
            Table(["", *(f"film {i}" for i in range(4))], _rows("person", likes)),
        ],
        {"likes": likes, "films": (one, two)},
        [
            *(
                f"{s[i]}: *c*_{{{liked[0]}{i}}} = {c[liked[0]][i]},"
                f" *c*_{{{liked[1]}{i}}} = {c[liked[1]][i]}; together {scores[i]}."
                for i in (one, two)
            ),
            f"*l*_{{{j}}} = {c[j][j]} and *l*_{{{one}}} = {c[one][one]}, so {sim} ="
            f" {c[j][one]} / √({c[j][j]} · {c[one][one]}) = {n(c[j][one] / root)}.",
        ],
        {s[one]: scores[one], s[two]: scores[two], sim: c[j][one] / root},
        [
            (s[one], c[one][one], "the likes of the film: fame, nobody is asked"),
            (sim, c[j][one], "the count, as in (1.3)"),
            (sim, c[j][one] / root**2, "the root is missing"),
        ],
    )


def _rows(name: str, table: list[list[int]]) -> list[list]:
    return [[f"{name} {number}", *row] for number, row in enumerate(table)]


@question("01.G4", 4)
def smoothed(rng: Random) -> Problem | None:
    m, mean = rng.choice([4, 5, 6, 8]), rng.choice([0.5, 0.6])
    few, many = 10 - m, rng.choice([50, 100]) - m
    likes = rng.choice([few, few - 1]), rng.randint(many * 3 // 4, many - 4)
    sizes = few, many
    share = [one / of for one, of in zip(likes, sizes, strict=True)]
    p = [(one + m * mean) / (of + m) for one, of in zip(likes, sizes, strict=True)]
    if share[0] < share[1] + 0.01 or p[1] < p[0] + 0.01:
        return None
    names = "*p̂*_{1}", "*p̂*_{2}"
    return Problem(
        "The safer bet",
        [
            f"Film 1 has {likes[0]} likes among {few} ratings, film 2 has {likes[1]}"
            f" among {many}. The share of likes among all ratings is *p̄* = {n(mean)}."
            f" Smooth both shares by (1.5) with *m* = {m}. Which film is the safer bet?"
        ],
        {"likes": likes, "sizes": sizes, "mean": mean, "m": m},
        [
            f"{name} = ({one} + {m} · {n(mean)}) / ({of} + {m}) = {n(value)}."
            for name, one, of, value in zip(names, likes, sizes, p, strict=True)
        ]
        + ["The larger one is film 2's."],
        {names[0]: p[0], names[1]: p[1], "safer bet": "film 2"},
        [
            (names[0], share[0], "the plain share"),
            (names[0], (likes[0] + m * mean) / few, "*m* is missing below"),
            (names[1], share[1], "the plain share"),
            ("safer bet", "film 1", "the plain shares are compared"),
        ],
    )


@question("01.G6", 5)
def observed_mean(rng: Random) -> Problem | None:
    chance = [rng.choice([0.05, 0.1, 0.2, 0.25, 0.3, 0.4]) for _ in range(5)]
    total, weighted = sum(chance), dot(range(1, 6), chance)
    if chance[4] <= chance[0] or round(total * 20) % 4:
        return None
    names = "observed mean", "share of fives"
    return Problem(
        "Missing not at random",
        [
            "True opinions are spread evenly over one to five stars. How often an"
            " opinion is observed depends on it:",
            Table(["*r*", *range(1, 6)], [["*P*(*o* | *r*)", *chance]]),
            "What is the mean of the observed ratings, by (1.6)? Which share of the"
            " observed ratings are fives?",
        ],
        {"chance": chance},
        [
            "All *P*(*r*) are equal and cancel.",
            f"Above: {products(range(1, 6), chance)} = {n(weighted)}.",
            f"Below: {added(chance)} = {n(total)}.",
            f"Mean {n(weighted)} / {n(total)} = {n(weighted / total)}; share of fives"
            f" {n(chance[4])} / {n(total)} = {n(chance[4] / total)}.",
        ],
        {names[0]: weighted / total, names[1]: chance[4] / total},
        [
            (names[0], 3, "the true mean"),
            (names[0], weighted, "not divided by the sum of the chances"),
            (names[0], weighted / 5, "divided by the number of opinions"),
            (names[1], chance[4], "the chance, not the share"),
            (names[1], 0.2, "the true share"),
        ],
    )


@question("01.G2", 7)
def time_split(rng: Random) -> Problem | None:
    pairs = [(u, i) for u in range(3) for i in range(4)]
    log = [
        (u, i, rng.randint(1, 5), day)
        for (u, i), day in zip(
            rng.sample(pairs, 8), rng.sample(range(1, 30), 8), strict=True
        )
    ]
    own = [[line for line in log if line[0] == u] for u in range(3)]
    if min(map(len, own)) < 2:
        return None
    last = [max(lines, key=lambda line: line[3]) for lines in own]
    past = [line for line in log if line not in last]
    row = tuple(int((0, i) in {line[:2] for line in past}) for i in range(4))
    counts = tuple(sum(line[1] == i for line in past) for i in range(4))
    hidden, first, famous = "hidden films", "row 0 of *X*", "ratings per film"
    return Problem(
        "From a log to a matrix",
        [
            "Hide the last rating of each person. Which films are hidden, for the"
            " persons 0, 1 and 2? The other lines make the matrix *X*, with a 1 for"
            " every rating. Write down its row of person 0. How many ratings are left"
            " of each film?",
            Table(["person", "film", "stars", "day"], log),
        ],
        {"log": log},
        [
            f"The last days are {commas([line[3] for line in last])}: films"
            f" {commas([line[1] for line in last])} are hidden.",
            f"Person 0 keeps film {commas([line[1] for line in past if not line[0]])},"
            f" so the row is {n(row)}. Stars do not matter.",
            f"Count the other {len(past)} lines by film: {n(counts)}.",
        ],
        {hidden: tuple(line[1] for line in last), first: row, famous: counts},
        [
            (hidden, tuple(lines[-1][1] for lines in own), "the last line of each"),
            (
                first,
                tuple(int(any(line[1] == i for line in own[0])) for i in range(4)),
                "the hidden rating is still in it",
            ),
            (
                first,
                tuple(
                    int(any(x[:2] == (0, i) and x[2] >= 4 for x in past))
                    for i in range(4)
                ),
                "likes only",
            ),
            (
                famous,
                tuple(sum(line[1] == i for line in log) for i in range(4)),
                "the hidden ratings are counted",
            ),
        ],
    )


# --------------------------------------------------------- 02: evaluation


def _list(rng: Random, k: int, relevant: int, hits: int) -> tuple[list[str], list[str]]:
    """A list of k items, and the relevant ones, of which so many are in the list."""
    items = rng.sample("ABCDEFGHJKLM", k + relevant - hits)
    listed = items[:k]
    return listed, sorted(rng.sample(listed, hits) + items[k:])


@question("02.G1", 4)
def hits_in_a_list(rng: Random) -> Problem | None:
    hits = rng.choice([2, 3])
    listed, relevant = _list(rng, 5, hits + rng.choice([1, 2, 3]), hits)
    ranks = [j for j, item in enumerate(listed, 1) if item in relevant]
    if ranks[0] == 1 or len(relevant) == 5:
        return None
    size = len(relevant)
    return Problem(
        "Hits in a list",
        [
            f"Somebody is shown {', '.join(listed)}, in this order. Relevant are"
            f" {', '.join(relevant)}. Find precision, recall (2.1) and the reciprocal"
            " rank (2.2), all at *k* = 5."
        ],
        {"listed": listed, "relevant": relevant},
        [
            f"Hits stand at the ranks {commas(ranks)}: {hits} hits. There are {size}"
            " relevant items.",
            f"Precision {hits}/5 = {n(hits / 5)}, recall {hits}/{size} ="
            f" {n(hits / size)}, reciprocal rank 1/{ranks[0]} = {n(1 / ranks[0])}.",
        ],
        {"Precision@5": hits / 5, "Recall@5": hits / size, "RR@5": 1 / ranks[0]},
        [
            ("Precision@5", hits / size, "divided by the relevant items: recall"),
            ("Recall@5", hits / 5, "divided by *k*: precision"),
            ("Recall@5", 1, "the hit rate"),
            ("RR@5", ranks[0], "the rank itself"),
            (
                "RR@5",
                sum(1 / j for j in ranks) / hits,
                "the mean over all hits; only the first counts",
            ),
        ],
    )


@question("02.G1", 6)
def ndcg(rng: Random) -> Problem | None:
    hits, k = rng.choice([1, 2]), rng.choice([3, 4])
    listed, relevant = _list(rng, k, rng.choice([k, k + 1]), hits)
    worth = [1 / log2(j + 1) for j in range(1, k + 2)]
    ranks = [j for j, item in enumerate(listed, 1) if item in relevant]
    dcg, ideal = sum(worth[j - 1] for j in ranks), sum(worth[:k])
    if 1 in ranks and hits == 1:
        return None
    name, gain, best = f"NDCG@{k}", f"DCG@{k}", f"IDCG@{k}"
    wrong = [
        (gain, sum(1 / j for j in ranks), "1/*j* in place of 1/log_{2}(*j* + 1)"),
        (name, dcg / sum(worth[:hits]), "the best list has only the hits found"),
        (name, dcg / k, "divided by *k*"),
    ]
    if len(relevant) > k:
        wrong.append((best, sum(worth), "not cut at *k*"))
    return Problem(
        "A gain that falls with the rank",
        [
            f"Somebody is shown {', '.join(listed)}, in this order. Relevant are"
            f" {', '.join(relevant)}. Find DCG, IDCG and NDCG (2.3) at *k* = {k}."
        ],
        {"listed": listed, "relevant": relevant, "k": k},
        [
            f"Hits at rank {commas(ranks)} are worth"
            f" {commas([worth[j - 1] for j in ranks])}; together {n(dcg)}.",
            f"The best list has min({len(relevant)}, {k}) hits, at the first ranks:"
            f" {added(worth[:k])} = {n(ideal)}.",
            f"{n(dcg)} / {n(ideal)} = {n(dcg / ideal)}.",
        ],
        {gain: dcg, best: ideal, name: dcg / ideal},
        wrong,
    )


@question("02.G4", 5)
def interval(rng: Random) -> Problem | None:
    people = rng.choice([100, 400, 900, 2500])
    root = round(sqrt(people))
    error = rng.choice([0.2, 0.25, 0.4, 0.5])
    mean = rng.choice([-1, 1]) * rng.randint(2, 15) / 10
    half = 1.96 * error
    if abs(abs(mean) - half) < 0.1:
        return None
    said = "open" if abs(mean) < half else "ahead" if mean > 0 else "behind"
    deviation = error * root
    low, high = "low end", "high end"
    return Problem(
        "Clear or open?",
        [
            f"NDCG@10 of the models *A* and *B* is compared for {people} people, in"
            f" percent. The mean of the differences Δ_{{u}} (2.5) is *Δ̄* = {n(mean)},"
            f" their standard deviation {n(deviation)}. Find the standard error and the"
            " 95 % interval of *Δ̄*. Is *A* ahead of *B*, behind *B*, or is it open?"
        ],
        {"people": people, "mean": mean, "deviation": deviation},
        [
            f"Standard error: {n(deviation)} / √{people} = {n(error)}.",
            f"{n(mean)} ± 1.96 · {n(error)}: from {n(mean - half)} to"
            f" {n(mean + half)}.",
            f"0 is {'inside' if said == 'open' else 'outside'}: {said}.",
        ],
        {
            "standard error": error,
            low: mean - half,
            high: mean + half,
            "verdict": said,
        },
        [
            ("standard error", deviation / people, "the root is missing"),
            (low, mean - error, "one standard error to either side"),
            (low, mean - 1.96 * deviation, "1.96 standard deviations, not errors"),
            (
                "verdict",
                "clear" if said == "open" else "open",
                "the interval was not held against 0",
            ),
        ],
    )


@question("02.G2", 4)
def rmse(rng: Random) -> Problem | None:
    truth = [rng.randint(1, 5) for _ in range(4)]
    errors = [rng.choice([-2, -1, -0.5, 0, 0.5, 1, 2]) for _ in range(4)]
    guess = [r - e for r, e in zip(truth, errors, strict=True)]
    squares = [e * e for e in errors]
    if not all(1 <= one <= 5 for one in guess) or errors.count(0) > 1:
        return None
    mean = sum(squares) / 4
    return Problem(
        "An error in stars",
        [
            "Find the root mean squared error (2.4) of these predictions.",
            Table(
                ["", *(f"rating {i}" for i in range(1, 5))],
                [["*r*_{n}", *truth], ["*r̂*_{n}", *guess]],
            ),
        ],
        {"truth": truth, "guess": guess},
        [
            f"Errors: {n(errors)}. Squares: {n(squares)}.",
            f"Their mean: {n(sum(squares))} / 4 = {n(mean)}. Root: {n(sqrt(mean))}.",
        ],
        {"RMSE": sqrt(mean)},
        [
            ("RMSE", mean, "the root is missing"),
            ("RMSE", sum(map(abs, errors)) / 4, "the mean of the absolute errors"),
            ("RMSE", sqrt(sum(squares)), "the sum, not the mean"),
        ],
    )


# ---------------------------------------------------------- 03: baselines


@question("03.G1", 6)
def item_knn(rng: Random) -> Problem | None:
    sizes = rng.sample([4, 9, 16, 25, 36], 4)  # of A, B, C, D
    c = [[rng.randint(1, min(sizes[j], sizes[i]) - 1) for i in (2, 3)] for j in (0, 1)]
    w = [[c[j][i] / sqrt(sizes[j] * sizes[2 + i]) for i in (0, 1)] for j in (0, 1)]
    s = [w[0][i] + w[1][i] for i in (0, 1)]
    raw = [c[0][i] + c[1][i] for i in (0, 1)]
    if abs(s[0] - s[1]) < 0.05 or (s[0] < s[1]) == (raw[0] < raw[1]):
        return None
    names = "*s*_{uC}", "*s*_{uD}"
    first = "C" if s[0] > s[1] else "D"
    return Problem(
        "Columns that are alike",
        [
            f"The films A, B, C and D have {commas(sizes[:3])} and"
            f" {sizes[3]} people. The table says how many people two films share. She"
            " has A and B. Score C and D by (3.2), with all films as neighbours. Which"
            " comes first?",
            Table(["*c*_{ji}", "C", "D"], [["A", *c[0]], ["B", *c[1]]]),
        ],
        {"sizes": sizes, "shared": c},
        [
            f"{names[i]} = {c[0][i]} / √({sizes[0]} · {sizes[2 + i]}) + {c[1][i]} /"
            f" √({sizes[1]} · {sizes[2 + i]}) = {n(w[0][i])} + {n(w[1][i])} ="
            f" {n(s[i])}."
            for i in (0, 1)
        ],
        {names[0]: s[0], names[1]: s[1], "first": first},
        [
            (names[0], raw[0], "counts are added, famous films win"),
            (
                names[0],
                sum(c[j][0] / (sizes[j] * sizes[2]) for j in (0, 1)),
                "the roots are missing",
            ),
            ("first", "D" if first == "C" else "C", "the counts are compared"),
        ],
    )


@question("03.G1", 8)
def user_knn(rng: Random) -> Problem | None:
    rows = [[int(rng.random() < 0.55) for _ in range(5)] for _ in range(4)]
    sizes = [sum(row) for row in rows]
    if min(sizes) < 2 or 1 not in (free := [1 - one for one in rows[0]]):
        return None
    item = free.index(1)
    both = [dot(rows[0], rows[v]) for v in (1, 2, 3)]
    w = [b / sqrt(sizes[0] * size) for b, size in zip(both, sizes[1:], strict=True)]
    order = sorted(range(3), key=lambda v: -w[v])
    near = order[:2]
    has = [rows[v + 1][item] for v in range(3)]
    if not 0 < w[order[2]] < w[order[1]] - 0.02 or not has[order[2]] or sum(has) < 2:
        return None
    s, name = sum(w[v] * has[v] for v in near), f"*s*_{{0{item}}}"
    names = [f"*w*_{{0{v}}}" for v in (1, 2, 3)]
    return Problem(
        "People who are alike",
        [
            "Find the similarities (3.1) of user 0 with the users 1, 2 and 3. Then"
            f" score item {item} for user 0, with the *k* = 2 nearest users.",
            Table(["*X*", *(f"item {i}" for i in range(5))], _rows("user", rows)),
        ],
        {"rows": rows, "item": item},
        [
            *(
                f"{names[v]} = {both[v]} / √({sizes[0]} · {sizes[v + 1]}) = {n(w[v])}."
                for v in range(3)
            ),
            f"The nearest are {commas([v + 1 for v in near])}. Of these"
            f" {commas([v + 1 for v in near if has[v]])} has item {item}:"
            f" {name} = {n(s)}.",
        ],
        {**dict(zip(names, w, strict=True)), name: s},
        [
            (names[0], both[0], "the count of shared items"),
            (names[0], both[0] / (sizes[0] * sizes[1]), "the roots are missing"),
            (name, dot(w, has), "all three users vote"),
            (name, sum(has[v] for v in near), "votes are not weighed"),
        ],
    )


@question("03.G2", 6)
def ease(rng: Random) -> Problem | None:
    X = [[int(rng.random() < 0.6) for _ in range(3)] for _ in range(5)]
    G = [[sum(r[j] * r[i] for r in X) + (i == j) for i in range(3)] for j in range(3)]
    (a, b, c), (_, d, e), (_, _, f) = G
    det = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d)
    column = [b * e - c * d, b * c - a * e, a * d - b * b]  # of the adjugate
    B = [-column[0] / column[2], -column[1] / column[2]]
    if det > 99 or abs(B[0] - B[1]) < 0.02 or min(map(abs, B)) < 0.02:
        return None
    names = "*B*_{13}", "*B*_{23}", "*s*_{u3}"
    return Problem(
        "Weights of a regression",
        [
            "For three items and *λ* = 1, *G* has the rows"
            f" {commas(G)}. The third column of *G*^{{−1}} is"
            f" {n(column)} / {det}. Check it with the third row of *G*. Then find the"
            " weights of the items 1 and 2 for item 3 by (3.4), and the score of item 3"
            " for somebody who has 1 and 2.",
        ],
        {"G": G, "column": column, "det": det},
        [
            f"Third row times column: ({products(G[2], column)}) / {det} ="
            f" {dot(G[2], column)} / {det} = 1.",
            *(
                f"{names[j]} = −{neg(column[j])} / {n(column[2])} = {n(B[j])}; {det}"
                " cancels."
                for j in (0, 1)
            ),
            f"{names[2]} = {added(B)} = {n(sum(B))}.",
        ],
        {names[0]: B[0], names[1]: B[1], names[2]: sum(B)},
        [
            (names[0], -B[0], "the minus is missing"),
            (names[0], -column[0] / det, "not divided by the diagonal entry"),
            (names[2], -sum(B), "the minus is missing"),
        ],
    )


@question("03.G4", 7)
def decayed(rng: Random) -> Problem | None:
    told = [rng.sample("ABCD", rng.choice([3, 4])) for _ in range(3)]
    older, last, j = rng.sample("ABCD", 3)
    gamma, beta = rng.choice([0.5, 0.8]), rng.choice([1, 2])

    def steps(i: str) -> list[int]:
        found = [h.index(j) - h.index(i) for h in told if i in h and j in h]
        return [one for one in found if one > 0]

    f = {i: sum(1 / one for one in steps(i)) for i in (last, older)}
    size = {i: sum(i in h for h in told) for i in (last, older)}
    plain = {i: f[i] / (size[i] + beta) for i in (last, older)}
    if not f[older] or f[last] == len(steps(last)):
        return None
    s, name = plain[last] + gamma * plain[older], f"*s*_{{u{j}}}"
    f_names = {i: f"*f*_{{{i}{j}}}" for i in (last, older)}
    return Problem(
        "What came afterwards",
        [
            "Three histories: "
            + "; ".join(" → ".join(h) for h in told)
            + f". A new person *u* had {older}, and then {last}. Count {f_names[last]}"
            f" and {f_names[older]}. Then score {j} by (3.5), with *γ* = {n(gamma)} and"
            f" *β* = {beta}.",
        ],
        {
            "histories": told,
            "new": (older, last),
            "item": j,
            "gamma": gamma,
            "beta": beta,
        },
        [
            *(
                f"{f_names[i]}: after {i} came {j} at the distance {commas(steps(i))},"
                f" so {n(f[i])}. *n*_{{{i}}} = {size[i]}."
                for i in (last, older)
            ),
            f"{name} = {n(f[last])} / ({size[last]} + {beta}) + {n(gamma)} ·"
            f" {n(f[older])} / ({size[older]} + {beta}) = {n(s)}.",
        ],
        {f_names[last]: f[last], f_names[older]: f[older], name: s},
        [
            (f_names[last], len(steps(last)), "not divided by the distance"),
            (name, gamma * plain[last] + plain[older], "the last film is decayed"),
            (name, plain[last] + plain[older], "*γ* is missing"),
        ],
    )
