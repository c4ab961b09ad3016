"""Would a small row notice? Plants faults in copies of the code and runs the small rows
of the experiments.

    python -m course faults                      all of them
    python -m course faults 07 08_ncf            those of some experiments

Of each experiment three kinds: a wrong gradient (of a closed form: a wrong term), an id
that is off by one, and a leak (something of the test among what is learnt, or nothing
masked). Each names the models in which it is planted; it is caught when for every one
of them a small row that names this model does not come out as recorded.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course.modules import ROOT

SCRIPT = "script"


@dataclass(frozen=True)
class Fault:
    """changes: (file, code, what stands there instead). The code is as `ast.unparse`
    writes it, so that a reformatted file does not hide it; it must occur exactly once.
    """

    kind: str
    models: Sequence[str]  # settings or parts of small rows: of each one must be wrong
    changes: Sequence[tuple[str, str, str]]


# --- faults that several experiments share ---

SHIFTED_ROWS = ("rec_tutor/inputs/sampling.py", "yield (users, self.matrix[users].toarray())",
                "yield (users, np.roll(self.matrix[users].toarray(), 1, axis=1))")  # fmt: skip
SHIFTED_WINDOWS = ("rec_tutor/inputs/sequences.py", "ends = steps[owner] - from_end * length",
                   "ends = np.maximum(steps[owner] - from_end * length - 1, 0)")  # fmt: skip
NO_MASK = (
    "rec_tutor/evaluation/ranking.py",
    "found[rows, columns] = -np.inf",
    "found[rows, columns] += 0",
)
NO_TERMINAL = (
    "rec_tutor/torch/dqn.py",
    "self.gamma * (1 - terminated) * later",
    "self.gamma * later",
)
SOFTMAX_MF = (
    "rec_tutor/torch/mf.py",
    "(self.user_factors(users), self.item_factors.weight)",
    "(self.user_factors(users), self.item_factors.weight.detach())",
)
BIASED_MF = ("rec_tutor/torch/mf.py", "predicted = self.mean + sum(biases) + (user * item)",
             "predicted = self.mean + biases[0].detach() + biases[1] + (user * item)")  # fmt: skip
BPR_MF = (
    "rec_tutor/torch/mf.py",
    "gap = (user * (taken - other)).sum(-1)",
    "gap = (user.detach() * (taken - other)).sum(-1)",
)
CONTENT_MF = ("rec_tutor/torch/content.py", "return self.users(users) @ self.project(features).T",
              "return self.users(users) @ self.project(features).detach().T")  # fmt: skip
EASE = (
    "rec_tutor/baselines/linear.py",
    "weights /= -np.diag(weights)",
    "weights /= -np.diag(weights)[:, None]",
)
COSINE = (
    "rec_tutor/baselines/neighbours.py",
    "cosines += shrink",
    "cosines += 2 * shrink",
)
RULES = (
    "rec_tutor/baselines/rules.py",
    "counts = counts + times / gap",
    "counts = counts + times",
)
CHAIN = (  # which has no distances
    "rec_tutor/baselines/rules.py",
    "successors = np.asarray(counts.sum(axis=1)).ravel()",
    "successors = np.asarray(counts.sum(axis=0)).ravel()",
)
DQN_GOAL = ("rec_tutor/torch/dqn.py", "goal = self.targets(*outcome)",
            "goal = 0.9 * self.targets(*outcome)")  # fmt: skip
DQN_ACTION = (
    "rec_tutor/torch/dqn.py",
    "gather(1, actions[:, None])",
    "gather(1, (actions[:, None] + 1) % outcome[3].shape[1])",
)

TRIED = ("Popularity", "ItemKNN", "UserKNN", "EASE", "ALS", "MarkovChain", "SequentialRules", "DecayedRules",
         "SoftmaxMF", "BPRMF", "NeuMF", "LightGCN", "NGCF", "GRU4Rec", "Caser", "SASRec")  # fmt: skip
RULE_NAMES = ("MarkovChain", "SequentialRules", "DecayedRules")
EQUAL_READERS = ("TF-IDF, own words, whole", "TF-IDF, own words", "TF-IDF", "TF-IDF, 400 read", "LSTM", "attention",
                 "bag", "bag, 400 read", "CNN")  # fmt: skip
FAULTS: dict[str, list[Fault]] = {
    "02_intervals": [
        Fault("gradient", ("fixed", "SoftmaxMF", "BPRMF"), [SOFTMAX_MF, BPR_MF]),
        Fault("gradient", ("fixed",), [
            ("rec_tutor/evaluation/statistics.py", "values.std(axis=0, ddof=1) / np.sqrt(n)",
             "values.std(axis=0, ddof=1) / np.sqrt(1.1 * n)"),
        ]),
        Fault("id", ("fixed", "SoftmaxMF", "BPRMF"), [
            SHIFTED_ROWS,
            (SCRIPT, "pairs = Batches(user, item, batch_size", "pairs = Batches(user, (item + 1) % SIZE[1], batch_size"),
        ]),
        Fault("leak", ("fixed", "SoftmaxMF", "BPRMF"), [NO_MASK]),
    ],
    "03_baselines": [
        Fault("gradient", ("EASE", "ItemKNN", "UserKNN", "ALS", "Content", *RULE_NAMES, "RecencyKNN"), [
            EASE, COSINE, RULES, CHAIN,
            ("rec_tutor/baselines/als.py", "right = (1 + self.alpha) * own.sum", "right = self.alpha * own.sum"),
            ("rec_tutor/baselines/content.py", "rows.data -= self.indifferent", "rows.data -= 0.9 * self.indifferent"),
        ]),
        Fault("id", ("EASE", "ItemKNN", "UserKNN", "ALS", "Content", *RULE_NAMES, "RecencyKNN"), [
            (SCRIPT, ".fit(train)", ".fit(train.assign(item=(train['item'] + 1) % size[1]))"),
        ]),
        Fault("leak", ("EASE", "ItemKNN", "UserKNN", "ALS", "Content", *RULE_NAMES, "RecencyKNN"), [
            (SCRIPT, "    train, valid = cut(name)\n",
             "    train, valid = cut(name)\n    train = pd.concat([train, valid.iloc[::10]])\n"),
        ]),
    ],
    "03_larger": [
        Fault("gradient", ("SoftmaxMF", "BPRMF", "EASE", "ItemKNN", "UserKNN", *RULE_NAMES, "GRU4Rec", "Caser", "SASRec"), [
            SOFTMAX_MF, BPR_MF, EASE, COSINE, RULES, CHAIN,
            ("rec_tutor/torch/rnn.py", "self.gru(self.drop(self.past(turned)))",
             "self.gru(self.drop(self.past(turned).detach()))"),
            ("rec_tutor/torch/cnn.py", "F.pad(self.past(inputs) * real", "F.pad(self.past(inputs).detach() * real"),
            ("rec_tutor/torch/sasrec.py", "x = self.items(inputs)", "x = self.items(inputs).detach()"),
        ]),
        Fault("gradient", ("LightGCN", "NGCF", "NeuMF", "ALS"), [
            ("rec_tutor/torch/gnn.py", "@ F.normalize(item, dim=-1, eps=1e-12).T", "@ F.normalize(item.detach(), dim=-1, eps=1e-12).T"),
            ("rec_tutor/torch/ncf.py", "self.out(self.user_factors(users) * self.item_factors(items))",
             "self.out(self.user_factors(users) * self.item_factors(items).detach())"),
            ("rec_tutor/baselines/als.py", "right = (1 + self.alpha) * own", "right = (1 + 2 * self.alpha) * own"),
        ]),
        Fault("id", tuple(TRIED), [
            (SCRIPT, "model = fit(replace(ds, ratings=split.train), seed)",
             "model = fit(replace(ds, ratings=split.train.assign(item=(split.train['item'] + 1) % ds.num_items)), seed)"),
            (SCRIPT, "model = fit(replace(ds, ratings=split.refit), seed)",
             "model = fit(replace(ds, ratings=split.refit.assign(item=(split.refit['item'] + 1) % ds.num_items)), seed)"),
        ]),
        Fault("leak", tuple(TRIED), [NO_MASK]),
        Fault("leak", ("walk", "curve"), [
            ("rec_tutor/evaluation/splits.py", "ratings[times < times[rows[0]]]", "ratings[times < times[rows[-1]]]"),
            ("rec_tutor/evaluation/boards.py", "others = people[testers:]", "others = people[testers // 2:]"),
        ]),
    ],
    "03_larger_tensorflow": [
        Fault("gradient", ("BPRMF", "LightGCN", "NeuMF", "GRU4Rec", "Caser", "SASRec"), [
            ("rec_tutor/tensorflow/mf.py", "gap = tf.reduce_sum(user * (taken - other), axis=-1)",
             "gap = tf.reduce_sum(tf.stop_gradient(user) * (taken - other), axis=-1)"),
            ("rec_tutor/tensorflow/gnn.py", "tf.transpose(tf.nn.l2_normalize(item, axis=-1))",
             "tf.transpose(tf.nn.l2_normalize(tf.stop_gradient(item), axis=-1))"),
            ("rec_tutor/tensorflow/ncf.py", "self.out(self.user_factors(users) * self.item_factors(items))",
             "self.out(self.user_factors(users) * tf.stop_gradient(self.item_factors(items)))"),
            ("rec_tutor/tensorflow/rnn.py", "self.drop(self.past(turned), training", "self.drop(tf.stop_gradient(self.past(turned)), training"),
            ("rec_tutor/tensorflow/cnn.py", "tf.pad(self.past(inputs) * real", "tf.pad(tf.stop_gradient(self.past(inputs)) * real"),
            ("rec_tutor/tensorflow/sasrec.py", "x = self.items(inputs)", "x = tf.stop_gradient(self.items(inputs))"),
        ]),
        Fault("id", ("SoftmaxMF", "BPRMF", "NeuMF", "LightGCN", "NGCF", "GRU4Rec", "Caser", "SASRec"), [
            (SCRIPT, "replace(ds, ratings=split.refit)",
             "replace(ds, ratings=split.refit.assign(item=(split.refit['item'] + 1) % ds.num_items))"),
        ]),
        Fault("leak", ("SoftmaxMF", "BPRMF", "NeuMF", "LightGCN", "NGCF", "GRU4Rec", "Caser", "SASRec"), [NO_MASK]),
    ],
    "04_cnn": [
        Fault("gradient", ("class", "pixels", "untrained", "CNN", "new", "kinds", "Caser", "no horizontal", "no vertical",
                           "no user vector", "pair", "RecencyKNN", *RULE_NAMES), [
            CONTENT_MF, COSINE, RULES, CHAIN,
            ("rec_tutor/torch/cnn.py", "first = F.relu(self.first(x))", "first = F.relu(self.first(x)).detach()"),
            ("rec_tutor/torch/cnn.py", "F.pad(self.past(inputs) * real", "F.pad(self.past(inputs).detach() * real"),
        ]),
        Fault("id", ("class", "pixels", "untrained", "CNN", "new", "kinds", "Caser", "no horizontal", "no vertical",
                     "no user vector", "pair", "Popularity", "RecencyKNN", *RULE_NAMES), [
            SHIFTED_ROWS, SHIFTED_WINDOWS,
            (SCRIPT, "self.pictures.train_labels[:pictures]", "np.roll(self.pictures.train_labels, 1)[:pictures]"),
            (SCRIPT, "fitted = BASELINES[model](*size).fit(last.refit)",
             "fitted = BASELINES[model](*size).fit(last.refit.assign(item=(last.refit['item'] + 1) % size[1]))"),
        ]),
        Fault("leak", ("class", "pixels", "untrained", "CNN", "new", "kinds", "Caser", "no horizontal", "no vertical",
                       "no user vector", "pair", "Popularity", "RecencyKNN", *RULE_NAMES), [
            NO_MASK,
            (SCRIPT, "trained(features[:cut], interaction_matrix(early, USERS, cut), l2, epochs, seed)",
             "trained(features, interaction_matrix(s.bought, USERS, KNOWN), l2, epochs, seed)"),
            (SCRIPT, "    matrix = interaction_matrix(s.bought, USERS, KNOWN)\n",
             "    everything = pd.concat([s.bought, s.wanted.assign(item=s.wanted['item'] + KNOWN)])\n"
             "    matrix = interaction_matrix(everything, USERS, KNOWN + NEW)\n"),
            (SCRIPT, "on_items(trained(features[s.known], matrix",
             "on_items(trained(features[np.concatenate([s.known, s.new])], matrix"),
        ]),
        Fault("leak", ("CNN",), [
            (SCRIPT, "data_ = (self.pictures.train_images[:pictures], self.pictures.train_labels[:pictures])",
             "data_ = (self.pictures.test_images[:pictures], self.pictures.test_labels[:pictures])"),
        ]),
    ],
    "05_rnn": [
        Fault("gradient", ("plain, tanh", "plain, tanh, rotation", "LSTM, forget bias 0", "LSTM, forget bias 1",
                           "LSTM, forget bias 4", "GRU, update bias 0", "GRU4Rec", "GRU4Rec, 3 averaged", "as it is",
                           "plain RNN", "LSTM", "length 10", "RecencyKNN", *RULE_NAMES, "gap", "pair"), [
            COSINE, RULES, CHAIN,
            (SCRIPT, "out(layer(x)[0][:, -1])", "out(layer(x)[0].detach()[:, -1])"),
            ("rec_tutor/torch/rnn.py", "self.gru(self.drop(self.past(turned)))",
             "self.gru(self.drop(self.past(turned).detach()))"),
        ]),
        Fault("id", ("plain, tanh", "plain, tanh, rotation", "LSTM, forget bias 0", "LSTM, forget bias 1",
                     "LSTM, forget bias 4", "GRU, update bias 0", "GRU4Rec", "GRU4Rec, 3 averaged", "as it is",
                     "plain RNN", "LSTM", "length 10", "Popularity", "RecencyKNN", *RULE_NAMES, "gap", "pair"), [
            SHIFTED_WINDOWS,
            (SCRIPT, "(x[:, 0, 0] > 0).float()", "(x[:, 1, 0] > 0).float()"),
            (SCRIPT, "'item': np.concatenate(histories)", "'item': (np.concatenate(histories) + 1) % SIZE[1]"),
        ]),
        Fault("leak", ("plain, tanh", "plain, tanh, rotation", "LSTM, forget bias 0", "LSTM, forget bias 1",
                       "LSTM, forget bias 4", "GRU, update bias 0", "GRU4Rec", "GRU4Rec, 3 averaged", "as it is",
                       "plain RNN", "LSTM", "length 10", "Popularity", "RecencyKNN", *RULE_NAMES), [
            (SCRIPT, "        x = torch.as_tensor(signs)\n",
             "        signs[:, -1] = signs[:, 0]\n        x = torch.as_tensor(signs)\n"),
            NO_MASK,
        ]),
        Fault("leak", ("GRU4Rec", "GRU4Rec, 3 averaged", "as it is", "plain RNN", "LSTM", "length 10", "Popularity",
                       "RecencyKNN", *RULE_NAMES, "gap", "pair"), [
            (SCRIPT, "TOLD = sequences.histories(last.refit, ds.num_users)",
             "TOLD = sequences.histories(ds.ratings, ds.num_users)"),
        ]),
    ],
    "06_coldstart": [
        Fault("gradient", ("choice", "ContentMF: genre, year", "ContentMF: MiniLM", "trap: MiniLM", "told: MF", "cold: MF",
                           "genre x year", "profile: TF-IDF", "profile: MiniLM", "pair"), [
            CONTENT_MF, SOFTMAX_MF,
            (SCRIPT, "+ shrink * counts[~new].mean())", "+ 2 * shrink * counts[~new].mean())"),
            (SCRIPT, "vectors = features(name) - features(name)[~new].mean(axis=0)", "vectors = features(name)"),
        ]),
        Fault("id", ("choice", "ContentMF: genre, year", "ContentMF: MiniLM", "trap: MiniLM", "told: MF", "cold: MF",
                     "genre x year", "profile: TF-IDF", "profile: MiniLM", "told: popularity", "pair"), [
            SHIFTED_ROWS,
            (SCRIPT, "counts = np.bincount(known['item'], minlength=ds.num_items)",
             "counts = np.roll(np.bincount(known['item'], minlength=ds.num_items), 1)"),
            (SCRIPT, "np.tile(np.bincount(board.refit['item'], minlength=ds.num_items)",
             "np.tile(np.roll(np.bincount(board.refit['item'], minlength=ds.num_items), 1)"),
            (SCRIPT, "unit(interaction_matrix(known, *SIZE) @ vectors)",
             "unit(interaction_matrix(known, *SIZE) @ np.roll(vectors, 1, axis=0))"),
        ]),
        Fault("leak", ("choice", "ContentMF: genre, year", "ContentMF: MiniLM", "trap: MiniLM", "cold: MF",
                       "genre x year", "profile: TF-IDF", "profile: MiniLM", "pair"), [
            (SCRIPT, "known = board.refit[~new[board.refit['item']]]", "known = board.refit"),
            (SCRIPT, "content_mf(board.train[~new[board.train['item']]], new", "content_mf(board.train, new"),
            (SCRIPT, "if trap else ~new", "if trap else new | ~new"),
        ]),
        Fault("leak", ("choice", "ContentMF: MiniLM", "told: MF", "told: popularity", "random", "genre x year"), [NO_MASK]),
    ],
    "06_nlp": [
        Fault("gradient", ("BagOfWords", "AttentionPooling", "TextCNN", "TextLSTM", "where", "shuffled", "words", "choice",
                           *EQUAL_READERS, "tries", "level", "pair"), [
            ("rec_tutor/torch/text.py", "mean = (self.words(words) * real)", "mean = (self.words(words).detach() * real)"),
            ("rec_tutor/torch/text.py", "e = self.words(words)\n", "e = self.words(words).detach()\n"),
            ("rec_tutor/torch/text.py", "e = self.words(words) * (words != 0)", "e = self.words(words).detach() * (words != 0)"),
            ("rec_tutor/torch/text.py", "self.lstm(self.drop(self.words(words)))", "self.lstm(self.drop(self.words(words).detach()))"),
            (SCRIPT, "min_df=1 + phrase, sublinear_tf=True", "min_df=1 + phrase, sublinear_tf=False"),
            (SCRIPT, "min_df=2 if own else 1, sublinear_tf=True", "min_df=2 if own else 1, sublinear_tf=False"),
        ]),
        Fault("id", ("BagOfWords", "AttentionPooling", "TextCNN", "TextLSTM", "where", "shuffled", "words", "choice",
                           *EQUAL_READERS, "tries", "level", "pair"), [
            ("rec_tutor/inputs/text.py", "[self._numbers.get(word, 1) for word in tokens(text)]",
             "[max(self._numbers.get(word, 1) - 1, 1) for word in tokens(text)]"),
            (SCRIPT, "{'last': slice(-100, None), 'first': slice(100), 'all': slice(None)}",
             "{'last': slice(-101, -1), 'first': slice(1, 101), 'all': slice(1, None)}"),
            (SCRIPT, "(corpus.train_labels[:texts], cut < texts)", "(np.roll(corpus.train_labels[:texts], 1), cut < texts)"),
        ]),
        Fault("leak", ("BagOfWords", "AttentionPooling", "TextCNN", "TextLSTM", "where", "shuffled", "words", "choice",
                           *EQUAL_READERS, "tries", "level", "pair"), [
            (SCRIPT, "corpus = reviews.load()\n",
             "corpus = reviews.load()\ncorpus = __import__('dataclasses').replace(\n"
             "    corpus, train_texts=corpus.test_texts, train_labels=corpus.test_labels\n)\n"),
        ]),
    ],
    "07_mf": [
        Fault("gradient", ("cosine", "inner product", "BiasedMF", "BPRMF", "EASE", "SoftmaxMF", "jump", "best"), [
            SOFTMAX_MF, BIASED_MF, BPR_MF, EASE,
        ]),
        Fault("gradient", ("arrival",), [(SCRIPT, "user = user + 0.5 * (own", "user = user + 0.4 * (own")]),
        Fault("id", ("cosine", "inner product", "BiasedMF", "BPRMF", "EASE", "SoftmaxMF", "jump", "best"), [
            SHIFTED_ROWS,
            (SCRIPT, "batches = Batches(user, item, rating, batch_size=1024", "batches = Batches(user, (item + 1) % SIZE[1], rating, batch_size=1024"),
            (SCRIPT, "batches = Batches(user, item, batch_size=4096", "batches = Batches(user, (item + 1) % SIZE[1], batch_size=4096"),
            (SCRIPT, "recency=strength).fit(ratings)",
             "recency=strength).fit(ratings.assign(item=(ratings['item'] + 1) % SIZE[1]))"),
        ]),
        Fault("leak", ("cosine", "inner product", "BiasedMF", "BPRMF", "EASE", "SoftmaxMF", "jump", "best"), [
            NO_MASK,
            (SCRIPT, "(parts.train[name].to_numpy() for name", "(pd.concat([parts.train, parts.test])[name].to_numpy() for name"),
        ]),
        Fault("leak", ("order", "best", "ensemble", "jump"), [
            ("rec_tutor/evaluation/cuts.py", "pd.concat([self.train, self.valid]).sort_index",
             "pd.concat([self.train, self.valid, self.test.iloc[::10]]).sort_index"),
        ]),
    ],
    "08_ncf": [
        Fault("gradient", ("GMF", "MLP", "NeuMF", "BPRMF", "SoftmaxMF", "EASE", "ConvNCF", "product", "pretrain", "profiles",
                           "new", "leak"), [
            BPR_MF, SOFTMAX_MF, EASE,
            ("rec_tutor/torch/ncf.py", "self.out(self.user_factors(users) * self.item_factors(items))",
             "self.out(self.user_factors(users) * self.item_factors(items).detach())"),
            ("rec_tutor/torch/ncf.py", "item = self.from_item(torch.cat([self.item_factors(items), self",
             "item = self.from_item(torch.cat([self.item_factors(items).detach(), self"),
            (SCRIPT, "z = (user[..., :, None] * item[..., None, :])", "z = (user[..., :, None] * item.detach()[..., None, :])"),
            (SCRIPT, "        loss.backward()\n", "        loss.backward()\n        network[0].weight.grad[0] = 0\n"),
        ]),
        Fault("id", ("GMF", "MLP", "NeuMF", "BPRMF", "SoftmaxMF", "EASE", "ConvNCF", "product", "pretrain", "profiles",
                     "new", "leak"), [
            SHIFTED_ROWS,
            (SCRIPT, "return Batches(user, item, batch_size", "return Batches(user, (item + 1) % SIZE[1], batch_size"),
            (SCRIPT, "baselines.EASE(*SIZE, l2=100.0).fit(known)",
             "baselines.EASE(*SIZE, l2=100.0).fit(known.assign(item=(known['item'] + 1) % SIZE[1]))"),
            (SCRIPT, "network(x[rows])[:, 0], y[rows])", "network(x[rows])[:, 0], y[rows - 1])"),
        ]),
        Fault("leak", ("GMF", "MLP", "NeuMF", "BPRMF", "SoftmaxMF", "EASE", "ConvNCF", "product", "pretrain", "profiles",
                       "new", "leak"), [
            NO_MASK,
            (SCRIPT, "(x, y), (x_new, y_new) = (draw(examples), draw(10000))", "x, y = x_new, y_new = draw(examples)"),
            (SCRIPT, "known, test = (ds.ratings[~new], ds.ratings[new])", "known, test = (ds.ratings, ds.ratings[new])"),
        ]),
        Fault("leak", ("tune", "board"), [
            (SCRIPT, "NegativeSampler(interaction_matrix(ratings, *SIZE)",
             "NegativeSampler(interaction_matrix(ds.ratings, *SIZE)"),
        ]),
    ],
    "09_attention": [
        Fault("gradient", ("SASRec", "AgeMean", "DIN mean", "DIN dot", "DIN mlp", "mean", "dot", "mlp", "RecencyKNN",
                           *RULE_NAMES, "sasrec", "pair", "ties"), [
            COSINE, RULES, CHAIN,
            ("rec_tutor/torch/sasrec.py", "x = self.items(inputs)", "x = self.items(inputs).detach()"),
            ("rec_tutor/torch/din.py", "history, items = (self.past(inputs), self.items(candidates))",
             "history, items = (self.past(inputs).detach(), self.items(candidates))"),
            (SCRIPT, "weights @ self.past(inputs) @ table.T", "weights @ self.past(inputs).detach() @ table.T"),
        ]),
        Fault("id", ("SASRec", "AgeMean", "DIN mean", "DIN dot", "DIN mlp", "mean", "dot", "mlp", "Popularity", "RecencyKNN",
                     *RULE_NAMES, "sasrec", "pair", "ties"), [
            SHIFTED_WINDOWS,
            (SCRIPT, "'item': np.concatenate(histories)", "'item': (np.concatenate(histories) + 1) % SIZE[1]"),
        ]),
        Fault("leak", ("SASRec", "AgeMean", "DIN mean", "DIN dot", "DIN mlp", "mean", "dot", "mlp", "Popularity",
                       "RecencyKNN", *RULE_NAMES, "sasrec", "pair", "ties"), [
            NO_MASK,
            ("rec_tutor/torch/sasrec.py", "torch.ones(steps, steps, dtype=torch.bool, device=inputs.device).tril()",
             "torch.ones(steps, steps, dtype=torch.bool, device=inputs.device).tril(1)"),
            ("rec_tutor/torch/din.py", "allowed = (age >= 0) & (inputs", "allowed = (age >= -1) & (inputs"),
            (SCRIPT, "allowed = (age >= 0) & (inputs", "allowed = (age >= -1) & (inputs"),
        ]),
    ],
    "09_published": [
        Fault("gradient", ("SASRec", "DecayedRules"), [
            RULES, ("rec_tutor/torch/sasrec.py", "x = self.items(inputs)", "x = self.items(inputs).detach()"),
        ]),
        Fault("id", ("SASRec", "DecayedRules"), [
            (SCRIPT, "assign(item=items)", "assign(item=(items + 1) % len(kept))"),
        ]),
        Fault("leak", ("SASRec", "DecayedRules"), [NO_MASK]),
    ],
    "10_gnn": [
        Fault("gradient", ("sparse", "deep", "mix", "bpr", "ngcf", "genres", "Freebase", "2 layers", "genres, shuffled",
                           "pair", "EASE"), [
            EASE, ("rec_tutor/torch/gnn.py", "return (ctx.adjacency.times(gradient, ctx.adjacency.transposed), None)", "return (gradient, None)"),
        ]),
        Fault("gradient", ("depth", "ngcf"), [
            ("rec_tutor/torch/gnn.py", "@ F.normalize(item, dim=-1, eps=1e-12).T", "@ F.normalize(item.detach(), dim=-1, eps=1e-12).T"),
        ]),
        Fault("gradient", ("ngcf",), [
            ("rec_tutor/torch/gnn.py", "+ common(heard * x)", "+ common(heard * x.detach())"),
        ]),
        Fault("id", ("depth", "sparse", "deep", "mix", "bpr", "ngcf", "genres", "Freebase", "2 layers", "genres, shuffled",
                     "pair", "EASE", "Popularity"), [
            SHIFTED_ROWS,
            (SCRIPT, "columns = (train['user'].to_numpy(), train['item'].to_numpy())",
             "columns = (train['user'].to_numpy(), (train['item'].to_numpy() + 1) % SIZE[1])"),
            (SCRIPT, "baselines.Popularity(*SIZE).fit(train)",
             "baselines.Popularity(*SIZE).fit(train.assign(item=(train['item'] + 1) % SIZE[1]))"),
            (SCRIPT, "baselines.EASE(*SIZE, l2=100.0).fit(train)",
             "baselines.EASE(*SIZE, l2=100.0).fit(train.assign(item=(train['item'] + 1) % SIZE[1]))"),
        ]),
        Fault("id", ("genres", "Freebase"), [
            ("rec_tutor/inputs/graph.py", "items = {name: first_item + item for", "items = {name: first_item + (item + 1) % len(entities) for"),
        ]),
        Fault("leak", ("depth", "sparse", "deep", "mix", "bpr", "ngcf", "genres", "Freebase", "2 layers", "genres, shuffled",
                       "pair", "EASE", "Popularity"), [
            NO_MASK,
            (SCRIPT, "np.where(seen.toarray() > 0, -np.inf, scores)", "scores"),
        ]),
        # (not "pair": both of its models get the same films more, and their difference
        # hardly changes)
        Fault("leak", ("2 layers", "EASE", "Popularity"), [
            ("rec_tutor/evaluation/cuts.py", "pd.concat([self.train, self.valid]).sort_index",
             "pd.concat([self.train, self.valid, self.test.iloc[::10]]).sort_index"),
        ]),
    ],
    "10_knowledge": [
        Fault("gradient", ("none", "Freebase", "Wikidata", "Wikidata, shuffled", "choice", "pair", "films", "relations",
                           "new", "gap"), [
            ("rec_tutor/torch/gnn.py", "return (ctx.adjacency.times(gradient, ctx.adjacency.transposed), None)", "return (gradient, None)"),
        ]),
        Fault("id", ("none", "Freebase", "Wikidata", "Wikidata, shuffled", "choice", "pair", "films", "relations",
                     "new", "gap"), [SHIFTED_ROWS]),
        Fault("id", ("Freebase", "Wikidata", "genres", "genres and Wikidata", "choice", "relations", "new", "gap"), [
            ("rec_tutor/inputs/graph.py", "items = {name: first_item + item for", "items = {name: first_item + (item + 1) % len(entities) for"),
        ]),
        Fault("id", ("Wikidata", "genres and Wikidata", "choice", "films", "relations", "gap"), [
            (SCRIPT, "record = records.loc[joined.records[film]]", "record = records.loc[joined.records[film] - 1]"),
        ]),
        # the control is none
        Fault("leak", ("Wikidata, shuffled",), [
            (SCRIPT, "others = np.random.default_rng(seed).permutation(others)", "pass"),
        ]),
        Fault("leak", ("none", "Freebase", "Wikidata", "Wikidata, shuffled", "choice", "pair", "films", "relations",
                       "new", "gap"), [
            NO_MASK,
            (SCRIPT, "np.where(seen.toarray() > 0, -np.inf, scores)", "scores"),
            (SCRIPT, "    old = np.setdiff1d(np.arange(ds.num_items), new)\n", "    old = np.arange(ds.num_items - len(new))\n"),
        ]),
    ],
    "11_cartpole": [
        Fault("gradient", ("torch", "tensorflow"), [
            DQN_GOAL, ("rec_tutor/tensorflow/dqn.py", "goal = tf.stop_gradient(self", "goal = 0.9 * tf.stop_gradient(self"),
        ]),
        Fault("id", ("torch", "tensorflow"), [
            DQN_ACTION,
            ("rec_tutor/tensorflow/dqn.py", "tf.gather(self.online(observations), actions, batch_dims=1)",
             "tf.gather(self.online(observations), 1 - actions, batch_dims=1)"),
        ]),
        Fault("leak", ("torch", "tensorflow"), [
            NO_TERMINAL, ("rec_tutor/tensorflow/dqn.py", "self.gamma * (1 - terminated) * tf", "self.gamma * tf"),
        ]),
    ],
    "11_dqn": [
        Fault("gradient", ("control", "1", "no replay", "no target network", "not double", "not dueling", "gamma",
                           "memory .8", "no_click 0"), [DQN_GOAL]),
        Fault("id", ("control", "1", "no replay", "no target network", "not double", "not dueling", "gamma",
                     "memory .8", "no_click 0"), [DQN_ACTION]),
        Fault("leak", ("control", "1", "no replay", "no target network", "not double", "not dueling", "gamma",
                       "memory .8", "no_click 0"), [
            ("rec_tutor/decisions/worlds.py", "earlier = ordered[place < ordered.groupby('user')['item'].transform('size') / 2]",
             "earlier = ordered"),
        ]),
        Fault("leak", ("control",), [("rec_tutor/torch/dqn.py", "torch.where(masks, chooser, -torch.inf)", "chooser")]),
        # (not "control": where nobody tires or leaves, a plan with the wrong sign
        # chooses the same film)
        Fault("gradient", ("1",), [
            ("rec_tutor/decisions/planning.py", "value += weight * stay * self.plan(", "value -= weight * stay * self.plan("),
        ]),
    ],
    "11_offpolicy": [
        Fault("gradient", ("naive", "ips", "snips", "dr", "direct", "horizon", "slate"), [
            ("rec_tutor/decisions/offpolicy/estimators.py", "_estimate(log.rewards @ logs.discounts", "_estimate(0.99 * log.rewards @ logs.discounts"),
            ("rec_tutor/decisions/offpolicy/estimators.py", "values = weights * log.rewards @", "values = weights ** 0.99 * log.rewards @"),
            ("rec_tutor/decisions/offpolicy/estimators.py", "mean = (weights * log.rewards).sum(axis=0) / total", "mean = (weights * log.rewards).sum(axis=0) / (total + 1)"),
            ("rec_tutor/decisions/offpolicy/estimators.py", "errors = log.rewards + gamma * later", "errors = log.rewards + 0.99 * gamma * later"),
            ("rec_tutor/decisions/offpolicy/outcomes.py", "log.rewards[rows, t] + gamma * values[k, rows])", "log.rewards[rows, t] + 0.99 * gamma * values[k, rows])"),
        ]),
        Fault("id", ("naive", "ips", "snips", "dr", "direct", "horizon", "slate"), [
            (SCRIPT, "sessions.step(actions)", "sessions.step((actions + 1) % 10)"),
            (SCRIPT, "rewards, _, _ = sessions.step(slates)", "rewards, _, _ = sessions.step((slates + 1) % 10)"),
        ]),
        Fault("leak", ("naive", "ips", "snips", "dr", "direct", "horizon", "slate"), [
            (SCRIPT, "np.where(sessions.shown, -np.inf, 0.5 * popular", "np.where(sessions.shown & False, -np.inf, 0.5 * popular"),
            (SCRIPT, "        left[rows, place] = -np.inf\n", ""),
        ]),
        Fault("leak", ("direct", "dr"), [("rec_tutor/decisions/offpolicy/outcomes.py", "y = np.where(own, 0.0, log", "y = np.where(own & False, 0.0, log")]),
    ],
    "12_asking": [
        # (not "EASE alone": of most people popularity is all that is known after two questions)
        Fault("gradient", ("EASE", "group", "choice", "tree", "pair"), [
            EASE,
            ("rec_tutor/interview/tree.py", "+ self.shrink * here.taste", "+ 3 * self.shrink * here.taste"),
        ]),
        Fault("id", ("EASE", "EASE alone", "group", "choice", "tree", "all", "pair"), [
            ("rec_tutor/interview/asking.py", "(people[hit], asked[hit])", "(people[hit], (asked[hit] + 1) % num_items)"),
            (SCRIPT, "d.seen[d.people]", "d.seen[np.roll(d.people, 1)]"),
            (SCRIPT, ".score(asked, said)", ".score(np.roll(asked, 1, axis=0), np.roll(said, 1, axis=0))"),
            (SCRIPT, "asker.score(asked[:, :k], said[:, :k])",
             "asker.score(np.roll(asked[:, :k], 1, axis=0), np.roll(said[:, :k], 1, axis=0))"),
        ]),
        # the answers know what is to be found
        Fault("leak", ("EASE", "EASE alone", "group", "choice", "tree", "pair"), [
            (SCRIPT, "interaction_matrix(split.fold_in, *size, values='rating')",
             "interaction_matrix(pd.concat([split.fold_in, test]), *size, values='rating')"),
        ]),
        Fault("leak", ("EASE", "EASE alone", "group", "choice", "tree", "all", "pair"), [NO_MASK]),
    ],
    "12_bandits": [
        Fault("gradient", ("greedy, cold", "LinUCB, cold", "Thompson, cold", "epsilon-greedy, cold", "greedy, warm",
                           "LinUCB, warm", "Thompson, warm", "epsilon-greedy, warm", "choice", "pair"), [
            ("rec_tutor/decisions/bandits.py", "gain = spread / (1 + context @ spread)", "gain = spread / (2 + context @ spread)"),
        ]),
        Fault("id", ("greedy, cold", "LinUCB, cold", "Thompson, cold", "epsilon-greedy, cold", "greedy, warm",
                     "LinUCB, warm", "Thompson, warm", "epsilon-greedy, warm", "popularity", "click rate",
                     "mean person", "choice", "pair"), [
            (SCRIPT, "one.update(contexts[chosen[k]]", "one.update(contexts[chosen[k] - 1]"),
            (SCRIPT, "minlength=ds.num_items)[world.items]", "minlength=ds.num_items)[world.items - 1]"),
            (SCRIPT, "np.bincount(shown.ravel(), clicks", "np.bincount(np.roll(shown.ravel(), 1), clicks"),
            (SCRIPT, "prior(films[shown], clicks)", "prior(films[shown - 1], clicks)"),
        ]),
        # the new people are in the log, and what they took among what films are known by
        Fault("leak", ("greedy, cold", "LinUCB, cold", "Thompson, cold", "epsilon-greedy, cold", "greedy, warm",
                       "LinUCB, warm", "Thompson, warm", "epsilon-greedy, warm", "popularity", "click rate",
                       "mean person", "choice", "pair"), [
            (SCRIPT, "rng.permutation(np.flatnonzero(~is_new))", "rng.permutation(ds.num_users)"),
            (SCRIPT, "known = train[~is_new[train['user']]]", "known = train"),
        ]),
    ],
    "12_friends": [
        # (not "trusted": its difference hardly changes)
        Fault("gradient", ("ratings", "EASE", "MF, shuffled", "error"), [
            (SCRIPT, "(total + shrink * mean) / (degree", "(total + 2 * shrink * mean) / (degree"),
            (SCRIPT, "1 / (voices + shrink)", "1 / (voices + 2 * shrink)"),
        ]),
        Fault("id", ("popularity", "ratings", "EASE", "MF, shuffled", "trusted", "error"), [
            (SCRIPT, "(trust @ worth)[new]", "(trust @ worth)[np.roll(new, 1)]"),
            (SCRIPT, "mean = np.asarray(rows.sum(axis=0)).ravel() /", "mean = np.roll(np.asarray(rows.sum(axis=0)).ravel(), 1) /"),
            (SCRIPT, "drawn = np.asarray((trust @ gave)[cells]).ravel()",
             "drawn = np.roll(np.asarray((trust @ gave)[cells]).ravel(), 1)"),
        ]),
        Fault("leak", ("popularity", "ratings", "EASE", "MF, shuffled", "error"), [
            (SCRIPT, "train = ds.ratings[there[ds.ratings['user']]]", "train = ds.ratings"),
            (SCRIPT, "train = ds.ratings[there]\n", "train = ds.ratings\n"),
        ]),
    ],
    "12_fusion": [
        # (not "weight": its few digits hardly move in one epoch)
        Fault("gradient", ("kind", "noise", "early: all", "late: kind, text", "gated: all - text", "attention: all + noise",
                           "gated, forgetting: all", "choice", "missing", "pair"), [
            ("rec_tutor/torch/fusion.py", "torch.einsum('bd,ikd->bik', user, parts) + made", "torch.einsum('bd,ikd->bik', user.detach(), parts) + made"),
        ]),
        Fault("id", ("kind", "noise", "early: all", "late: kind, text", "gated: all - text", "attention: all + noise",
                     "gated, forgetting: all", "choice", "weight", "missing", "pair"), [SHIFTED_ROWS]),
        Fault("leak", ("kind", "noise", "early: all", "late: kind, text", "gated: all - text", "attention: all + noise",
                       "gated, forgetting: all", "choice", "weight", "missing", "pair"), [
            (SCRIPT, "ratings = before[~new[before['item']]]", "ratings = before"),
        ]),
        Fault("leak", ("kind", "noise", "early: all", "gated: all - text", "choice", "pair"), [NO_MASK]),
        # a kind that is said to be gone is there
        Fault("leak", ("missing",), [(SCRIPT, "(kept if n == gone else True)", "(kept | True)")]),
    ],
    "12_people": [
        Fault("gradient", ("tune", "group", "EASE", "EASE, prior", "EASE, retrained", "ItemKNN", "UserKNN", "MF",
                           "MF, prior", "MF, retrained", "GRU4Rec", "pair", "picked", "warm"), [
            EASE, COSINE, SOFTMAX_MF,
            ("rec_tutor/torch/rnn.py", "self.gru(self.drop(self.past(turned)))",
             "self.gru(self.drop(self.past(turned).detach()))"),
            (SCRIPT, "(sums + m * everybody)", "(sums + (m + 9) * everybody)"),
        ]),
        Fault("id", ("tune", "group", "popularity", "EASE", "EASE, prior", "EASE, retrained", "ItemKNN", "UserKNN",
                     "MF", "MF, prior", "MF, retrained", "GRU4Rec", "pair", "picked", "warm"), [
            SHIFTED_ROWS, SHIFTED_WINDOWS,
            (SCRIPT, "here.matrix(told)[here.users]", "here.matrix(told)[np.roll(here.users, 1)]"),
            (SCRIPT, "counts = np.bincount(here.train['item'], minlength=here.ds.num_items)",
             "counts = np.roll(np.bincount(here.train['item'], minlength=here.ds.num_items), 1)"),
            (SCRIPT, "known = pd.concat([here.train, told])",
             "known = pd.concat([here.train, told.assign(item=np.roll(told['item'], 1))])"),
            (SCRIPT, "np.asarray(matrix[members].sum(axis=0)).ravel()",
             "np.roll(np.asarray(matrix[members].sum(axis=0)).ravel(), 1)"),
        ]),
        Fault("leak", ("tune", "group", "popularity", "EASE", "EASE, prior", "EASE, retrained", "ItemKNN", "UserKNN",
                       "MF", "MF, prior", "MF, retrained", "GRU4Rec", "pair", "picked", "warm"), [
            (SCRIPT, "Cut(ds, split.train, first", "Cut(ds, pd.concat([split.train, test]), first"),
        ]),
        Fault("leak", ("popularity", "group", "EASE", "EASE, prior", "ItemKNN", "UserKNN", "MF", "GRU4Rec", "mask"), [NO_MASK]),
    ],
    "12_persons": [
        Fault("gradient", ("kNN of genre and year", "genre x year + kNN of persons 1, shuffled", "kNN of persons 3",
                           "fame of persons 1", "filmed"), [
            (SCRIPT, "middle = 3 * counts[~new].mean()", "middle = 30 * counts[~new].mean()"),
            (SCRIPT, "fame = (old.T @ counts + middle)", "fame = (old.T @ counts + 9 * middle)"),
            (SCRIPT, "np.hstack([genres, near])", "np.hstack([2 * genres, near])"),
            (SCRIPT, "return rows @ alike(links)", "return rows @ (links @ links.T).toarray()"),
        ]),
        Fault("id", ("kNN of genre and year", "genre x year + kNN of persons 1, shuffled", "kNN of persons 3",
                     "fame of persons 1", "filmed"), [
            (SCRIPT, "counts = np.asarray(rows.sum(axis=0)).ravel()", "counts = np.roll(np.asarray(rows.sum(axis=0)).ravel(), 1)"),
            (SCRIPT, "interaction_matrix(before[~new[before['item']]], *size)",
             "interaction_matrix(before[~new[before['item']]], *size)[np.roll(np.arange(size[0]), 1)]"),
        ]),
        Fault("leak", ("kNN of genre and year", "genre x year + kNN of persons 1, shuffled", "kNN of persons 3",
                       "fame of persons 1", "filmed"), [NO_MASK]),
    ],
    "12_pictures": [
        Fault("gradient", ("choice", "picture", "untrained", "early: class, picture", "gated: class, picture",
                           "attention: class, picture", "early: class, picture, noise", "early: class, dealt",
                           "early: guess, picture", "early: class, looks", "pair"), [
            ("rec_tutor/torch/fusion.py", "torch.einsum('bd,ikd->bik', user, parts) + made", "torch.einsum('bd,ikd->bik', user.detach(), parts) + made"),
        ]),
        Fault("id", ("choice", "read", "picture", "untrained", "early: class, picture", "gated: class, picture",
                     "attention: class, picture", "early: class, picture, noise", "early: class, dealt",
                     "early: guess, picture", "early: class, looks", "true pull", "pair"), [
            SHIFTED_ROWS, (SCRIPT, "table = shop(looks, draw).pull", "table = np.roll(shop(looks, draw).pull, 1, axis=0)"),
            (SCRIPT, "guess = network(draw, learnt).predict(images[~IS_KNOWN])", "guess = network(draw, learnt).predict(images[:NEW])"),
        ]),
        # what is wanted of the new things is among what was bought
        Fault("leak", ("choice", "picture", "untrained", "early: class, picture", "gated: class, picture",
                       "attention: class, picture", "early: class, picture, noise", "early: class, dealt",
                       "early: guess, picture", "early: class, looks", "true pull", "pair"), [
            (SCRIPT, "choices(0, KNOWN, 30)", "choices(0, KNOWN + NEW, 30)"),
        ]),
        # what is read of the new things was learnt from them; a dealt picture is the thing's own; a guess is the tag
        Fault("leak", ("read", "early: class, dealt", "early: guess, picture"), [
            (SCRIPT, ".fit(seen[IS_KNOWN], values[IS_KNOWN])", ".fit(seen, values)"),
            (SCRIPT, "order[own] = np.roll(own, 1)", "order[own] = own"),
            (SCRIPT, "np.eye(10, dtype=np.float32)[model.predict(images).argmax(axis=1)]", "np.eye(10, dtype=np.float32)[here.labels]"),
        ]),
    ],
    "12_replay": [
        # (not "greedy": a smaller step leaves the order of what was clicked as it is)
        Fault("gradient", ("epsilon-greedy", "UCB", "Thompson (beta)", "replayed"), [
            ("rec_tutor/decisions/bandits.py", "gain = spread / (1 + context @ spread)", "gain = spread / (2 + context @ spread)"),
            ("rec_tutor/decisions/bandits.py", "self.a[context] += reward", "self.a[context] += 0.5 * reward"),
        ]),
        Fault("id", ("random", "greedy", "epsilon-greedy", "UCB", "Thompson (beta)", "replayed"), [
            (SCRIPT, "one.update(contexts[arm]", "one.update(contexts[arm - 1]"),
            ("rec_tutor/decisions/offpolicy/rejection.py", "if chosen == log.actions[row, 0]",
             "if chosen == (log.actions[row, 0] + 1) % allowed.shape[1]"),
        ]),
        # told what came of another choice
        Fault("leak", ("random", "greedy", "epsilon-greedy", "UCB", "Thompson (beta)", "replayed"), [
            ("rec_tutor/decisions/offpolicy/rejection.py", "if chosen == log.actions[row, 0]", "if True"),
        ]),
    ],
    "12_things": [
        # (not "pair": both of its models are wrong, and their difference hardly changes)
        Fault("gradient", ("choice", "guess", "kNN", "ContentMF", "ContentTower", "MatchedTower", "DropoutNet",
                           "DropoutNet: scores", "DropoutNet: content only", "DropoutNet: id only", "MF", "told: MF",
                           "films"), [
            CONTENT_MF, SOFTMAX_MF,
            ("rec_tutor/torch/towers.py", "scores = user @ items[:, :-1].T + items", "scores = user.detach() @ items[:, :-1].T + items"),
            ("rec_tutor/torch/towers.py", "missed = self.tower(self.features[items]) - self", "missed = self.tower(self.features[items]).clamp(0) - self"),
            ("rec_tutor/torch/dropoutnet.py", "scores = user @ self.things", "scores = user.detach() @ self.things"),
            (SCRIPT, "+ shrink * mean) /", "+ 9 * shrink * mean) /"),
            (SCRIPT, "rows = unit(rows - rows[here.known].mean(axis=0))", "rows = unit(rows)"),
        ]),
        Fault("id", ("choice", "guess", "kNN", "ContentMF", "ContentTower", "MatchedTower", "DropoutNet",
                     "DropoutNet: scores", "DropoutNet: content only", "DropoutNet: id only", "MF", "told: MF",
                     "told: popularity", "pair", "films"), [
            SHIFTED_ROWS,
            (SCRIPT, "(member * here.counts)", "(member * np.roll(here.counts, 1))"),
            (SCRIPT, "return here.matrix @ np.where", "return here.matrix @ np.roll(rows, 1, axis=0) @ rows.T + 0 * here.matrix @ np.where"),
            (SCRIPT, "np.tile(np.asarray(here.seen.sum(axis=0))", "np.tile(np.roll(np.asarray(here.seen.sum(axis=0)), 1)"),
        ]),
        Fault("leak", ("choice", "guess", "kNN", "ContentMF", "ContentTower", "MatchedTower", "DropoutNet",
                       "DropoutNet: scores", "DropoutNet: content only", "DropoutNet: id only", "MF", "pair", "films"), [
            (SCRIPT, "ratings = before[~new[before['item']]]", "ratings = before"),
        ]),
        Fault("leak", ("choice", "random", "guess", "kNN", "ContentMF", "DropoutNet", "told: popularity", "told: MF"), [NO_MASK]),
    ],
}  # fmt: skip


def plant(name: str, fault: Fault, folder: Path) -> Path:
    """A copy of the code with the fault in it; returns the script there."""
    for part in ("rec_tutor", "experiments"):
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "constraints.txt", folder)
    script = folder / "experiments" / f"{name}.py"
    for file, old, new in fault.changes:
        path = script if file == SCRIPT else folder / file
        code = ast.unparse(ast.parse(path.read_text(encoding="utf-8")))
        if code.count(old) != 1:
            raise LookupError(
                f"{name}: {old!r} stands {code.count(old)} times in {file}, not once"
            )
        path.write_text(code.replace(old, new), encoding="utf-8")
    return script


def caught(name: str, fault: Fault) -> dict[str, str]:
    """Model -> the first small row of it that noticed, or "" if none did."""
    with tempfile.TemporaryDirectory() as folder:
        script = plant(name, fault, Path(folder))
        paths = os.pathsep.join([folder, str(ROOT / "tools")])
        done = subprocess.run(
            [sys.executable, str(script), "--wrong"],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
    if done.returncode:
        return dict.fromkeys(
            fault.models, f"stops: {done.stderr.strip().splitlines()[-1][:60]}"
        )
    wrong = json.loads(done.stdout.splitlines()[-1])
    found = {}
    for model in fault.models:
        rows = [row for row, _ in wrong if model in row.values()]
        found[model] = (
            " ".join(str(value) for value in rows[0].values()) if rows else ""
        )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="course faults", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "names", nargs="*", help="experiments whose names begin like this; none: all"
    )
    options = parser.parse_args(arguments)
    wanted = [
        name
        for name in FAULTS
        if not options.names or name.startswith(tuple(options.names))
    ]
    missed = 0
    for name in wanted:
        for fault in FAULTS[name]:
            found = caught(name, fault)
            not_caught = [model for model, row in found.items() if not row]
            missed += len(not_caught)
            said = f"NOT CAUGHT: {', '.join(not_caught)}" if not_caught else "caught"
            # look whether it was the fault
            stopped = {row for row in found.values() if row.startswith("stops: ")}
            said += (
                f" ({'; '.join(stopped)})"
                if stopped
                else f" by {'; '.join(sorted(set(found.values()) - {''}))}"
            )
            print(f"{name:14} {fault.kind:9} {said}", flush=True)
    return int(missed > 0 or not wanted)


if __name__ == "__main__":
    sys.exit(main())
