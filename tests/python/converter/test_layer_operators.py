"""What operators a Keras layer becomes, in float32 and in int8, against those that TensorFlow writes."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from expected_operators import DIFFERENCES, TENSORFLOW, Operators

from litesmith import lite
from tests.python.keras_process import make_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SCRIPT = Path(__file__).with_name("operator_models.py")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with <name>.keras and <name>.npz of every model, made by Keras in a child process."""
    return make_models(SCRIPT, tmp_path_factory.mktemp("operators"))


class _Names:
    """Of the schema's enumerations, by number."""

    def __init__(self, schema: ModuleType) -> None:
        self.operators, self.activations = (
            {code: name for name, code in vars(kind).items() if isinstance(code, int)}
            for kind in (schema.BuiltinOperator, schema.ActivationFunctionType)
        )

    def operator(self, code: Any, node: Any) -> str:
        name = self.operators[max(code.builtinCode, code.deprecatedBuiltinCode)]
        activation = getattr(node.builtinOptions, "fusedActivationFunction", 0)
        version = f":{code.version}" if code.version > 1 else ""
        return name + version + (f"+{self.activations[activation]}" if activation else "")


def operators_of(schema: ModuleType, blob: bytes) -> str:
    """A file's operators as text, without the QUANTIZE of inputs and the DEQUANTIZE of outputs."""
    model, names = schema.ModelT.InitFromObj(schema.Model.GetRootAs(blob, 0)), _Names(schema)
    (graph,) = model.subgraphs
    words = []
    for node in [] if graph.operators is None else graph.operators:
        word = names.operator(model.operatorCodes[node.opcodeIndex], node)
        enters = word == "QUANTIZE" and node.inputs[0] in graph.inputs
        leaves = word.startswith("DEQUANTIZE") and node.outputs[0] in graph.outputs
        words += [] if enters or leaves else [word]
    return " ".join(words)


def convert(models: Path, name: str, schema: ModuleType) -> Operators:
    """Our operators of one model."""
    converter = lite.TFLiteConverter.from_keras_model(models / f"{name}.keras")
    in_float = converter.convert()
    samples = dict(np.load(models / f"{name}.npz"))

    def dataset() -> Iterator[dict[str, Any]]:
        for row in range(len(next(iter(samples.values())))):
            yield {key: values[row : row + 1] for key, values in samples.items()}

    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = dataset
    return Operators(operators_of(schema, in_float), operators_of(schema, converter.convert()))


@pytest.mark.filterwarnings("ignore::litesmith.errors.CalibrationWarning")
@pytest.mark.parametrize("name", TENSORFLOW)
def test_a_layer_becomes_the_operators_of_tensorflow_or_those_that_are_meant(
    models: Path, schema: ModuleType, name: str
) -> None:
    difference = DIFFERENCES.get(name)
    ours = convert(models, name, schema)
    assert ours == (difference.ours if difference else TENSORFLOW[name])


def kind(name: str) -> str:
    """Of what kind our operators of a model are beside TensorFlow's."""
    if name not in DIFFERENCES:
        return "equal"
    counts = [
        (len(ours.split()), len(theirs.split()))
        for ours, theirs in (
            (DIFFERENCES[name].ours.float32, TENSORFLOW[name].float32),
            (DIFFERENCES[name].ours.int8, TENSORFLOW[name].int8),
        )
    ]
    if any(ours > theirs for ours, theirs in counts):
        return "longer"
    return "shorter" if any(ours < theirs for ours, theirs in counts) else "other"


def test_every_model_is_in_the_table_and_every_difference_is_one() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    named = set(re.findall(r'^    "(\w+)": lambda', text, re.MULTILINE))
    assert named <= TENSORFLOW.keys()
    assert DIFFERENCES.keys() <= TENSORFLOW.keys()
    assert [name for name, difference in DIFFERENCES.items() if difference.ours == TENSORFLOW[name]] == []
    counts = Counter(map(kind, TENSORFLOW))
    print("operators beside TensorFlow's:", ", ".join(f"{count} {word}" for word, count in counts.most_common()))
    assert counts["equal"] > len(TENSORFLOW) / 2
