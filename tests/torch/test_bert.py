"""Our BERT against PyTorch's own layers of a transformer: the same weights give the
same vectors.
"""

import json

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course.needs import needs
from rec_tutor.data import bert, encoder

TEXTS = [
    "Toy Story (1995). Animation, Children's, Comedy",
    "Žižek's *GoldenEye*: 007, 東京 and naïveté",
    "",
    "It was the best of films, it was the worst of films. " * 12,
    "long " * 1000,  # cut off
]


def theirs(ids, weights, layers, heads):
    """(B, L) -> (B, D), by PyTorch's modules."""
    own = {name: torch.tensor(value) for name, value in weights.items()}
    table, places, kind = (
        own[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    )
    width = table.shape[1]
    x = table[torch.tensor(ids)] + places[: ids.shape[1]] + kind[0]
    ends = [own[f"embeddings.LayerNorm.{end}"] for end in ("weight", "bias")]
    x = F.layer_norm(x, (width,), *ends, eps=1e-12)
    for layer in range(layers):
        start = f"encoder.layer.{layer}"
        module = torch.nn.TransformerEncoderLayer(
            width,
            heads,
            len(own[f"{start}.intermediate.dense.bias"]),
            activation="gelu",
            layer_norm_eps=1e-12,
            batch_first=True,
        )
        state = {}
        for end in ("weight", "bias"):
            parts = [
                own[f"{start}.attention.self.{part}.{end}"]
                for part in ("query", "key", "value")
            ]
            state |= {
                f"self_attn.in_proj_{end}": torch.cat(parts),
                f"self_attn.out_proj.{end}": own[
                    f"{start}.attention.output.dense.{end}"
                ],
                f"norm1.{end}": own[f"{start}.attention.output.LayerNorm.{end}"],
                f"linear1.{end}": own[f"{start}.intermediate.dense.{end}"],
                f"linear2.{end}": own[f"{start}.output.dense.{end}"],
                f"norm2.{end}": own[f"{start}.output.LayerNorm.{end}"],
            }
        module.load_state_dict(state)
        with torch.inference_mode():
            x = module.eval()(x)
    return F.normalize(x.mean(dim=1)).numpy()


@pytest.mark.parametrize("seed", range(3))
def test_drawn_weights(seed):
    rng = np.random.default_rng(seed)
    width, layers, heads = 12, 2, 3

    def draw(*shape):
        return rng.normal(0, 0.5, shape).astype(np.float32)

    shapes = {
        f"embeddings.{name}_embeddings.weight": (9, width)
        for name in ("word", "position", "token_type")
    }
    norms, linears = ["embeddings.LayerNorm"], {}
    for start in (f"encoder.layer.{layer}" for layer in range(layers)):
        norms += [f"{start}.attention.output.LayerNorm", f"{start}.output.LayerNorm"]
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            linears[f"{start}.attention.{part}"] = (width, width)
        linears[f"{start}.intermediate.dense"] = (20, width)
        linears[f"{start}.output.dense"] = (width, 20)
    for name in norms:
        shapes |= {f"{name}.weight": (width,), f"{name}.bias": (width,)}
    for name, shape in linears.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    weights = {name: draw(*shape) for name, shape in shapes.items()}

    ids = rng.integers(0, 9, (4, 7))
    ours = bert.text_vectors(ids, weights, layers, heads)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(
        ours, theirs(ids, weights, layers, heads), rtol=0, atol=1e-6
    )


def test_the_encoder_is_pytorchs():
    needs("tokenizers", "safetensors", extra="text")
    from safetensors.numpy import load
    from tokenizers import Tokenizer

    files = encoder.model_files()
    weights = load(files["model.safetensors"])
    pieces = Tokenizer.from_str(files["tokenizer.json"].decode("utf-8"))
    pieces.enable_truncation(256)
    pieces.no_padding()
    assert json.loads(files["config.json"])["hidden_act"] == "gelu"
    expected = [
        theirs(np.array([pieces.encode(text).ids]), weights, 6, 12)[0] for text in TEXTS
    ]
    ours = encoder._vectors(TEXTS, files)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-6)
