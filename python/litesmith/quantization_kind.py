"""How a model computes, told from the types of its tensors."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["quantization_kind"]

_KINDS = {"int8": "int8", "uint8": "uint8", "int16": "int16x8"}


def quantization_kind(operators: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> str:
    """Name what a graph is quantized to, e.g. "int8, 2 of 9 operators float32", "dynamic range" or "float32".

    Args:
        operators: name, types of the operands and types of the results of each; integers that have no scale, as
            indices and shapes, are left out or have another name.
    """
    kinds: Counter[str] = Counter()
    has_halves = False
    for name, operands, results in operators:
        if name == "DEQUANTIZE":
            has_halves = has_halves or "float16" in operands
        elif name != "QUANTIZE":
            integers = [_KINDS[it] for it in results if it in _KINDS]
            if integers:
                kinds[integers[0]] += 1
            elif "float32" in results:
                kinds["dynamic range" if "int8" in operands else "float32"] += 1
    quantized = [it for it in kinds if it in _KINDS.values()]
    if quantized:
        rest = sum(count for kind, count in kinds.items() if kind not in quantized)
        text = " and ".join(sorted(quantized))
        return f"{text}, {rest} of {sum(kinds.values())} operators float32" if rest else text
    if "dynamic range" in kinds:
        return "dynamic range"
    return "float16 weights" if has_halves else "float32"
