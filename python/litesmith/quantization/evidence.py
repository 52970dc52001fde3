"""What the linter judges by: the float model's operators, what was observed, and excerpts of the samples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from litesmith import _core
    from litesmith.quantization.observations import Observations

__all__ = ["Evidence", "Key", "ModelInput", "owner"]

# (graph, tensor)
Key = tuple[int, int]

_MOVES = frozenset(
    "RESHAPE SQUEEZE EXPAND_DIMS TRANSPOSE PAD PADV2 MIRROR_PAD QUANTIZE DEQUANTIZE CAST RESIZE_BILINEAR "
    "RESIZE_NEAREST_NEIGHBOR STRIDED_SLICE SLICE REVERSE_V2".split()
)
_BRANCHES = frozenset({"IF", "WHILE", "CALL_ONCE", "STABLEHLO_COMPOSITE"})


@dataclass(frozen=True)
class ModelInput:
    """An input of a graph that calibration ran: where, its name, element type and shape with -1 for open dimensions."""

    key: Key
    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def is_float(self) -> bool:
        """Its range is calibrated."""
        return self.dtype == "float32"

    @property
    def is_picture(self) -> bool:
        """Rank 4 with one to four channels."""
        return len(self.shape) == 4 and 1 <= self.shape[-1] <= 4


class Evidence:
    """Model, observations and excerpts, looked up by tensor."""

    samples: int
    operators: list[_core.ConversionOperator]

    def __init__(self, conversion: _core.Conversion, observations: Observations) -> None:
        """Read the model's graph and the observations of it."""
        self._conversion = conversion
        self.samples = observations.samples
        self.excerpts = observations.excerpts
        self.tensors = {(it.graph, it.tensor): it for it in observations.core.tensors()}
        self.operators = conversion.operators()
        self._producers = {(op.graph, tensor): op for op in self.operators for tensor in op.outputs}
        self._consumers: dict[Key, list[_core.ConversionOperator]] = defaultdict(list)
        for op in self.operators:
            for tensor in op.inputs:
                self._consumers[op.graph, tensor].append(op)
        seen = {it.graph for it in self.excerpts.kept}
        signatures = {it.graph: it for it in conversion.signatures() if it.graph in seen}
        self.outputs = [(graph, tensor) for graph, it in signatures.items() for tensor in it.outputs]
        self.inputs = [
            ModelInput((graph, one.tensor), one.name, one.dtype, tuple(one.shape))
            for graph, it in signatures.items()
            for one in it.inputs
        ]

    def producer(self, key: Key) -> _core.ConversionOperator | None:
        """The operator that computes a tensor; None for inputs."""
        return self._producers.get(key)

    def layer(self, key: Key) -> str | None:
        """The layer that computes a tensor."""
        op = self.producer(key)
        return owner(op) if op else None

    def named(self, key: Key) -> str:
        """How a text speaks of a tensor."""
        name = next((it.name for it in self.inputs if it.key == key), None)
        if name is not None:
            return f"the input '{name}'"
        layer = self.layer(key)
        return f"layer '{layer}'" if layer else f"the tensor '{self.tensors[key].name}'"

    def constant(self, op: _core.ConversionOperator, index: int) -> NDArray[np.float64] | None:
        """An operand of an operator, when it is a float32 constant."""
        if index >= len(op.inputs) or op.inputs[index] < 0:
            return None
        found = self._conversion.constant(op.graph, op.inputs[index])
        return None if found is None else np.asarray(found, np.float64)

    def range(self, key: Key) -> tuple[float, float] | None:
        """Least and greatest value over all samples; None where nothing was observed."""
        it = self.tensors.get(key)
        return None if it is None else (it.lowest[0][0], it.highest[0][0])

    def size(self, key: Key) -> float | None:
        """The greatest absolute value over all samples."""
        found = self.range(key)
        return None if found is None else max(abs(found[0]), abs(found[1]))

    def before(self, key: Key) -> _core.ConversionOperator | None:
        """The operator whose values a tensor has, through operators that only move values."""
        op = self.producer(key)
        while op is not None and op.name in _MOVES:
            op = self.producer((op.graph, op.inputs[0]))
        return op

    def behind(self, key: Key) -> Iterator[_core.ConversionOperator]:
        """The operators that first compute with a tensor, through those that only move values."""
        waiting = [key]
        for current in waiting:
            for op in self._consumers[current]:
                if op.name not in _MOVES:
                    yield op
                elif len(waiting) < 100:
                    waiting.extend((op.graph, tensor) for tensor in op.outputs)

    def reaches_an_output(self, key: Key) -> bool:
        """Whether a result depends on the tensor, as far as the graph shows."""
        if any(op.graph == key[0] and op.name in _BRANCHES for op in self.operators):
            return True
        needed = {tensor for graph, tensor in self.outputs if graph == key[0]}
        for op in reversed(self.operators):
            if op.graph == key[0] and (needed.intersection(op.outputs) or not op.outputs or "ASSIGN" in op.name):
                needed.update(op.inputs)
        return key[1] in needed

    def spread(self, key: Key) -> NDArray[np.float32]:
        """Values at even distances, [rows, values]: the rows of all excerpts."""
        return _stacked([it.spread for it in self.excerpts.of(*key)])

    def windows(self, key: Key) -> NDArray[np.float32]:
        """Contiguous parts, [rows, ...]."""
        return _stacked([it.window for it in self.excerpts.of(*key)])

    def digests(self, key: Key) -> list[int]:
        """A digest of the tensor for each excerpt, in the order of the samples."""
        return [it.digest for it in self.excerpts.of(*key)]


def owner(op: _core.ConversionOperator) -> str | None:
    """The layer that an operator is of."""
    return op.layers[0] if op.layers else None


def _stacked(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Rows of the shape that the first has; samples of another size are left out."""
    if not parts:
        return np.zeros((0, 0), np.float32)
    return np.concatenate([part for part in parts if part.shape[1:] == parts[0].shape[1:]])
