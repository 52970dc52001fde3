"""Random models of one operator on quantized tensors, and their comparison with LiteRT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter, OpResolverType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    Draw = Callable[[np.random.Generator], "Draft"]

__all__ = ["DRAWS", "FAST", "REF", "SEED", "Draft", "assert_equal_to_litert", "integers", "parameters", "shape_of"]

SEED = 20261121
DRAWS = 40
REF, FAST = "BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"


class Draft:
    """One random model of one operator: x, constants -> y."""

    def __init__(self, operator: str, version: int, options: tuple[str, dict[str, Any]] | None) -> None:
        self.operator, self.version, self.options = operator, version, options
        self.tensors: list[Tensor] = []
        self.values = np.zeros(0)

    def fed(self, values: np.ndarray[Any, Any], scale: float, zero_point: int) -> Draft:
        self.values = values
        return self.quantized("x", values.shape, values.dtype.name.upper(), scale, zero_point)

    def quantized(self, name: str, shape: tuple[int, ...], dtype: str, scale: float, zero_point: int) -> Draft:
        self.tensors.append(Tensor(name, shape, dtype, scales=(scale,), zero_points=(zero_point,)))
        return self

    def constant(self, values: np.ndarray[Any, Any]) -> Draft:
        self.tensors.append(Tensor("constant", values.shape, values.dtype.name.upper(), data=values))
        return self

    def question(self, schema: ModuleType) -> Question:
        last = len(self.tensors) - 1
        node = Operator(self.operator, tuple(range(last)), (last,), self.version, options=self.options)
        return Question(build(schema, Graph(self.tensors, [node], (0,), (last,))), [self.values])


def integers(random: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Values of the whole range, or of a random part of it."""
    limits = np.iinfo(dtype)
    low, high = limits.min, limits.max
    if random.random() < 0.5:
        low, high = sorted(int(random.integers(limits.min, limits.max)) for _ in range(2))
    return random.integers(low, high, size=shape, dtype=dtype, endpoint=True)


def parameters(random: np.random.Generator, dtype: str) -> tuple[float, int]:
    """A scale and, but for int16, a zero point."""
    limits = np.iinfo(dtype)
    zero_point = 0 if dtype == "int16" else int(random.integers(limits.min, limits.max, endpoint=True))
    return float(np.float32(2 ** random.uniform(-12, 2))), zero_point


def shape_of(random: np.random.Generator, rank: int, most: int) -> tuple[int, ...]:
    return tuple(int(size) for size in random.integers(1, most, size=rank))


def ours(question: Question, resolver: OpResolverType) -> np.ndarray[Any, Any]:
    interpreter = Interpreter(model_content=question.model, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], question.inputs[0])
    interpreter.invoke()
    result: np.ndarray[Any, Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


def assert_equal_to_litert(schema: ModuleType, folder: Path, draw: Draw, resolver: str, name: str) -> None:
    """Both of our kernel choices give the resolver's bits for DRAWS models; most of them run there."""
    random = np.random.default_rng([SEED, *name.encode()])
    questions = [draw(random).question(schema) for _ in range(DRAWS)]
    seen: set[float] = set()
    refusals = []
    for i, (question, answer) in enumerate(zip(questions, ask(questions, resolver, folder), strict=True)):
        if not answer.outputs:
            refusals.append(answer.refusal)
            continue
        seen.update(np.unique(answer.outputs[0]).tolist())
        for level in (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN):
            np.testing.assert_array_equal(
                ours(question, level), answer.outputs[0], err_msg=f"draw {i} of seed {SEED}, {level}"
            )
    assert len(seen) > 10, refusals
    assert len(refusals) < DRAWS // 4, refusals
