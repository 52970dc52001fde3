"""Loops, branches, variables and tables against LiteRT, and what is said where they cannot run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask
from tiny_models import Graph, Operator, Tensor, build

from litesmith.interpreter import Interpreter

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

LITERT = "BUILTIN_WITHOUT_DEFAULT_DELEGATES"


def condition(carried: list[Tensor], limit: int) -> Graph:
    """The first operand is below the limit."""
    last = len(carried)
    tensors = [*carried, Tensor("limit", (), "INT32", np.int32(limit)), Tensor("goes_on", (), "BOOL")]
    return Graph(tensors, [Operator("LESS", (0, last), (last + 1,))], tuple(range(last)), (last + 1,), "condition")


def loop(schema: ModuleType, carried: list[Tensor], body: Graph, limit: int) -> bytes:
    """A model that is one loop; its condition is graph 1, its body graph 2."""
    count = len(carried)
    results = [Tensor(f"{tensor.name}_out", tensor.shape, tensor.dtype) for tensor in carried]
    options = ("WhileOptions", {"condSubgraphIndex": 1, "bodySubgraphIndex": 2})
    inputs, outputs = tuple(range(count)), tuple(range(count, 2 * count))
    node = Operator("WHILE", inputs, outputs, options=options)
    return build(schema, Graph([*carried, *results], [node], inputs, outputs), condition(carried, limit), body)


def exchanging_loop(schema: ModuleType) -> bytes:
    """i, a, b = i + 1, b, a + b."""
    carried = [Tensor("i", (), "INT32"), Tensor("a", (3,)), Tensor("b", (3,))]
    tensors = [
        *carried,
        Tensor("one", (), "INT32", np.int32(1)),
        Tensor("next", (), "INT32"),
        Tensor("sum", (3,)),
    ]
    nodes = [Operator("ADD", (0, 3), (4,)), Operator("ADD", (1, 2), (5,))]
    return loop(schema, carried, Graph(tensors, nodes, (0, 1, 2), (4, 2, 5), "body"), 7)


def growing_loop(schema: ModuleType) -> bytes:
    """i, x = i + 1, concat(x, x)."""
    carried = [Tensor("i", (), "INT32"), Tensor("x", (1,))]
    tensors = [*carried, Tensor("one", (), "INT32", np.int32(1)), Tensor("next", (), "INT32"), Tensor("twice", (1,))]
    options = ("ConcatenationOptions", {"axis": 0})
    nodes = [Operator("ADD", (0, 2), (3,)), Operator("CONCATENATION", (1, 1), (4,), options=options)]
    return loop(schema, carried, Graph(tensors, nodes, (0, 1), (3, 4), "body"), 5)


def branches(schema: ModuleType) -> bytes:
    """x + 1 where the first operand is true, else the sum of x, of another shape."""
    main = Graph(
        [Tensor("which", (), "BOOL"), Tensor("x", (4,)), Tensor("y", (4,))],
        [Operator("IF", (0, 1), (2,), options=("IfOptions", {"thenSubgraphIndex": 1, "elseSubgraphIndex": 2}))],
        (0, 1),
        (2,),
    )
    one = Tensor("one", (), "FLOAT32", np.float32(1))
    add = Graph([Tensor("x", (4,)), one, Tensor("y", (4,))], [Operator("ADD", (0, 1), (2,))], (0,), (2,), "then")
    axis = Tensor("axis", (1,), "INT32", np.zeros(1, np.int32))
    total = Graph([Tensor("x", (4,)), axis, Tensor("y", ())], [Operator("SUM", (0, 1), (2,))], (0,), (2,), "else")
    return build(schema, main, add, total)


def variable_graph(operators: list[Operator], *tensors: Tensor, outputs: tuple[int, ...] = ()) -> Graph:
    handle = Operator("VAR_HANDLE", (), (0,), options=("VarHandleOptions", {"container": "", "sharedName": "state"}))
    return Graph([Tensor("handle", (1,), "RESOURCE"), *tensors], [handle, *operators], (1,), outputs)


def counter(schema: ModuleType) -> bytes:
    """The variable is 10 at first; every run adds x to it and gives it."""
    once = Operator("CALL_ONCE", (), (), options=("CallOnceOptions", {"initSubgraphIndex": 1}))
    nodes = [
        once,
        Operator("READ_VARIABLE", (0,), (2,)),
        Operator("ADD", (1, 2), (3,)),
        Operator("ASSIGN_VARIABLE", (0, 3), ()),
    ]
    main = variable_graph(nodes, Tensor("x", (2,)), Tensor("before", (2,)), Tensor("sum", (2,)), outputs=(3,))
    ten = Tensor("ten", (2,), "FLOAT32", np.full(2, 10, np.float32))
    init = variable_graph([Operator("ASSIGN_VARIABLE", (0, 1), ())], ten)
    return build(schema, main, Graph(init.tensors, init.operators, (), (), "init"))


def unassigned(schema: ModuleType) -> bytes:
    return build(
        schema,
        variable_graph([Operator("READ_VARIABLE", (0,), (2,))], Tensor("x", (2,)), Tensor("y", (2,)), outputs=(2,)),
    )


def invoke(interpreter: Interpreter, inputs: list[Any]) -> list[Any]:
    for detail, values in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def started(model: bytes) -> Interpreter:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    return interpreter


def test_loops_and_branches_give_what_litert_gives(schema: ModuleType, tmp_path: Path) -> None:
    start = np.int32(0)
    a, b = np.array([0, 1, 2], np.float32), np.array([1, 1, 5], np.float32)
    x = np.array([1, -2, 3, 4], np.float32)
    questions = [
        Question(exchanging_loop(schema), [start, a, b]),
        Question(exchanging_loop(schema), [np.int32(9), a, b]),
        Question(growing_loop(schema), [start, np.array([3], np.float32)]),
        Question(branches(schema), [np.bool_(True), x]),
        Question(branches(schema), [np.bool_(False), x]),
    ]
    answers = ask(questions, LITERT, tmp_path)
    for question, answer in zip(questions, answers, strict=True):
        assert not answer.refusal
        got = invoke(started(question.model), question.inputs)
        for mine, theirs in zip(got, answer.outputs, strict=True):
            assert mine.shape == theirs.shape
            assert np.array_equal(mine, theirs)
    assert not np.array_equal(answers[0].outputs[1], answers[1].outputs[1])
    assert answers[2].outputs[1].shape == (32,)


def test_variables_live_as_long_as_the_interpreter(schema: ModuleType) -> None:
    model = counter(schema)
    interpreter = started(model)
    x = np.array([1, 2], np.float32)
    assert invoke(interpreter, [x])[0].tolist() == [11, 12]
    assert invoke(interpreter, [x])[0].tolist() == [12, 14]
    interpreter.allocate_tensors()
    interpreter.reset_all_variables()  # is about variable tensors, as with LiteRT
    assert invoke(interpreter, [x])[0].tolist() == [13, 16]
    assert invoke(started(model), [x])[0].tolist() == [11, 12]


def test_a_variable_without_value_is_refused_with_the_reason(schema: ModuleType, tmp_path: Path) -> None:
    model = unassigned(schema)
    x = np.zeros(2, np.float32)
    answer = ask([Question(model, [x])], LITERT, tmp_path)[0]
    assert "variable != nullptr was not true" in answer.refusal
    with pytest.raises(RuntimeError, match=r"variable != nullptr was not true.*'state' has not been assigned"):
        invoke(started(model), [x])
