"""Where two .tflite files differ: operators, operands, parameters, constants; graphs are matched from their outputs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["difference"]

_DTYPES = {
    "FLOAT32": "f4",
    "FLOAT16": "f2",
    "INT8": "i1",
    "UINT8": "u1",
    "INT16": "i2",
    "INT32": "i4",
    "INT64": "i8",
    "BOOL": "?",
}
# Of the elements of a file's constants; no element may be off by more than one step.
_OFF_BY_ONE = 1e-3


class _File:
    def __init__(self, schema: ModuleType, blob: bytes) -> None:
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(blob, 0))
        self.types = {code: name for name, code in vars(schema.TensorType).items() if isinstance(code, int)}
        self.codes = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}

    def operator(self, node: Any) -> str:
        code = self.model.operatorCodes[node.opcodeIndex]
        return self.codes[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def type(self, tensor: Any) -> str:
        return self.types[tensor.type]

    def constant(self, tensor: Any) -> np.ndarray | None:
        data = self.model.buffers[tensor.buffer].data
        return None if data is None or len(data) == 0 else np.frombuffer(bytes(data), _DTYPES[self.type(tensor)])


def _ids(tensors: Any) -> list[int]:
    return [] if tensors is None else list(tensors)


def _parameters(tensor: Any) -> tuple[np.ndarray, np.ndarray, int] | None:
    quantization = tensor.quantization
    if quantization is None or quantization.scale is None or len(quantization.scale) == 0:
        return None
    scales = np.asarray(quantization.scale, np.float32)
    return scales, np.asarray(quantization.zeroPoint), quantization.quantizedDimension if len(scales) > 1 else 0


class _Comparison:
    """Of one graph of each file; what differs is collected in ``found``."""

    def __init__(self, ours: _File, theirs: _File, graph: int, scale_tolerance: float | None) -> None:
        self.files = (ours, theirs)
        self.graphs = (ours.model.subgraphs[graph], theirs.model.subgraphs[graph])
        self.scale_tolerance = scale_tolerance
        self.found: list[str] = []
        self.elements = self.off = 0

    def run(self) -> None:
        names = [
            [file.operator(node) for node in graph.operators or []]
            for file, graph in zip(self.files, self.graphs, strict=True)
        ]
        if Counter(names[0]) != Counter(names[1]):
            ours, theirs = Counter(names[0]), Counter(names[1])
            self.found.append(f"operators: ours more {dict(ours - theirs)}, theirs more {dict(theirs - ours)}")
            return
        producers = [
            {id_: node for node in graph.operators or [] for id_ in _ids(node.outputs)} for graph in self.graphs
        ]
        matched: dict[int, int] = {}
        work = list(zip(*(graph.outputs for graph in self.graphs), strict=True))
        while work:
            ours, theirs = work.pop()
            if theirs in matched or min(ours, theirs) < 0:
                if matched.get(theirs, ours) != ours and self._tensor(1, theirs)[1] is None:
                    self.found.append(f"tensor {theirs} stands for two of ours")
                if (ours < 0) != (theirs < 0):
                    self.found.append("an operand is absent in one file")
                continue
            matched[theirs] = ours
            self._compare_tensors(ours, theirs)
            nodes = producers[0].get(ours), producers[1].get(theirs)
            kinds = [file.operator(node) if node else None for file, node in zip(self.files, nodes, strict=True)]
            if kinds[0] != kinds[1]:
                self.found.append(f"'{self._tensor(1, theirs)[0].name}' comes from {kinds[0]}, theirs from {kinds[1]}")
            elif nodes[0] and nodes[1]:
                work.extend(zip(_ids(nodes[0].inputs), _ids(nodes[1].inputs), strict=False))

    def _tensor(self, which: int, id_: int) -> tuple[Any, np.ndarray | None]:
        tensor = self.graphs[which].tensors[id_]
        return tensor, self.files[which].constant(tensor)

    def _compare_tensors(self, ours: int, theirs: int) -> None:
        (mine, values), (other, expected) = self._tensor(0, ours), self._tensor(1, theirs)
        types = self.files[0].type(mine), self.files[1].type(other)
        if types[0] != types[1]:
            self.found.append(f"'{other.name}' is {types[0]}, theirs {types[1]}")
            return
        self._compare_parameters(_parameters(mine), _parameters(other), other.name)
        if (values is None) != (expected is None):
            self.found.append(f"'{other.name}' is constant in one file")
        elif values is not None and expected is not None:
            self._compare_values(values, expected, other.name)

    def _compare_parameters(self, ours: Any, theirs: Any, name: bytes) -> None:
        if ours is None or theirs is None:
            if ours is not theirs:
                self.found.append(f"'{name!r}' is quantized in one file")
            return
        same_form = ours[0].shape == theirs[0].shape and ours[2] == theirs[2]
        if not same_form or not self._are_close(ours[0], theirs[0]):
            self.found.append(
                f"{name!r}: scales {ours[0][:4]} on axis {ours[2]}, theirs {theirs[0][:4]} on {theirs[2]}"
            )
        elif not np.array_equal(ours[1], theirs[1]):
            self.found.append(f"{name!r}: zero points {ours[1][:4]}, theirs {theirs[1][:4]}")

    def _are_close(self, ours: np.ndarray, theirs: np.ndarray) -> bool:
        if self.scale_tolerance is not None:
            return np.allclose(ours, theirs, rtol=self.scale_tolerance, atol=0)
        return int(np.max(np.abs(ours.view(np.int32) - theirs.view(np.int32)))) <= 1

    def _compare_values(self, ours: np.ndarray, theirs: np.ndarray, name: bytes) -> None:
        if ours.shape != theirs.shape:
            self.found.append(f"{name!r}: {ours.size} values, theirs {theirs.size}")
            return
        if ours.dtype.kind != "i":
            if not np.array_equal(ours, theirs):
                self.found.append(f"{name!r}: values differ")
            return
        steps = np.abs(ours.astype(np.int64) - theirs.astype(np.int64))
        self.elements += steps.size
        self.off += int(np.count_nonzero(steps))
        if steps.max(initial=0) > 1:
            self.found.append(f"{name!r}: values off by {steps.max()}")


def difference(schema: ModuleType, ours: bytes, theirs: bytes, scale_tolerance: float | None = None) -> list[str]:
    """What differs; empty when scales agree to one unit in the last place (or to a relative tolerance), zero points and
    structure exactly, and 99.9 % of the constants' elements exactly with no element off by more than one.
    """
    files = _File(schema, ours), _File(schema, theirs)
    counts = [len(file.model.subgraphs) for file in files]
    if counts[0] != counts[1]:
        return [f"{counts[0]} graphs, theirs {counts[1]}"]
    comparisons = [_Comparison(*files, graph, scale_tolerance) for graph in range(counts[0])]
    for comparison in comparisons:
        comparison.run()
    found = [text for comparison in comparisons for text in comparison.found]
    off, elements = sum(c.off for c in comparisons), sum(c.elements for c in comparisons)
    if off > _OFF_BY_ONE * elements:
        found.append(f"{off} of {elements} constant elements are off by one")
    return found
