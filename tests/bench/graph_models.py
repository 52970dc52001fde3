"""A large frozen graph of TensorFlow with seeded random weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from litesmith.sources.message_classes import new_message

__all__ = ["frozen_graph", "write"]

_FLOAT = 1
_CHANNELS = 512
_CONVOLUTIONS = 9  # of 9.4 MB each
_UNITS = 1024
_DENSE = 4  # of 4.2 MB each


def frozen_graph(folder: Path) -> Path:
    """The path of a frozen graph of 100 MB from ``x`` to ``y``; made when it is not there yet.

    A process of its own makes it: the peak of this one's memory counts as that of its children.
    """
    path = folder / "frozen_100_mb.pb"
    if not path.exists():
        subprocess.run([sys.executable, "-m", "tests.bench.graph_models", str(path)], check=True)
    return path


def write(path: Path) -> None:
    """Convolutions of 3 x 3 with batch normalization, then dense layers.

    What each weight costs is read, put in another order, scaled and written.
    """
    random = np.random.default_rng(0)
    graph = new_message("GraphDef")
    graph.versions.producer = 1087
    shape = graph.node.add(name="x", op="Placeholder").attr["shape"].shape
    for size in (1, 8, 8, _CHANNELS):
        shape.dim.add().size = size
    graph.node[0].attr["dtype"].type = _FLOAT
    last = "x"
    for i in range(_CONVOLUTIONS):
        weights = _constant(graph, f"filter_{i}", random.normal(0, 0.02, (3, 3, _CHANNELS, _CHANNELS)))
        convolution = _node(graph, "Conv2D", f"convolution_{i}", last, weights)
        convolution.attr["strides"].list.i.extend([1, 1, 1, 1])
        convolution.attr["padding"].s = b"SAME"
        ends = ((0.5, 1.5), (-0.1, 0.1), (-0.1, 0.1), (0.5, 1.5))
        numbers = [_constant(graph, f"normal_{i}_{k}", random.uniform(*end, _CHANNELS)) for k, end in enumerate(ends)]
        _node(graph, "FusedBatchNormV3", f"normal_{i}", convolution.name, *numbers).attr["is_training"].b = False
        last = _node(graph, "Relu", f"relu_{i}", f"normal_{i}").name
    last = _node(graph, "Mean", "mean", last, _constant(graph, "axes", np.array([1, 2], np.int32))).name
    width = _CHANNELS
    for i in range(_DENSE):
        weights = _constant(graph, f"weights_{i}", random.normal(0, 0.02, (width, _UNITS)))
        product = _node(graph, "MatMul", f"product_{i}", last, weights).name
        bias = _constant(graph, f"bias_{i}", random.normal(0, 0.1, _UNITS))
        _node(graph, "BiasAdd", f"sum_{i}", product, bias)
        last = _node(graph, "Relu", "y" if i == _DENSE - 1 else f"dense_{i}", f"sum_{i}").name
        width = _UNITS
    path.write_bytes(graph.SerializeToString(deterministic=True))
    return path


def _node(graph: Any, op: str, name: str, *inputs: str) -> Any:
    node = graph.node.add(name=name, op=op, input=inputs)
    node.attr["T"].type = _FLOAT
    return node


def _constant(graph: Any, name: str, values: np.ndarray[Any, Any]) -> str:
    stored = values if values.dtype == np.int32 else values.astype(np.float32)
    node = graph.node.add(name=name, op="Const")
    code = 3 if stored.dtype == np.int32 else _FLOAT
    node.attr["dtype"].type = code
    tensor = node.attr["value"].tensor
    tensor.dtype = code
    for size in stored.shape:
        tensor.tensor_shape.dim.add().size = size
    tensor.tensor_content = stored.tobytes()
    return name


if __name__ == "__main__":
    write(Path(sys.argv[1]))
