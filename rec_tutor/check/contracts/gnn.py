"""Chapter 10: graphs, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

RATED = np.array(
    [
        [1, 1, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 0, 1, 1],
        [0, 0, 0, 0, 0],
    ]
)

FAMILIES = [
    Family(
        "gnn.1",
        "10.G1",
        "def adjacency(pairs, users, films):",
        "The matrix of the graph of users and films.\n\n"
        "pairs: (ratings, 2), in each row a user and a film, both numbered from 0; a"
        " row may come twice, and there may be no row. users, films: how many there"
        " are.\n\n"
        "Returns a matrix of weights, (nodes, nodes), a row and a column for each"
        " node: 0 where two nodes are not joined.",
        body="""
A = np.zeros((users + films, users + films))
for u, i in pairs:
    A[$order] $twice 1
$both
$itself
$scaled
return A
""",
        switches={
            "order": (
                Option(
                    "The first nodes are the users, the films come behind them.",
                    "u, users + i",
                ),
                Option(
                    "The first nodes are the films, the users come behind them.",
                    "films + u, i",
                ),
            ),
            "twice": (
                Option(
                    "The weight of a pair is 1, however many rows hold it.",
                    "=",
                ),
                Option(
                    "The weight of a pair is how many rows hold it.",
                    "+=",
                ),
            ),
            "both": (
                Option(
                    "The weight of a pair stands twice: in the row of the user and the"
                    " column of the film, and in the row of the film and the column of"
                    " the user.",
                    "A = A + A.T",
                ),
                Option(
                    "The weight of a pair stands once, in the row of the user and the"
                    " column of the film: edges lead from users to films only.",
                    "",
                ),
            ),
            "itself": (
                Option("No node is joined to itself: the diagonal is 0.", ""),
                Option(
                    "Every node is joined to itself: the diagonal is 1.",
                    "A = A + np.eye(len(A))",
                ),
                Option(
                    "A node that comes in no pair is joined to itself, with 1 on the"
                    " diagonal; there the diagonal of all others is 0.",
                    "alone = A.sum(axis=0) + A.sum(axis=1) == 0\n"
                    "A = A + np.diag(alone)",
                ),
            ),
            "scaled": (
                Option("The weights are not scaled.", ""),
                Option(
                    "At the end each weight is divided by the sum of its row; a row of"
                    " zeros stays as it is.",
                    "A = A / np.maximum(A.sum(axis=1, keepdims=True), 1)",
                ),
                Option(
                    "At the end each weight but 0 is divided by the root of a product:"
                    " the sum of its row times the sum of its column, both as they"
                    " were before any division.",
                    "rows, columns = A.sum(axis=1, keepdims=True), A.sum(axis=0)\n"
                    "A = A / np.sqrt(np.maximum(rows * columns, 1))",
                ),
            ),
        },
        cases=[
            (np.array([[0, 1], [1, 0], [1, 1]]), 2, 3),
            (np.array([[0, 0], [3, 1], [1, 1], [3, 1], [3, 0]]), 5, 2),
            (np.zeros((0, 2), dtype=int), 1, 2),
        ],
        right="Users and films have numbers of their own, so no two nodes are mixed up."
        " It costs one step for each pair, and a matrix of nodes times nodes, nearly"
        " all of it zeros.",
        hints=(
            "Which row is user u, and which row is film i? One of the two numbers has"
            " to be moved by how many of the others come first.",
            "Fill the matrix from the pairs first. Then the diagonal, and the scaling"
            " at the very end.",
        ),
    ),
    Family(
        "gnn.3",
        "10.G2",
        "def light(matrix, E, layers):",
        "The final vectors of a graph network without weights to learn.\n\n"
        "matrix: (nodes, nodes), its edges are scaled already; E: (nodes, d), the"
        " vectors before the first layer; layers: how many, also 0. Each layer makes"
        " new vectors from those of the layer before it. Without layers the result is"
        " E itself.",
        body="""
states = [E]
for _ in range(layers):
    state = $passing
    $after
    states.append(state)
$first
return $summary
""",
        switches={
            "passing": (
                Option(
                    "A layer multiplies the matrix by the vectors of the layer before.",
                    "matrix @ states[-1]",
                ),
                Option(
                    "A layer multiplies the matrix by the vectors of the layer before,"
                    " and adds these vectors themselves.",
                    "matrix @ states[-1] + states[-1]",
                ),
                Option(
                    "A layer multiplies the matrix by the vectors of the layer before,"
                    " and takes the mean of the result and E.",
                    "(matrix @ states[-1] + E) / 2",
                ),
            ),
            "after": (
                Option("What comes out is the layer.", ""),
                Option(
                    "Where a negative number comes out, the layer has 0.",
                    "state = np.maximum(state, 0)",
                ),
                Option(
                    "What comes out is divided, row by row, by the length of the row,"
                    " so that each row of the layer has length 1; a row of zeros"
                    " stays.",
                    "lengths = np.linalg.norm(state, axis=1, keepdims=True)\n"
                    "state = state / np.where(lengths > 0, lengths, 1)",
                ),
            ),
            "first": (
                Option("E is layer 0, and counts with the layers behind it.", ""),
                Option(
                    "E does not count, only the layers behind it do, if there is one.",
                    "states = states[1:] or states",
                ),
            ),
            "summary": (
                Option(
                    "The result, (nodes, d), is the mean of the layers that count.",
                    "np.mean(states, axis=0)",
                ),
                Option(
                    "The result, (nodes, d), is the sum of the layers that count.",
                    "np.sum(states, axis=0)",
                ),
                Option(
                    "The result, (nodes, d), has, number by number, the largest of the"
                    " layers that count.",
                    "np.max(states, axis=0)",
                ),
                Option(
                    "The result has the layers that count side by side, the first of"
                    " them on the left: (nodes, how many count times d).",
                    "np.concatenate(states, axis=1)",
                ),
            ),
        },
        cases=[
            (
                np.array([[0, 0, 0.5], [0, 0, 0.5], [0.5, 0.5, 0]]),
                np.array([[4.0, 0], [0, 0], [0, -2]]),
                2,
            ),
            (
                np.array(
                    [
                        [0, 0, 0, 0.5, 0.25],
                        [0, 0, 0, 0, 0.5],
                        [0, 0, 0, 0, 0],
                        [0.5, 0, 0, 0, 0],
                        [0.25, 0.5, 0, 0, 0],
                    ]
                ),
                np.array([[1.0, -3], [2, -1], [-5, 4], [3, 1], [-1, 6]]),
                3,
            ),
            (
                np.array([[0, 0.25], [0.25, 0]]),
                np.array([[3.0, -1, 2], [-2, -5, 8]]),
                1,
            ),
            (np.array([[0, 0.5], [0.5, 0]]), np.array([[-1.0], [3]]), 0),
        ],
        right="Each layer reaches one edge further, and the summary keeps several of"
        " them. Nothing is learnt here: a layer costs nodes times nodes times d"
        " multiplications, and if zeros are left out, edges times d.",
        hints=(
            "Keep the layers in a list that begins with E, and append a new one in a"
            " loop.",
            "The next layer is made from the last one of the list, as it stands there."
            " The summary comes behind the loop.",
        ),
    ),
    Family(
        "gnn.4",
        "10.G3",
        "def heard(X, person, layers):",
        "How many people and how many films are heard in a person's final vector?\n\n"
        "X: (people, films), 1 where a person rated a film, else 0; person: the number"
        " of a row of X; layers: how many, also 0. People and the films that they"
        " rated are joined by edges. In each layer every node gets the sum of the"
        " vectors that its neighbours had one layer before, and nothing of its own."
        " Layer 0 is what each node begins with. A node is heard if the vector that it"
        " begins with is a part of the person's final vector.",
        body="""
people = np.arange(len(X)) == person
films = np.zeros(X.shape[1], dtype=bool)
$edges
for _ in range(layers):
    new_people, new_films = X @ films > 0, people @ X > 0
    $final
$herself
$known
return $answer
""",
        switches={
            "edges": (
                Option("All edges count.", ""),
                Option(
                    "A film that more than half of all people rated has no edges: it"
                    " tells people apart too little.",
                    "X = X * (X.sum(axis=0) <= len(X) / 2)",
                ),
                Option(
                    "A film that one person alone rated has no edges.",
                    "X = X * (X.sum(axis=0) > 1)",
                ),
            ),
            "final": (
                Option(
                    "The final vector is the mean over the layers 0 to `layers`.",
                    "people, films = people | new_people, films | new_films",
                ),
                Option(
                    "The final vector is the last layer alone.",
                    "people, films = new_people, new_films",
                ),
            ),
            "herself": (
                Option(
                    "The person is counted like everybody else, if she is heard.", ""
                ),
                Option(
                    "The person herself is never counted.", "people[person] = False"
                ),
            ),
            "known": (
                Option("All films that are heard are counted.", ""),
                Option(
                    "Of the films that are heard only those are counted that the person"
                    " did not rate.",
                    "films = films & (X[person] == 0)",
                ),
            ),
            "answer": (
                Option(
                    "Returns two whole numbers: how many people, and how many films.",
                    "int(people.sum()), int(films.sum())",
                ),
                Option(
                    "Returns two shares: people divided by the number of rows of X, and"
                    " films divided by the number of its columns.",
                    "people.sum() / X.shape[0], films.sum() / X.shape[1]",
                ),
            ),
        },
        cases=[
            (RATED, 0, 3),
            (RATED, 1, 2),
            (RATED[:, ::-1], 3, 5),
            (RATED[:4], 2, 2),
            (RATED, 4, 4),
            (RATED, 1, 0),
        ],
        right="True and false are enough: how loud somebody is heard does not matter"
        " here. Each layer costs two products with the table, and the large matrix is"
        " never built.",
        hints=(
            "Two arrays of True and False: which people are in the vector, which films."
            " At the beginning it is the person alone.",
            "A layer leads from films to people, X @ films > 0, and from people to"
            " films, people @ X > 0. Compute both before you change either.",
        ),
    ),
    Family(
        "gnn.5",
        "10.G4",
        "def one_layer(X, P, Q):",
        "One pass between people and films: a new vector for each node, made of the"
        " vectors of its neighbours.\n\n"
        "X: (people, films), 1 where a person rated a film, else 0; P: (people, d), Q:"
        " (films, d), what they hold before the pass. The degree of a node is the"
        " number of its edges. Returns the new P and the new Q.",
        body="""
$scale

def hear(weights, own, others):
    alone = ~weights.any(axis=1, keepdims=True)
    return np.where(alone, $alone, weights @ others$own)

$turn
return new_P, new_Q
""",
        switches={
            "scale": (
                Option(
                    "A node hears the sum of its neighbours' vectors, each divided by"
                    " the root of the degree of the node times the degree of the"
                    " neighbour.",
                    "degrees = X.sum(axis=1, keepdims=True) * X.sum(axis=0)\n"
                    "to_people = X / np.sqrt(np.maximum(degrees, 1))\n"
                    "to_films = to_people.T",
                ),
                Option(
                    "A node hears the mean of its neighbours' vectors.",
                    "to_people = X / np.maximum(X.sum(axis=1, keepdims=True), 1)\n"
                    "to_films = (X / np.maximum(X.sum(axis=0), 1)).T",
                ),
                Option(
                    "A node hears the sum of its neighbours' vectors, each divided by"
                    " the degree of the neighbour.",
                    "to_people = X / np.maximum(X.sum(axis=0), 1)\n"
                    "to_films = (X / np.maximum(X.sum(axis=1, keepdims=True), 1)).T",
                ),
                Option(
                    "A node hears the sum of its neighbours' vectors, not divided by"
                    " anything.",
                    "to_people, to_films = X, X.T",
                ),
            ),
            "own": (
                Option("Its new vector is what it hears, and no more.", ""),
                Option(
                    "Its new vector is what it hears, plus the vector that it held"
                    " before the pass.",
                    " + own",
                ),
            ),
            "alone": (
                Option(
                    "The new vector of a node without an edge is zeros, whatever it"
                    " held before.",
                    "np.zeros_like(own)",
                ),
                Option(
                    "The new vector of a node without an edge is the one that it held"
                    " before, once.",
                    "own",
                ),
                Option(
                    "The new vector of a node without an edge is the mean of the"
                    " vectors of all nodes of the other kind, as they are when it"
                    " hears, without its own.",
                    "others.mean(axis=0)",
                ),
            ),
            "turn": (
                Option(
                    "People and films hear at the same time: what the others held"
                    " before the pass.",
                    "new_P, new_Q = hear(to_people, P, Q), hear(to_films, Q, P)",
                ),
                Option(
                    "People hear first, what the films held before the pass; then films"
                    " hear the new vectors of the people.",
                    "new_P = hear(to_people, P, Q)\nnew_Q = hear(to_films, Q, new_P)",
                ),
                Option(
                    "Films hear first, what the people held before the pass; then"
                    " people hear the new vectors of the films.",
                    "new_Q = hear(to_films, Q, P)\nnew_P = hear(to_people, P, new_Q)",
                ),
            ),
        },
        cases=[
            (
                np.array([[1, 1, 0], [1, 0, 0]]),
                np.array([[2.0], [4]]),
                np.array([[6.0], [2], [5]]),
            ),
            (
                np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]),
                np.array([[1.0, 2], [3, -1], [0.5, 4]]),
                np.array([[0.2, 1], [-1, 2], [3, 0.1], [2, -0.5]]),
            ),
        ],
        right="The table and its transpose carry both directions, so the large matrix"
        " is never built, and nothing is divided by zero. It costs as many"
        " multiplications as the table has numbers, times d, for each direction.",
        hints=(
            "Make two tables of weights first: one with a row for each person who"
            " hears, one with a row for each film that hears.",
            "A degree of 0 would divide by zero. Divide by 1 there, and put the vector"
            " of a node without an edge in at the end.",
        ),
    ),
]
