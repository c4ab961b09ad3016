"""Words as vectors, and four ways to read a review. Words are numbers, see
`rec_tutor.inputs.text`; 0 is padding.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from rec_tutor.tensorflow import losses
from rec_tutor.tensorflow.layers import dense, embedding
from rec_tutor.tensorflow.rnn import StackedLSTM
from rec_tutor.tensorflow.training import Model


class SkipGram(Model):
    """Vectors for words, or for items, from their neighbours: skip-gram with negative
    sampling (Mikolov et al. 2013).

    The loss of a centre c with a true neighbour o and sampled words n is
    -log sigmoid(v_c . u_o) - sum_n log sigmoid(-v_c . u_n). arXiv:1310.4546; on items,
    item2vec: Barkan and Koenigstein 2016, arXiv:1603.04259.
    """

    def __init__(self, num_words: int, dim: int = 64, seed: int = 0):
        super().__init__()
        self.centres = embedding(num_words, dim, 0.5 / dim**0.5, 10 * seed)  # v
        self.contexts = embedding(num_words, dim, 0.01 / dim**0.5, 10 * seed + 1)  # u

    def batch_loss(
        self, centres: tf.Tensor, contexts: tf.Tensor, negatives: tf.Tensor
    ) -> tf.Tensor:
        """Centres and contexts (B,), negatives (B, N); see
        `rec_tutor.inputs.text.skip_grams` and `WordSampler`.
        """
        negatives = tf.reshape(negatives, (tf.shape(centres)[0], -1))
        v = self.centres(centres)  # (B, D)
        true = tf.reduce_sum(v * self.contexts(contexts), axis=-1)  # (B,)
        false = tf.squeeze(self.contexts(negatives) @ v[:, :, None], axis=-1)  # (B, N)
        return losses.negative_sampling(true, false)

    def vectors(self) -> np.ndarray:
        """The words' vectors v, (num_words, D)."""
        return self.centres.embeddings.numpy()


class Classifier(Model):
    """What the four readers share: embeddings x_t of the words, dropout, and a yes or
    no.
    """

    def __init__(self, num_words: int, dim: int, dropout: float, seed: int):
        super().__init__()
        self.words = embedding(num_words, dim, 0.05, 100 * seed)
        self.drop = keras.layers.Dropout(dropout, seed=100 * seed + 99)

    def batch_loss(self, words: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """Mean cross-entropy of yes (1) and no (0); words (B, T), labels (B,)."""
        return losses.yes_or_no(self(words, training=True), labels)

    def predict(self, words: np.ndarray) -> np.ndarray:
        """(n, T) -> probability of yes, (n,)."""
        parts = [
            self(words[start : start + 1000]).numpy()
            for start in range(0, len(words), 1000)
        ]
        return tf.sigmoid(np.concatenate([np.empty(0, np.float32), *parts])).numpy()


class BagOfWords(Classifier):
    """The mean of the words' vectors decides: logit = w . mean_t x_t + b. In which
    order they come is not seen.
    """

    def __init__(
        self,
        num_words: int = 10_000,
        dim: int = 128,
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__(num_words, dim, dropout, seed)
        self.out = dense(dim, 1, 100 * seed + 1)

    def call(self, words: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> logits (B,)."""
        real = tf.cast(words != 0, tf.float32)[..., None]  # (B, T, 1)
        # (B, D)
        mean = tf.reduce_sum(self.words(words) * real, axis=1) / tf.maximum(
            tf.reduce_sum(real, axis=1), 1
        )
        return tf.squeeze(self.out(self.drop(mean, training=training)), axis=-1)


class AttentionPooling(Classifier):
    """A weighted mean of the words' vectors decides, and each word says how much it
    counts.

    Score e_t = q . tanh(W x_t + b), weights a = softmax(e) over the words, what stands
    for the text h = sum_t a_t x_t, logit = w . h + b'. After Yang et al. 2016,
    doi:10.18653/v1/N16-1174: the additive attention of Bahdanau et al. 2015,
    arXiv:1409.0473, with one learnt query q for all texts.
    """

    def __init__(
        self,
        num_words: int = 10_000,
        dim: int = 128,
        hidden: int = 32,
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__(num_words, dim, dropout, seed)
        self.key = dense(dim, hidden, 100 * seed + 1)
        self.query = dense(hidden, 1, 100 * seed + 2, bias=False)
        self.out = dense(dim, 1, 100 * seed + 3)

    def attend(self, words: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """(B, T) -> context (B, D) and weights (B, T), 0 on padding (but equal for a
        row of nothing else).
        """
        e = self.words(words)  # (B, T, D)
        scores = tf.squeeze(self.query(tf.tanh(self.key(e))), axis=-1)  # (B, T)
        weights = tf.nn.softmax(tf.where(words == 0, -1e9, scores), axis=-1)
        return tf.reduce_sum(weights[..., None] * e, axis=1), weights

    def call(self, words: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> logits (B,)."""
        return tf.squeeze(
            self.out(self.drop(self.attend(words)[0], training=training)), axis=-1
        )

    def weights_of(self, words: np.ndarray) -> np.ndarray:
        """How much each word counts, (n, T) -> (n, T), rows summing to 1."""
        return self.attend(tf.convert_to_tensor(words))[1].numpy()


class TextCNN(Classifier):
    """Filters look for phrases of a few words; of each only the best match in the text
    counts (Kim 2014).

    m_f = max over t of relu(filter_f . [e_t, ..., e_t+h-1] + b_f), logit = w . m + b.
    doi:10.3115/v1/D14-1181

    Args:
        heights: lengths h of the phrases.
        filters: how many for each length.
    """

    def __init__(
        self,
        num_words: int = 10_000,
        dim: int = 128,
        heights: Sequence[int] = (2, 3, 4),
        filters: int = 32,
        dropout: float = 0.4,
        seed: int = 0,
    ):
        super().__init__(num_words, dim, dropout, seed)
        self.heights = tuple(heights)
        self.phrases = [
            dense(height * dim, filters, 100 * seed + 10 + height) for height in heights
        ]
        self.out = dense(len(self.heights) * filters, 1, 100 * seed + 1)

    def call(self, words: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> logits (B,)."""
        e = self.words(words) * tf.cast(words != 0, tf.float32)[..., None]  # (B, T, D)
        best = []
        for height, phrases in zip(self.heights, self.phrases, strict=True):
            kernel = tf.reshape(phrases.kernel, (e.shape[-1], height, -1))
            kernel = tf.transpose(kernel, (1, 0, 2))  # (h, D, filters)
            # (B, T - h + 1, filters)
            match = tf.nn.conv1d(e, kernel, 1, "VALID") + phrases.bias
            best.append(tf.reduce_max(tf.nn.relu(match), axis=1))  # (B, filters)
        return tf.squeeze(
            self.out(self.drop(tf.concat(best, axis=-1), training=training)), axis=-1
        )


class TextLSTM(Classifier):
    """The articles' network for text, its output repaired: word vectors, an LSTM of 64
    units, one of 32, yes or no.
    """

    def __init__(
        self,
        num_words: int = 10_000,
        dim: int = 128,
        hidden: Sequence[int] = (64, 32),
        dropout: float = 0.2,
        seed: int = 0,
    ):
        super().__init__(num_words, dim, dropout, seed)
        self.lstm = StackedLSTM(dim, hidden, seed)

    def call(self, words: tf.Tensor, training: bool = False) -> tf.Tensor:
        """(B, T) -> logits (B,)."""
        return self.lstm(self.drop(self.words(words), training=training))
