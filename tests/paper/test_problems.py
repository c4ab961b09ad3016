"""Every kind of question, over many seeds: the key against the package's functions or
another way to compute it, and numbers that are pleasant on paper.
"""

import itertools
import re
from math import atanh, log

import numpy as np
import pandas as pd
import pytest
from scipy import signal, special, stats
from scipy.spatial import distance
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import log_loss

from course.modules import ROOT
from rec_tutor.baselines import EASE, ItemKNN, UserKNN
from rec_tutor.baselines.neighbours import cosine_similarity
from rec_tutor.baselines.rules import followers
from rec_tutor.check.questions import data, dqn, mf
from rec_tutor.decisions import bandits
from rec_tutor.evaluation import metrics
from rec_tutor.inputs.graph import bipartite_adjacency
from rec_tutor.inputs.matrix import interaction_matrix
from rec_tutor.paper.page import rich
from rec_tutor.paper.problem import (
    MAKERS,
    Maker,
    Problem,
    Table,
    apart,
    draw,
    flat,
    n,
    pleasant,
)

SEEDS = range(50)
LETTERS = "ABCD"


def sigmoid(z):
    return special.expit(z)


def ratings_of(table):
    users, items = np.nonzero(np.array(table))
    return pd.DataFrame({"user": users, "item": items, "rating": 1.0})


def matrix_of(edges, shape):
    table = np.zeros(shape)
    for u, i in edges:
        table[u - 1, i - 1] = 1
    return interaction_matrix(ratings_of(table), *shape)


def slope(function, at):
    """A gradient by small steps; `at` may have any shape."""
    at = np.array(at, float)
    result = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-5
        result[place] = (function(at + step) - function(at - step)) / 2e-5
    return result


# ------------------------------- each gives the answers in the order of the question


def top_list(scores, seen):
    masked = np.array(scores)
    masked[seen] = -np.inf
    return (np.argsort(-masked)[:3],)


def together(likes, films):
    X = interaction_matrix(ratings_of(likes), 5, 4)
    C = (X.T @ X).toarray()
    np.fill_diagonal(C, 0)
    s = X.toarray()[-1] @ C
    own = np.flatnonzero(likes[-1])[0]
    return s[films[0]], s[films[1]], cosine_similarity(X)[own, films[0]]


def smoothed(likes, sizes, mean, m):
    # as many other ratings as make the mean what it is said to be
    more = 10_000
    rest = mean * (more + sum(sizes)) - sum(likes)
    p = data.smoothed(np.array([*likes, rest]), np.array([*sizes, more]), m)
    return p[0], p[1], "film 1" if p[0] > p[1] else "film 2"


def observed_mean(chance):
    return np.average(range(1, 6), weights=chance), chance[4] / sum(chance)


def time_split(log):
    frame = pd.DataFrame(log, columns=["user", "item", "rating", "timestamp"])
    last = frame.groupby("user")["timestamp"].idxmax()
    train = frame.drop(index=last)
    X = interaction_matrix(train, 3, 4).toarray()
    hidden = frame.loc[last].sort_values("user")["item"]
    return hidden, X[0], X.sum(axis=0)


def in_list(listed, relevant):
    return np.isin(listed, relevant)[None], np.array([len(relevant)])


def hits_in_a_list(listed, relevant):
    given = in_list(listed, relevant)
    return tuple(
        metric(*given)[0] for metric in (metrics.precision, metrics.recall, metrics.mrr)
    )


def ndcg(listed, relevant, k):
    hits, size = in_list(listed, relevant)
    gain = (hits[0] / np.log2(np.arange(2, k + 2))).sum()
    value = metrics.ndcg(hits, size)[0]
    return gain, gain / value, value


def interval(people, mean, deviation):
    error = deviation / people**0.5
    low, high = stats.norm.interval(0.95, mean, error)
    verdict = int(mf.compare(np.array([low]), np.array([high]))[0])
    return error, low, high, {1: "ahead", -1: "behind", 0: "open"}[verdict]


def rmse(truth, guess):
    return (metrics.rmse(np.array(truth), np.array(guess)),)


def item_knn(sizes, shared):
    roots = np.sqrt(sizes)
    s = (np.array(shared) / np.outer(roots[:2], roots[2:])).sum(axis=0)
    return s[0], s[1], "CD"[s.argmax()]


def user_knn(rows, item):
    frame = ratings_of(rows)
    X = interaction_matrix(frame, 4, 5)
    model = UserKNN(4, 5, k=2, shrink=0).fit(frame)
    return *cosine_similarity(X.T.tocsr())[0, 1:], model.score([0])[0, item]


def ease(G, column, det):
    inverse = np.linalg.inv(G)
    assert np.allclose(inverse[:, 2], np.array(column) / det)
    one, two = -inverse[:2, 2] / inverse[2, 2]
    return one, two, one + two


def decayed(histories, new, item, gamma, beta):
    numbers = [np.array([LETTERS.index(one) for one in h]) for h in histories]
    f = followers(numbers, 4, 5).toarray()
    often = np.bincount(np.concatenate(numbers), minlength=4)
    (older, last), j = map(LETTERS.index, new), LETTERS.index(item)
    rules = f[:, j] / (often + beta)
    return f[last, j], f[older, j], rules[last] + gamma * rules[older]


def neuron(w, x, b, y):
    z = np.dot(w, x) + b
    return z, sigmoid(z), log_loss([y], [sigmoid(z)], labels=[0, 1])


def neuron_step(w, b, x, p, y, eta):
    """The bias is such that the neuron says p."""
    z = log(p / (1 - p))

    def cost(move):
        p = sigmoid(z + move[:2] @ np.array(x) + move[2])
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    g = slope(cost, [0, 0, 0])
    return g[:2], w - eta * g[:2], b - eta * g[2]


def hidden_layer(W, b, v, bias, x):
    z = np.array(x) @ np.array(W) + b
    h = np.maximum(z, 0)
    return z, h, h @ v + bias


def back_propagation(x, z, v, p, y):
    s = log(p / (1 - p)) - np.maximum(z, 0) @ np.array(v)

    def cost(more=0.0, by_z=0, by_v=0, by_W=0):
        sums = np.array(z) + by_z + np.array(x) @ (np.zeros((2, 2)) + by_W)
        p = sigmoid(s + more + np.maximum(sums, 0) @ (np.array(v) + by_v))
        return -y * np.log(p) - (1 - y) * np.log(1 - p)

    return (
        slope(cost, 0.0),
        slope(lambda one: cost(by_z=one), [0, 0]),
        slope(lambda one: cost(by_v=one), [0, 0]),
        slope(lambda one: cost(by_W=one), [[0, 0], [0, 0]]),
    )


def convolution(w, b, x):
    return (signal.correlate2d(x, w, "valid") + b,)


def pooling(x, m, s):
    return (np.lib.stride_tricks.sliding_window_view(x, m)[::s].max(axis=1),)


def horizontal_filter(E, F, b):
    places = signal.correlate2d(E, F, "valid")[:, 0] + b
    return places, np.maximum(places, 0).max()


def vertical_filter(E, v):
    return (np.array(E).T @ v,)


def mood(x, keep):
    return (signal.lfilter([1 - keep], [1, -keep], x),)


def rnn_step(W, U, b, x, h):
    a = np.hstack([W, U]) @ [*x, *h] + b
    return a, np.tanh(a)


def back_through_time(h, u):
    inputs = [atanh(now) - u * old for now, old in zip(h, [0, *h[:2]], strict=True)]

    def cost(u, more=(0, 0, 0)):
        state = 0.0
        for one, extra in zip(inputs, more, strict=True):
            state = np.tanh(one + extra + u * state)
        return (state - 1) ** 2 / 2

    deltas = slope(lambda more: cost(u, more), [0, 0, 0])
    return *deltas[::-1], slope(cost, u)


def gru_step(into, U, h):
    r, z = sigmoid(np.array(into[:2]))
    new = np.tanh(into[2] + U * (r * h))
    return r, z, new, new + z * (h - new)


def lstm_step(into, what, c):
    forget, write, show = sigmoid(np.array(into))
    c = np.array([forget, write]) @ [c, np.tanh(what)]
    return c, show * np.tanh(c)


def tf_idf(texts, count, having):
    counts = np.array([[i < size for size in having] for i in range(texts)], float)
    model = TfidfTransformer(norm=None).fit(counts)
    return tuple(model.transform([count]).toarray()[0])


def skip_gram(v, o, n):
    def cost(v):
        return -np.log(sigmoid(v @ np.array(o))) - np.log(sigmoid(-v @ np.array(n)))

    return cost(np.array(v)), slope(cost, v)


def bag_of_words(words, W, b):
    mean = np.mean(words, axis=0)
    return mean, sigmoid(mean @ W + b)


def cosine_of_means(texts):
    one, two = np.mean(texts, axis=1)
    return one, two, 1 - distance.cosine(one, two)


def cell(P, Q, u, i, r):
    value = (np.array(P) @ np.transpose(Q))[u - 1, i - 1]
    return value, r - value


def sgd_step(p, q, r, eta, penalty):
    p, q = np.array(p, float), np.array(q, float)
    return r - p @ q, *mf.sgd_step(p, q, r, eta, penalty)


def choice(scores, taken):
    def cost(s):
        return special.logsumexp(s) - s[taken - 1]

    return special.softmax(scores), cost(np.array(scores)), slope(cost, scores)


def cosine_score(p, q, tau):
    cosine = 1 - distance.cosine(p, q)
    return cosine, cosine / tau


def gmf(p, q, h, b):
    return np.multiply(p, q), p @ np.diag(h) @ q + b, np.multiply(h, q)


def mlp(A, B, p, q, b, h):
    z = np.maximum(np.hstack([A, B]) @ [*p, *q] + b, 0)
    return z, z @ h


def yes_or_no(s):
    def cost(s):
        return -special.log_expit(s * [1, -1, -1]).sum()

    return cost(np.array(s)), slope(cost, s)


def relu_product(x, y):
    parts = np.maximum([x + y, -x - y, x - y, y - x], 0)
    value = parts @ [0.5, 0.5, -0.5, -0.5]
    return value, x * y, value - x * y


def attention(q, keys, values):
    w = special.softmax(np.array(keys) @ q)
    return w, w @ values


def causal_mask(scores, d):
    hidden = np.triu(np.full((3, 3), -np.inf), 1)
    return tuple(special.softmax(np.array(scores) / d**0.5 + hidden, axis=1))


def block(x, W1, W2):
    h = np.maximum(np.array(W1) @ x, 0)
    return h, x + np.array(W2) @ h


def two_passes(edges, start):
    A = bipartite_adjacency(matrix_of(edges, (3, 3)), "sum")
    h = np.eye(6)[start - 1]
    return (A @ h)[3:], (A @ (A @ h))[:3]


def scaled_pass(edges, h):
    X = matrix_of(edges, (2, 2))
    A = bipartite_adjacency(X, "symmetric").astype(float)
    return [A[u - 1, i + 1] for u, i in edges], A @ h


def mean_of_layers(E, weights):
    powers = [np.linalg.matrix_power(weights, k) @ E for k in range(3)]
    return powers[1], powers[2], np.mean(powers, axis=0)


def returns(rewards, gamma):
    G = [dqn.returns(np.array(row), gamma)[0] for row in rewards]
    return G[0], G[1], "AB"[int(np.argmax(G))]


def q_step(old, r, following, gamma, alpha):
    y = r + gamma * np.max(following)
    return y, (1 - alpha) * old + alpha * y


def exploration(Q, epsilon):
    greedy = np.array(Q) == max(Q)
    return ((1 - epsilon) * greedy + epsilon * np.full(len(Q), 1 / len(Q)),)


def target_of_dqn(Q, r, gamma):
    masks = np.array([[1, 1, 1], [1, 1, 1], [0, 1, 1]], bool)
    best = np.where(masks, Q, -np.inf).max(axis=1)
    return tuple(r + gamma * (1 - np.array([0, 1, 0])) * best)


def click(v, x):
    return tuple(1 / (1 + np.exp(1 - np.array([v, v - x]))))


def new_person(B, told):
    row = np.isin(range(1, 5), told)
    scores = row @ np.array(B)
    best = np.argmax(np.where(row, -np.inf, scores)) + 1
    return scores[~row], best


def ridge_of_linucb(film, other, click):
    policy, r = bandits.LinUCB(2), np.array([1, click])
    for x, one in zip((film, other), r, strict=True):
        policy.update(np.array(x, float), one)
    return r @ np.array([film, other]), policy.mean


def missing_kind(z, lost):
    masked = np.where(np.arange(1, 4) == lost, -np.inf, z)
    return special.softmax(z), special.softmax(masked)


def worth_asking(A, B):
    bits = [stats.entropy(one, base=2) for one in (A, B)]
    return *bits, "AB"[int(np.argmax(bits))]


OTHERWISE = {
    key: globals()[maker.name] for key, maker in MAKERS.items()
}  # a name is unique


@pytest.fixture(scope="module")
def drawn():
    return {key: [draw(one, seed) for seed in SEEDS] for key, one in MAKERS.items()}


def close(value, other):
    one, two = list(flat(value)), list(np.ravel(np.array(other)))
    return len(one) == len(two) and all(
        a == b if isinstance(a, str) else abs(a - b) < 2e-4
        for a, b in zip(one, two, strict=True)
    )


@pytest.mark.parametrize("key", MAKERS)
def test_the_key_is_what_others_compute(key, drawn):
    for problem in drawn[key]:
        expected = OTHERWISE[key](**problem.given)
        for value, other in zip(problem.answer.values(), expected, strict=True):
            assert close(value, other), problem


@pytest.mark.parametrize("key", MAKERS)
def test_the_numbers_are_pleasant(key, drawn):
    for problem in drawn[key]:
        for value in flat(list(problem.given.values())):
            assert isinstance(value, str) or abs(value * 1000) % 1 < 1e-6
            assert isinstance(value, str) or abs(value) < 3000
        assert len(problem.wrong) >= 2
        for name, right in problem.answer.items():
            assert any(isinstance(x, str) or abs(x) > 0.0099 for x in flat(right))
            assert all(
                apart(right, value) for what, value, _ in problem.wrong if what == name
            )
        assert {what for what, *_ in problem.wrong} <= set(problem.answer)


def test_other_seeds_give_other_numbers(drawn):
    for key, problems in drawn.items():
        given = {repr(one.given) for one in problems}
        assert len(given) >= 15, key
    again = draw(MAKERS["07.sgd_step"], 3)
    assert again == drawn["07.sgd_step"][3]


def words(problem):
    for one in problem.text:
        if isinstance(one, Table):
            yield from (n(cell) for line in (one.head, *one.rows) for cell in line)
        else:
            yield one


@pytest.mark.parametrize("key", MAKERS)
def test_a_question_says_all_that_is_needed(key, drawn):
    for problem in drawn[key]:
        text = " ".join(words(problem))
        have = set(re.findall(r"−?\d+(?:\.\d+)?|[A-Z]\b", text))
        for value in flat(list(problem.given.values())):
            assert n(value) in have, (key, value, text)
        shown = " ".join(map(rich, [text, *problem.steps, *problem.answer]))
        shown += "".join(rich(what) + rich(why) for what, _, why in problem.wrong)
        assert not re.search(r"[*{}]|[_^]\b", shown), shown
        way = " ".join(problem.steps)
        assert all(n(one) in way for one in flat(list(problem.answer.values()))), way


NAMES = {"sqrt": np.sqrt, "array": np.array, "log": np.log, "tanh": np.tanh}
NAMES |= {"sigmoid": sigmoid}
SUM = r"(?:ln|tanh|[\d().,−+·/√σ ])+"


def value_of(text):
    """A sum as a key writes it, computed; None if it is none."""
    code = re.sub(r"(√|ln |tanh )(σ\([^)]*\)|[\d.]+)", r"\1(\2)", text.strip(" .;:,"))
    code = re.sub(r"(^|[ (])\((−?[\d.]+(?:, −?[\d.]+)+)\)", r"\1array([\2])", code)
    for sign, name in {"√": "sqrt", "ln ": "log ", "σ": " sigmoid"}.items():
        code = code.replace(sign, name)
    try:
        return eval(code.replace("−", "-").replace("·", "*"), dict(NAMES))
    except SyntaxError:
        return None


def equalities(step):
    """The sides of every "1 · 2 + 3 = 5" in a line of a key."""
    for part in re.split(r"[;:] |, so |\. ", step.replace("*σ*", "σ")):
        for left, right in itertools.pairwise(part.split(" = ")):
            one, two = re.search(f"{SUM}$", left), re.match(f"{SUM}", right)
            before = left[: one.start()] if one else ""
            named = re.search(r"[*}′]$", before) or (
                before[-1:].isalpha() and not one[0].startswith(" ")
            )
            if one and two and not named:
                sides = value_of(one[0]), value_of(two[0])
                if not any(side is None for side in sides):
                    yield sides


@pytest.mark.parametrize("key", MAKERS)
def test_the_way_adds_up(key, drawn):
    seen = 0
    for problem in drawn[key]:
        for step in problem.steps:
            for left, right in equalities(step):
                seen += 1
                size = 1 + np.abs(left).max()
                assert np.allclose(left, right, atol=0.004 * size), step
    words = ("01.top_list", "01.time_split", "04.pooling", "10.two_passes")
    few = ("08.relu_product", "09.causal_mask")
    assert seen >= len(SEEDS) or key in (*words, *few), seen


def test_wrong_results_are_those_of_the_mistakes(drawn):
    code = {
        ("new *p*_{u}", "the penalty is missing"): mf.no_penalty,
        ("new *p*_{u}", "the penalty is added"): mf.penalty_added,
        ("new *p*_{u}", "uphill"): mf.uphill,
        ("new *q*_{i}", "with the new *p*_{u}"): mf.q_moves_with_new_p,
        ("new *q*_{i}", "the penalty is missing"): mf.no_penalty,
    }
    for problem in drawn["07.sgd_step"]:
        given = problem.given | {x: np.array(problem.given[x]) for x in "pq"}
        said = {(name, what): value for name, value, what in problem.wrong}
        for (name, what), mistake in code.items():
            result = mistake(**given)[name != "new *p*_{u}"]
            assert np.allclose(said[name, what], result), what


def test_every_chapter_has_three_and_they_belong_to_it():
    chapters = {
        one.name[:2]: one
        for one in sorted((ROOT / "book").glob("??_*.md"))
        if not one.stem.endswith("_deeper")
    }
    for number, path in chapters.items():
        text = path.read_text(encoding="utf-8")
        own = [one for one in MAKERS.values() if one.chapter == number]
        assert len(own) >= 3
        for maker in own:
            assert f"**{maker.goal}**" in text and 3 <= maker.minutes <= 8
            problem = draw(maker, 0)
            said = " ".join([*words(problem), problem.title, *problem.steps])
            said += " ".join(why for *_, why in problem.wrong)
            for equation in re.findall(r"\((\d+\.\d)\)", said):
                if equation.split(".")[0] == str(int(number)):
                    assert rf"\tag{{{equation}}}" in text, (maker.key, equation)
    assert {one.chapter for one in MAKERS.values()} == set(chapters)
    assert len({one.name for one in MAKERS.values()}) == len(MAKERS)


def test_more_than_one_model_agrees_with_the_formula_of_item_knn():
    """(3.2) as the questions have it is what ItemKNN computes, (3.4) what EASE does."""
    table = [[1, 1, 0, 1], [1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]]
    frame, X = ratings_of(table), np.array(table, float)
    frame["timestamp"] = 0
    C = X.T @ X
    s = item_knn(list(np.diag(C)), C[:2, 2:])
    model = ItemKNN(5, 4, k=4).fit(frame)
    assert np.allclose(model.score([4])[0, 2:], s[:2])
    G = C[:3, :3] + np.eye(3)
    column = np.linalg.inv(G)[:, 2]
    small = EASE(5, 3, l2=1).fit(frame[frame["item"] < 3])
    assert np.isclose(small.score([4])[0, 2], ease(G, column, 1)[2])


# ------------------------------------------------------------ what is refused


def made(answer=2.0, wrong=3.0):
    return Problem("", [], {}, [], {"x": answer}, [("x", wrong, ""), ("x", 9.0, "")])


@pytest.mark.parametrize(
    "problem",
    [made(0.0), made((0.0, 0.0)), made(2.0, 2.004), made(9.0), made(2.0, 9.001)],
)
def test_unpleasant_numbers_are_drawn_again(problem):
    assert pleasant(made()) and not pleasant(problem)
    waiting = [None, problem, made()]
    maker = Maker("x", "07.G1", 3, lambda rng: waiting.pop(0))
    assert draw(maker, 0) == made() and not waiting


def test_numbers_that_are_never_pleasant():
    with pytest.raises(RuntimeError, match=r"07\.x: no pleasant numbers"):
        draw(Maker("x", "07.G1", 3, lambda rng: None), 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.0001, "0"), (1, "1"), (-2.5, "−2.5"), (2 / 3, "0.667"), ((1, -2), "(1, −2)")],
)
def test_how_numbers_look(value, text):
    assert n(value) == text
