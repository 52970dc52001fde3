"""QUANTIZE of float32 and DEQUANTIZE give the bits of LiteRT's reference kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter, OpResolverType

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

SEED = 41
MODELS = 10
LIMITS = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}
SHAPE = (3, 5, 7, 9)


def draw(schema: ModuleType, dtype: str, number: int) -> Question:
    """float32 -> `dtype` -> float32, one scale or (odd numbers) one for each index of a dimension."""
    rng = np.random.default_rng([SEED, number, *map(ord, dtype)])
    is_per_axis = number % 2 == 1 and dtype != "INT16"  # LiteRT's DEQUANTIZE takes int16 as a whole only
    axis = int(rng.integers(4)) if is_per_axis else 0
    count = SHAPE[axis] if is_per_axis else 1
    low, high = LIMITS[dtype]
    scales = (10 ** rng.uniform(-3, 1, count)).astype(np.float32)
    symmetric = dtype == "INT16" or count > 1
    zeros = np.zeros(count, int) if symmetric else rng.integers(low, high + 1, count)
    per_index = [count if axis == k and count > 1 else 1 for k in range(4)]
    steps = rng.uniform(low - zeros.mean() - 3, high - zeros.mean() + 3, SHAPE)
    steps = np.where(rng.random(SHAPE) < 0.3, np.floor(steps) + 0.5, steps)  # ties
    x = (steps * scales.reshape(per_index)).astype(np.float32)
    quantized = Tensor(
        "q", SHAPE, dtype, scales=tuple(scales.tolist()), zero_points=tuple(zeros.tolist()), dimension=axis
    )
    graph = Graph(
        [Tensor("x", SHAPE), quantized, Tensor("y", SHAPE)],
        [
            Operator("QUANTIZE", (0,), (1,), 4, options=("QuantizeOptions", {})),
            Operator("DEQUANTIZE", (1,), (2,), 6, options=("DequantizeOptions", {})),
        ],
        (0,),
        (2,),
    )
    return Question(build(schema, graph), [x])


def run(question: Question, resolver: OpResolverType) -> np.ndarray[Any, Any]:
    """The result of ours."""
    interpreter = Interpreter(model_content=question.model, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], question.inputs[0])
    interpreter.invoke()
    result: np.ndarray[Any, Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


@pytest.mark.parametrize("dtype", list(LIMITS))
def test_values_that_are_quantized_and_back_are_those_of_the_reference(
    schema: ModuleType, dtype: str, tmp_path: Path
) -> None:
    questions = [draw(schema, dtype, number) for number in range(MODELS)]
    answers = ask(questions, "BUILTIN_REF", tmp_path)
    assert not [answer.refusal for answer in answers if answer.refusal]
    assert len({answer.outputs[0].tobytes() for answer in answers}) > 1
    for number, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_REF):
            got = run(question, resolver)
            differing = np.argwhere(got != answer.outputs[0])
            assert not len(differing), f"seed {SEED}, model {number}: {len(differing)} differ, first at {differing[0]}"
