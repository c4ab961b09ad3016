"""Chapter 00: a neuron's training, with other contracts."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.contract import Family, Option

FAMILIES = [
    Family(
        "networks.2",
        "00.G5",
        "def early_stop(training, validation, test, patience):",
        "Which epoch's weights to keep, and what to report of them.\n\n"
        "training, validation, test: (epochs,), three losses after each epoch;"
        " patience: a whole number above 0. Epochs are counted from 0. While the"
        " epochs are run, one of them is the best one so far: at first epoch 0. What"
        " comes after the stop is never seen; if training never stops, all epochs are"
        " run. Returns two numbers: the epoch that is kept, and the report.",
        body="""
best = waited = 0
for epoch in range(1, len(validation)):
    new = validation[epoch] $better
    $waiting
    best = epoch if new else best
    if waited == patience:
        break
$kept
return kept, $report
""",
        switches={
            "better": (
                Option(
                    "An epoch becomes the best one if its validation loss is below that"
                    " of the best one so far.",
                    "< validation[best]",
                ),
                Option(
                    "An epoch becomes the best one if its validation loss is below that"
                    " of the best one so far, or equal to it.",
                    "<= validation[best]",
                ),
                Option(
                    "An epoch becomes the best one if its validation loss is more than"
                    " 0.25 below that of the best one so far.",
                    "< validation[best] - 0.25",
                ),
            ),
            "waiting": (
                Option(
                    "Training stops when `patience` epochs in a row have not become the"
                    " best one.",
                    "waited = 0 if new else waited + 1",
                ),
                Option(
                    "Training stops when `patience` epochs in all, in a row or not,"
                    " have not become the best one.",
                    "waited += not new",
                ),
                Option(
                    "Training stops when `patience` epochs in a row have not become the"
                    " best one, and each epoch that becomes the best one raises the"
                    " patience by 1.",
                    "waited = 0 if new else waited + 1\npatience += new",
                ),
            ),
            "kept": (
                Option("The best epoch is kept.", "kept = best"),
                Option(
                    "The last epoch that was run is kept, the best one or not.",
                    "kept = epoch",
                ),
            ),
            "report": (
                Option(
                    "The report is the test loss of the epoch that is kept.",
                    "test[kept]",
                ),
                Option(
                    "The report is the test loss minus the training loss, both of the"
                    " epoch that is kept.",
                    "test[kept] - training[kept]",
                ),
                Option(
                    "The report is the test loss of the epoch that is kept, divided by"
                    " the test loss of epoch 0.",
                    "test[kept] / test[0]",
                ),
            ),
        },
        cases=[
            (
                np.array([3.9, 3.0, 2.5, 2.2, 1.7, 1.5]),
                np.array([4.0, 3.0, 3.5, 3.2, 2.0, 2.6]),
                np.array([4.2, 3.3, 2.9, 3.6, 2.4, 2.7]),
                2,
            ),
            (
                np.array([3.0, 2.5, 2.0, 1.8, 1.6, 1.4, 1.2]),
                np.array([3.0, 2.0, 2.5, 2.0, 2.6, 2.7, 1.5]),
                np.array([3.1, 2.3, 2.4, 2.2, 2.8, 2.9, 1.6]),
                3,
            ),
            (
                np.array([5.0, 4.0, 3.5, 3.0, 2.5, 2.0]),
                np.array([5.0, 6.0, 4.0, 4.5, 3.0, 3.5]),
                np.array([5.5, 5.8, 4.4, 4.3, 3.6, 3.4]),
                2,
            ),
            (
                np.array([5.0, 4.0, 3.5, 3.2, 3.0, 2.8, 2.5, 2.4]),
                np.array([5.2, 4.1, 4.0, 3.9, 4.2, 4.3, 4.4, 3.0]),
                np.array([5.3, 4.4, 4.2, 4.5, 4.6, 3.9, 4.7, 3.3]),
                3,
            ),
            (
                np.array([4.0, 3.0, 1.0, 1.2, 0.9]),
                np.array([2.0, 2.0, 4.0, 1.0, 1.5]),
                np.array([2.2, 2.1, 4.1, 1.3, 1.6]),
                2,
            ),
            (
                np.array([3.4, 3.1, 3.0, 2.5, 2.4, 2.0, 1.5, 1.4]),
                np.array([3.0, 3.1, 2.4, 2.5, 2.3, 2.6, 2.5, 1.8]),
                np.array([3.2, 3.3, 2.9, 2.8, 2.5, 2.7, 2.6, 2.1]),
                2,
            ),
            (
                np.array([3.0, 2.9, 2.5, 2.0]),
                np.array([3.0, 3.3, 3.2, 2.0]),
                np.array([3.1, 3.4, 3.6, 2.2]),
                2,
            ),
        ],
        right="The rules decide with the validation losses alone, so the test loss has"
        " taken no part in the choice. It costs one look at each epoch that is run.",
        hints=(
            "Go through the epochs from 1, and keep two numbers: the best epoch so far,"
            " and how long you have waited.",
            "First decide whether an epoch is a new best one, then whether it is the"
            " last. After the loop read the lines on what is kept and reported again.",
        ),
    ),
    Family(
        "networks.3",
        "00.G3",
        "def neuron_step(w, b, x, y, eta):",
        "One step of (0.4) for the neuron of (0.1), with the loss of one example.\n\n"
        "w: (features,), its weights, none of them 0; b: its bias; x: (features,), the"
        " inputs; y: 1 or 0, what is true; eta: the step size. The sum z is x @ w + b,"
        " and its sigmoid p is the probability that the neuron gives. The slopes are"
        " those of the loss by each weight and by the bias. Returns the new w and the"
        " new b: the old ones minus eta times their slopes.",
        body="""
z = x @ w + b
$truth
$loss
by_w, by_b = $by_w, slope
$clipped
return w - eta * by_w, b - eta * by_b
""",
        switches={
            "loss": (
                Option(
                    "The loss is the cross-entropy of p and y.",
                    "slope = 1 / (1 + np.exp(-z)) - y",
                ),
                Option(
                    "The loss is (p - y) ** 2.",
                    "p = 1 / (1 + np.exp(-z))\nslope = 2 * (p - y) * p * (1 - p)",
                ),
                Option(
                    "The loss is (z - y) ** 2: without the sigmoid.",
                    "slope = 2 * (z - y)",
                ),
            ),
            "truth": (
                Option("In the loss y is taken as it is given.", ""),
                Option(
                    "In the loss y is smoothed: 0.9 stands for 1, and 0.1 for 0.",
                    "y = 0.9 if y == 1 else 0.1",
                ),
            ),
            "by_w": (
                Option("Nothing is added to the loss.", "slope * x"),
                Option(
                    "To the loss 0.1 times the sum of the squares of the weights is"
                    " added; the bias is not in the sum.",
                    "slope * x + 0.2 * w",
                ),
                Option(
                    "To the loss 0.1 times the sum of the absolute values of the"
                    " weights is added; the bias is not in the sum.",
                    "slope * x + 0.1 * np.sign(w)",
                ),
            ),
            "clipped": (
                Option("The slopes are used as they are, however large.", ""),
                Option(
                    "Before the step each slope, of a weight or of the bias, is clipped"
                    " to the range from -0.25 to 0.25.",
                    "by_w = np.clip(by_w, -0.25, 0.25)\nby_b = np.clip(by_b, -0.25,"
                    " 0.25)",
                ),
                Option(
                    "Before the step all slopes are divided by their common length, if"
                    " it is above 1: the root of the sum of the squares of the slopes"
                    " of all weights and of the bias.",
                    "length = max(1, np.sqrt(by_w @ by_w + by_b**2))\n"
                    "by_w = by_w / length\nby_b = by_b / length",
                ),
            ),
        },
        cases=[
            (np.array([1.0, -0.5]), 1.0, np.array([1.0, 4.0]), 1, 0.1),
            (np.array([0.2, -0.3]), 0.475, np.array([-0.5, 0.25]), 0, 0.5),
            (np.array([0.3, -0.2, 1.1]), 0.5, np.array([1.0, 2.0, -1.0]), 1, 0.25),
            (np.array([0.4, -0.5]), 0.25, np.array([0.5, -1.0]), 1, 1.0),
            (np.array([0.25, 0.5]), 0.1, np.array([-4.0, 5.0]), 0, 0.5),
        ],
        right="Each parameter moves against its own slope, and all slopes come from one"
        " p, that of before the step. A step takes a few operations for each weight.",
        hints=(
            "Write the slope of the loss by the weighted sum first. Each weight's slope"
            " is that number times its input; the bias has the input 1.",
            "The slope of the sigmoid is p * (1 - p). It cancels in the slope of the"
            " cross-entropy.",
        ),
    ),
    Family(
        "networks.5",
        "00.G4",
        "def one_epoch(w, b, X, y, order, batch_size, eta):",
        "One epoch of training the neuron of (0.1) with cross-entropy, in batches.\n\n"
        "w: (features,); b: a number; X: (n, features); y: (n,), 1 or 0; order: (n,),"
        " the numbers of all rows in the order in which they are used; batch_size: how"
        " many rows make a batch; eta: a step size. Each batch makes one step (0.4):"
        " the step size times its slopes is subtracted from w and b. Returns a w and a"
        " b.",
        body="""
path = [np.append(w, b)]
for start in range(0, len(order), batch_size):
    $rows
    inputs = np.column_stack([X[rows], np.ones(len(rows))])
    p = 1 / (1 + np.exp(-inputs @ path[-1]))
    slopes = inputs.T @ (p - y[rows])$over
    path.append(path[-1] - $eta * slopes)
$end
return end[:-1], end[-1]
""",
        switches={
            "over": (
                Option(
                    "The slopes of a batch are the mean of the slopes of its rows.",
                    " / len(rows)",
                ),
                Option(
                    "The slopes of a batch are the sum of the slopes of its rows.", ""
                ),
                Option(
                    "The slopes of a batch are the sum of the slopes of its rows,"
                    " divided by the root of how many rows it has.",
                    " / np.sqrt(len(rows))",
                ),
            ),
            "rows": (
                Option(
                    "The last batch has the rows that are left, if they are fewer than"
                    " batch_size.",
                    "rows = order[start : start + batch_size]",
                ),
                Option(
                    "If fewer than batch_size rows are left at the end, they are not"
                    " used.",
                    "rows = order[start : start + batch_size]\n"
                    "if len(rows) < batch_size:\n"
                    "    break",
                ),
                Option(
                    "If fewer than batch_size rows are left at the end, the last batch"
                    " is filled up with rows from the beginning of the order, if need"
                    " be several times.",
                    "rows = order[np.arange(start, start + batch_size) % len(order)]",
                ),
            ),
            "eta": (
                Option("All batches have the step size eta.", "eta"),
                Option(
                    "The first batch has the step size eta, the second eta / 2, the"
                    " third eta / 3, and so on.",
                    "eta / len(path)",
                ),
                Option(
                    "The first batch has the step size eta, and each further one half"
                    " of that of the batch before.",
                    "eta / 2 ** (len(path) - 1)",
                ),
            ),
            "end": (
                Option(
                    "What is returned is w and b after the last batch.",
                    "end = path[-1]",
                ),
                Option(
                    "What is returned is the mean of w and of b, over what they are"
                    " before the first batch and after each batch.",
                    "end = np.mean(path, axis=0)",
                ),
            ),
        },
        cases=[
            (
                np.array([0.0, 0.0]),
                0.0,
                np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
                np.array([1, 0, 1]),
                np.array([2, 0, 1]),
                2,
                1.0,
            ),
            (
                np.array([0.5, -0.3, 0.2]),
                -0.1,
                np.array(
                    [
                        [1.0, 0.0, 2.0],
                        [0.0, 1.0, -1.0],
                        [0.5, 0.5, 0.0],
                        [-1.0, 2.0, 1.0],
                    ]
                ),
                np.array([1, 0, 0, 1]),
                np.array([3, 0, 2, 1]),
                2,
                0.5,
            ),
            (
                np.array([0.2, -0.1]),
                0.3,
                np.array([[1.0, 0.5], [0.0, 2.0], [-1.0, 0.0]]),
                np.array([0, 1, 1]),
                np.array([1, 2, 0]),
                1,
                0.8,
            ),
            (
                np.array([0.4, 0.1]),
                0.2,
                np.array([[1.0, 2.0], [0.0, 1.0], [1.5, -1.0]]),
                np.array([0, 1, 1]),
                np.array([1, 2, 0]),
                7,
                0.1,
            ),
        ],
        right="Each batch starts from what the one before has made of w and b, and all"
        " its rows see the same p. An epoch takes a few operations for each number of"
        " X, whatever the size of a batch.",
        hints=(
            "A loop over range(0, len(order), batch_size) begins each batch. Which rows"
            " does it have?",
            "The slope of a row by its weighted sum is p - y. Multiply it by the row's"
            " inputs for w, by 1 for b, and add up over the batch.",
        ),
    ),
]
