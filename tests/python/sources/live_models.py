"""Builds models with the Keras of this process and checks that they read the same live and from files.

Run by test_keras_live.py in a process of its own for each backend; prints one JSON object of model -> outcome.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from litesmith.errors import ConverterError
from litesmith.sources.keras_source import load

LEGACY = sys.argv[1] == "tf_keras"

if LEGACY:
    import tf_keras as keras
else:
    import keras

layers = keras.layers


def ops_and_nesting() -> Any:
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.BatchNormalization()], name="inner")
    start = keras.Input((4,), name="start")
    twice = keras.Model(start, layers.Dense(4, name="own")(start), name="twice")
    x = inner(left) + inner(right) * np.ones(3, "float32")
    x = layers.Concatenate()([x[:, 0:2], x[:, 1:]])
    x = twice(x) + twice(left)
    return keras.Model({"right": right, "left": left}, {"sum": x, "drop": layers.Dropout(0.2)(x)})


def chain() -> Any:
    convolutions = [layers.Conv2D(4, 3), layers.SeparableConv2D(4, 3), layers.DepthwiseConv2D(3)]
    return keras.Sequential([keras.Input((8, 8, 3)), *convolutions, layers.Flatten(), layers.Dense(3, "softmax")])


def chain_built_by_a_call() -> Any:
    model = keras.Sequential([layers.Conv2D(4, 3), layers.ReLU()])
    model(np.zeros((1, 8, 8, 3), "float32"))
    return model


def wrappers() -> Any:
    steps = keras.Input((6, 3))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(steps)
    per_step = keras.Sequential([keras.Input((8,)), layers.Dense(3), layers.BatchNormalization()])
    x = layers.TimeDistributed(per_step)(x)
    x = layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.RNN([layers.LSTMCell(3), layers.GRUCell(4), layers.LSTMCell(2)])(x)
    return keras.Model(steps, [x])


def states() -> Any:
    steps, state = keras.Input((6, 3)), keras.Input((4,))
    x, h, c = layers.LSTM(4, return_state=True)(steps, initial_state=[state, state])
    return keras.Model([steps, state], [x, h, layers.Add()([h, c])])


def frozen() -> Any:
    dense, norm = layers.Dense(4, trainable=False), layers.BatchNormalization()
    inner = keras.Sequential([keras.Input((4,)), dense, norm, layers.Dense(4), layers.BatchNormalization()])
    start = keras.Input((4,))
    return keras.Model(start, inner(start))


def frozen_whole() -> Any:
    model = frozen()
    model.layers[-1].trainable = False
    return model


def mixed_precision() -> Any:
    policy = "mixed_bfloat16"
    return keras.Sequential([keras.Input((8,)), layers.Dense(3, dtype=policy), layers.LayerNormalization(dtype=policy)])


def normalization() -> Any:
    layer = layers.Normalization()
    layer.adapt(np.arange(30, dtype="float32").reshape(10, 3))
    return keras.Sequential([keras.Input((3,)), layer, layers.Embedding(4, 2)])


def shared_across_models() -> Any:
    dense = layers.Dense(4, name="shared")
    start, other, x = keras.Input((4,)), keras.Input((4,)), keras.Input((4,))
    first = keras.Model(start, dense(dense(start)), name="first")
    second = keras.Model(other, dense(other), name="second")
    return keras.Model(x, [second(first(dense(x))), first(x), dense(x)])


SAVED = [ops_and_nesting, chain, chain_built_by_a_call, wrappers, states, frozen, frozen_whole]
SAVED += [mixed_precision, normalization]


class Scaled(layers.Layer):  # type: ignore[misc, name-defined]
    """A custom layer with a weight of its own and an inner layer."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, name="dense")
        self.units = units

    def build(self, shape: Any) -> None:
        self.dense.build(shape)
        self.scale = self.add_weight(shape=(self.units,), name="scale")
        super().build(shape)

    def call(self, x: Any) -> Any:
        return self.dense(x) * self.scale + x


class Whole(keras.Model):  # type: ignore[misc, name-defined]
    """A subclassed model."""

    def __init__(self) -> None:
        super().__init__(name="whole")
        self.first = layers.Dense(4, name="first")
        self.second = Scaled(4, name="second")
        self.norm = layers.BatchNormalization(name="norm")

    def call(self, x: Any, training: bool | None = None) -> Any:
        return self.norm(self.second(self.first(x)), training=training)


def subclassed() -> Any:
    model = Whole()
    model(np.zeros((2, 3), "float32"))
    return model


def custom_layer_used_twice() -> Any:
    start = keras.Input((4,))
    layer = Scaled(4, name="scaled")
    return keras.Model(start, layer(layer(start)))


def with_lambda() -> Any:
    start = keras.Input((4,), name="start")
    return keras.Model(start, layers.Lambda(lambda x: x * 2 + x, name="doubled")(start))


def _counted(model: Any) -> Any:
    """Give weight number n values n, n + 1/size, n + 2/size and so on."""
    for number, weight in enumerate(model.weights):
        kind = "int64" if "int" in str(weight.dtype) else "float32"
        size = int(np.prod(weight.shape))
        weight.assign((number + np.arange(size).reshape(weight.shape) / max(size, 1)).astype(kind))
    return model


def _comparable(record: Any, *, exact: bool) -> dict[str, Any]:
    graph: dict[str, Any] = json.loads(record.graph)
    if not exact:
        for layer in graph["layers"]:
            layer.update(config=None, module=layer["module"] is not None)
    return graph


def _same(live: Any, saved: Any, *, exact: bool) -> str:
    one, two = _comparable(live, exact=exact), _comparable(saved, exact=exact)
    if one != two:
        return "graphs differ: " + ", ".join(key for key in one if one[key] != two[key])
    if len(live.weights) != len(saved.weights):
        return "numbers of weights differ"
    pairs = zip(live.weights, saved.weights, strict=True)
    return "ok" if all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs) else "weights differ"


def check_saved(make: Any, folder: Path) -> str:
    """Compare a live model with its .keras and .h5 files."""
    model = _counted(make())
    live = load(model)
    outcomes = []
    for suffix in ("keras", "h5"):
        path = folder / f"m.{suffix}"
        model.save(path)
        outcomes.append(_same(live, load(path), exact=suffix == "keras" and not LEGACY))
    again = load(model)
    outcomes.append("ok" if again.graph == live.graph else "a second reading differs")
    return "ok" if set(outcomes) == {"ok"} else "; ".join(outcomes)


def describe(make: Any) -> dict[str, Any]:
    """Paths and classes of a traced model's layers, and whether tracing left a trace."""
    model = make()
    before = [len(layer._inbound_nodes) for layer in model._flatten_layers()]
    record, again = load(model), load(model)
    after = [len(layer._inbound_nodes) for layer in model._flatten_layers()]
    graph = json.loads(record.graph)
    return {
        "paths": [layer["path"] for layer in graph["layers"]],
        "inputs": [port["name"] for port in graph["inputs"]],
        "repeatable": record.graph == again.graph,
        "untouched": before == after,
        "source": record.source,
    }


def unbuilt() -> str:
    """Error of a model that never saw data."""
    try:
        load(Whole())
    except ValueError as error:
        return str(error)
    return "no error"


def untraceable() -> list[str]:
    """Error of a layer whose call looks at values."""

    class Branching(layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, x: Any) -> Any:
            return x if float(np.asarray(x).sum()) > 0 else -x

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape, x.dtype)

    start = keras.Input((4,))
    try:
        load(keras.Model(start, Branching(name="branching")(start)))
    except ConverterError as error:
        return [str(error), *error.errors]
    return ["no error"]


def _digest(make: Any) -> str:
    """Hash of a record, which is the same on every backend."""
    keras.backend.clear_session()
    record = load(_counted(make()))
    parts = [record.graph.encode(), *(array.tobytes() for array in record.weights)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def main() -> None:
    """Check every model and print the outcomes."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for make in SAVED:
            results[make.__name__] = check_saved(make, Path(folder))
        model = _counted(shared_across_models())
        model.save(Path(folder) / "shared.keras")
        results["shared_across_models"] = _same(load(model), load(Path(folder) / "shared.keras"), exact=False)
    for make in (subclassed, custom_layer_used_twice, with_lambda):
        results[make.__name__] = describe(make)
    results["unbuilt"] = unbuilt()
    if not LEGACY:
        results["untraceable"] = untraceable()
    results["digests"] = [_digest(make) for make in (chain, frozen, wrappers)]
    print(json.dumps(results))


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
