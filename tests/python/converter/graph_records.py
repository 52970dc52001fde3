"""Records of TensorFlow graphs (tests/fixtures/tensorflow_graphs), and our conversion of them."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from litesmith import _core, lite

__all__ = ["GraphRecord", "convert", "differences", "families", "records", "run"]

Array = np.ndarray[Any, Any]

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "tensorflow_graphs"
_OPTIONS = SimpleNamespace(allow_custom_ops=False, select_tf_ops=False, resource_variables=True, custom_ops=set())


@dataclass(frozen=True)
class GraphRecord:
    """A GraphDef with what TensorFlow gave for the inputs x0, x1 and so on.

    Attributes:
        results: The arrays that are the outputs.
        variables: Values by the node that makes the handle.
        tolerance: Largest difference relative to the largest value of an output; 0 = equal.
        refused: Part of the error's text where there is no conversion; else empty.
    """

    name: str
    graph: bytes
    inputs: list[Array]
    results: list[str]
    outputs: list[Array]
    variables: dict[str, Array]
    tolerance: float
    refused: str

    @property
    def is_open(self) -> bool:
        """Whether dims of the inputs are unknown."""
        return self.name.endswith(", open")


def _array(stored: dict[str, Any]) -> Array:
    data = base64.b64decode(stored["data"])
    return np.frombuffer(data, dtype=stored["dtype"]).reshape(stored["shape"])


def families() -> list[str]:
    """Families that have records."""
    return sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("*.json.gz"))


def records(family: str) -> list[GraphRecord]:
    """The records of a family."""
    stored = json.loads(gzip.decompress((FOLDER / f"{family}.json.gz").read_bytes()))
    return [
        GraphRecord(
            name,
            base64.b64decode(entry["graph"]),
            [_array(x) for x in entry["inputs"]],
            entry["results"],
            [_array(x) for x in entry["outputs"]],
            {handle: _array(value) for handle, value in entry["variables"].items()},
            entry["tolerance"],
            entry["refused"],
        )
        for name, entry in stored.items()
    ]


def convert(record: GraphRecord) -> bytes:
    """Our .tflite file."""
    inputs = [(f"x{i}", f"x{i}:0", "", None, None) for i in range(len(record.inputs))]
    outputs = [(f"y{i}", name, "", None, None) for i, name in enumerate(record.results)]
    conversion = _core.Conversion.from_graph(
        graph=record.graph,
        variables=record.variables,
        interfaces=[("serving_default", inputs, outputs)],
        options=_OPTIONS,
        source=record.name,
        conversion_metadata=False,
        api_version=2,
        model_type=1,
    )
    conversion.lower()
    return bytes(conversion.write())


def run(blob: bytes, inputs: list[Array]) -> list[Array]:
    """Results in our interpreter, with the inputs' shapes."""
    interpreter = lite.Interpreter(model_content=blob)
    details = interpreter.get_input_details()
    for detail, values in zip(details, inputs, strict=True):
        if tuple(detail["shape"]) != values.shape:
            interpreter.resize_tensor_input(detail["index"], values.shape)
    interpreter.allocate_tensors()
    for detail, values in zip(details, inputs, strict=True):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def differences(record: GraphRecord, outputs: list[Array]) -> list[str]:
    """What is wrong with outputs; empty when nothing is."""
    wrong = [] if len(outputs) == len(record.outputs) else [f"{len(outputs)} outputs for {len(record.outputs)}"]
    for number, (got, want) in enumerate(zip(outputs, record.outputs, strict=False)):
        if got.shape != want.shape or got.dtype != want.dtype:
            wrong.append(f"output {number} is {got.dtype}{got.shape} but TensorFlow's is {want.dtype}{want.shape}")
        elif record.tolerance == 0 and not np.array_equal(got, want, equal_nan=want.dtype.kind in "fc"):
            wrong.append(f"output {number} is {got.ravel()[:8]} but TensorFlow's is {want.ravel()[:8]}")
        elif record.tolerance > 0:
            bound = record.tolerance * max(float(np.abs(want).max(initial=0)), 1e-30)
            if not np.allclose(got, want, rtol=0, atol=bound, equal_nan=True):
                wrong.append(
                    f"output {number} is {np.abs(got - want).max() / bound:.3g} times too far from TensorFlow's"
                )
    return wrong
