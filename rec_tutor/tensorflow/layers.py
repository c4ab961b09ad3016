"""Layers with initial weights from a seed of their own."""

import keras


def embedding(num: int, dim: int, std: float, seed: int) -> keras.layers.Embedding:
    """A (num, dim) table drawn from N(0, std^2) with a seed of its own."""
    table = keras.layers.Embedding(
        num,
        dim,
        embeddings_initializer=keras.initializers.RandomNormal(0.0, std, seed=seed),
    )
    table.build()
    return table


def dense(
    inputs: int, outputs: int, seed: int, bias: bool = True
) -> keras.layers.Dense:
    """(..., inputs) -> (..., outputs), x W + b.

    The weights are uniform within sqrt(6 / (inputs + outputs)), Keras' default (Glorot
    and Bengio 2010), b is 0. https://proceedings.mlr.press/v9/glorot10a.html
    """
    layer = keras.layers.Dense(
        outputs,
        use_bias=bias,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
    )
    layer.build((None, inputs))
    return layer
