"""The network behind the text encoder, in NumPy: BERT (Devlin et al. 2019,
doi:10.18653/v1/N19-1423), forwards only, in the weights' float32.

Shapes: B texts of L word pieces each, D numbers per piece, H heads of D / H each. All
texts of a call have the same length, so no piece has to be masked.
"""

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import erf

Weights = Mapping[str, np.ndarray]  # by the names of the published file


def text_vectors(
    ids: np.ndarray, weights: Weights, layers: int, heads: int
) -> np.ndarray:
    """The mean of the last layer over a text's word pieces, scaled to length 1.

    Args:
        ids: integers, (B, L); the numbers of the word pieces, [CLS] and [SEP] included.
        weights: under the names of the published file.
        layers, heads: how many; the file does not say it.

    Returns:
        (B, D).
    """
    table, places, kind = (
        weights[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    )
    x = table[ids] + places[: ids.shape[1]] + kind[0]  # (B, L, D)
    x = normalised(x, weights, "embeddings.LayerNorm")
    for layer in range(layers):
        x = one_layer(x, weights, f"encoder.layer.{layer}", heads)
    mean = x.mean(axis=1)  # (B, D)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def one_layer(x: np.ndarray, weights: Weights, name: str, heads: int) -> np.ndarray:
    """Every piece looks at all pieces of its text; then two layers on each piece alone.
    What goes in is added to what comes out, twice.

    Args:
        x: (B, L, D); the result, too.
        name: what the names of this layer's weights begin with.
    """
    seen = attention(x, weights, f"{name}.attention.self", heads)
    seen = linear(seen, weights, f"{name}.attention.output.dense")
    x = normalised(x + seen, weights, f"{name}.attention.output.LayerNorm")
    inner = gelu(linear(x, weights, f"{name}.intermediate.dense"))  # (B, L, 4 D)
    out = linear(inner, weights, f"{name}.output.dense")  # (B, L, D)
    return normalised(x + out, weights, f"{name}.output.LayerNorm")


def attention(x: np.ndarray, weights: Weights, name: str, heads: int) -> np.ndarray:
    """softmax(Q Kᵀ / √(D / H)) V, in each head: (B, L, D) → (B, L, D)."""
    batch, length, width = x.shape

    def part(kind: str) -> np.ndarray:
        own = linear(x, weights, f"{name}.{kind}")
        return own.reshape(batch, length, heads, -1).swapaxes(1, 2)  # (B, H, L, D/H)

    scores = part("query") @ part("key").swapaxes(2, 3)  # (B, H, L, L)
    scores /= math.sqrt(width / heads)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return (shares @ part("value")).swapaxes(1, 2).reshape(x.shape)


def linear(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    """x Wᵀ + b, on the last axis: (B, L, D) → (B, L, E)."""
    rows = x.reshape(-1, x.shape[-1])  # one product instead of B
    y = rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
    return y.reshape(*x.shape[:-1], -1)


def normalised(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    """Each piece at mean 0 and variance 1, then a learnt scale and shift."""
    x = x - x.mean(axis=-1, keepdims=True)
    x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + 1e-12)
    return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    """x Φ(x), Φ the normal distribution's (Hendrycks & Gimpel 2016,
    arXiv:1606.08415).
    """
    return x * (erf(x * math.sqrt(0.5)) + 1) * 0.5
