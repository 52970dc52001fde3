"""LiteRT and TensorFlow Lite Micro as oracles, in processes of their own: a crash of theirs is an answer."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

__all__ = ["Answer", "Question", "ask"]

_MODULES = {
    "BUILTIN_REF": "ai_edge_litert",
    "BUILTIN_WITHOUT_DEFAULT_DELEGATES": "ai_edge_litert",
    "tflm": "tflite_micro",
}

_CHILD = """
import pickle, sys
import numpy as np


def litert(model, inputs, resolver):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kind = OpResolverType[resolver]
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=kind, num_threads=1)
    interpreter.allocate_tensors()
    for detail, values in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def tflm(model, inputs):
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1 << 22)
    for i, values in enumerate(inputs):
        interpreter.set_input(np.ascontiguousarray(values), i)
    interpreter.invoke()
    return [np.array(interpreter.get_output(0))]


questions_path, answers_path, first, runtime_name = sys.argv[1:]
with open(questions_path, "rb") as file:
    questions = pickle.load(file)
with open(answers_path, "ab") as file:
    for model, inputs in questions[int(first):]:
        try:
            outputs = tflm(model, inputs) if runtime_name == "tflm" else litert(model, inputs, runtime_name)
            pickle.dump((outputs, ""), file)
        except (RuntimeError, ValueError) as error:
            pickle.dump(([], str(error)), file)
        file.flush()
"""


@dataclass(frozen=True)
class Question:
    """A model and its inputs, in the model's order."""

    model: bytes
    inputs: list[np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Answer:
    """Outputs, or why there are none."""

    outputs: list[np.ndarray[Any, Any]]
    refusal: str


def ask(questions: list[Question], runtime: str, folder: Path) -> list[Answer]:
    """Answers of a runtime: 'tflm' or the name of a resolver of LiteRT. Skips the test where it is not installed."""
    module = _MODULES[runtime]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"the Python package '{module}' is not installed")
    asked, answered = folder / f"{runtime}.questions", folder / f"{runtime}.answers"
    asked.write_bytes(pickle.dumps([(question.model, question.inputs) for question in questions]))
    answered.write_bytes(b"")
    answers: list[Answer] = []
    while len(answers) < len(questions):
        command = [sys.executable, "-c", _CHILD, str(asked), str(answered), str(len(answers)), runtime]
        child = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        before, answers = len(answers), _read(answered)
        if len(answers) < len(questions):
            assert child.returncode < 0, child.stderr[-2000:]
            crash = Answer([], f"the process ended with signal {-child.returncode}")
            with answered.open("ab") as file:
                pickle.dump((crash.outputs, crash.refusal), file)
            answers.append(crash)
        assert len(answers) > before
    return answers


def _read(path: Path) -> list[Answer]:
    answers = []
    with path.open("rb") as file:
        while file.peek(1):
            answers.append(Answer(*pickle.load(file)))
    return answers
