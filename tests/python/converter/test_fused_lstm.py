"""LSTM loops of TensorFlow graphs become UNIDIRECTIONAL_SEQUENCE_LSTM where it computes the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graph_records import GraphRecord, convert, records, run

from litesmith import _core, lite
from litesmith.compat.v1 import lite as v1

RECORDS = {record.name: record for record in records("recurrent")}
FUSED = "UNIDIRECTIONAL_SEQUENCE_LSTM"
LAST_STEP = [FUSED, "STRIDED_SLICE"]
SEQUENCE = [FUSED]

# None: a loop stays. The operators of the main graph by what the cases of the Keras generations have in common.
KERAS = {
    "LSTM, last step": LAST_STEP,
    "LSTM, sequence": SEQUENCE,
    "LSTM, batch": SEQUENCE,
    "LSTM, batch, open": SEQUENCE,
    "LSTM, time": SEQUENCE,
    "LSTM, time, open": SEQUENCE,
    "LSTM, batch and time": LAST_STEP,
    "LSTM, batch and time, open": LAST_STEP,
    "LSTM, backwards": ["REVERSE_V2", FUSED],
    "LSTM, no bias": LAST_STEP,
    "LSTM, two layers": [FUSED, *LAST_STEP],
    "LSTM, both directions": [FUSED, "REVERSE_V2", FUSED, "REVERSE_V2", "CONCATENATION"],
    "LSTM, relu": ["TRANSPOSE", "WHILE", "STRIDED_SLICE"],
    "LSTM, last output": LAST_STEP,
    "LSTM, memory": ["TRANSPOSE", "WHILE"],
    "GRU": ["TRANSPOSE", "WHILE", "STRIDED_SLICE"],
    "SimpleRNN": ["TRANSPOSE", "WHILE", "STRIDED_SLICE"],
}
TENSORFLOW_1 = {
    "LSTMCell": SEQUENCE,
    "LSTMCell, old loop": SEQUENCE,
    "LSTMCell, time first": SEQUENCE,
    "LSTMCell, last output": LAST_STEP,
    "LSTMCell, own lengths": None,
    "BasicLSTMCell, forget bias": SEQUENCE,
    "LSTMCell, peepholes": SEQUENCE,
    "LSTMCell, projection": SEQUENCE,
    "LSTMCell, clip": SEQUENCE,
    "LSTMCells on top": [FUSED, FUSED],
    "GRUCell": ["TRANSPOSE", "WHILE", "TRANSPOSE"],
}
WHILE = {
    "LSTM": [FUSED, "TRANSPOSE"],
    "LSTM, counted from 1": None,
    "LSTM, from ones": None,
    "LSTM, fewer turns": None,
    "LSTM, other order": None,
    "LSTM, list of memories": None,
    "LSTM, list of sums": None,
    "LSTM, in a branch": None,
}
OPERATORS = {
    **{f"Keras {generation}: {case}": wanted for generation in (2, 3) for case, wanted in KERAS.items()},
    **{f"TensorFlow 1: {case}": wanted for case, wanted in TENSORFLOW_1.items()},
    **{f"while_loop: {case}": wanted for case, wanted in WHILE.items()},
}


def described(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_core.describe_content(content, "model"))
    return found


def names(content: bytes) -> list[str]:
    return [node["name"] for node in described(content)["graphs"][0]["operators"]]


def test_every_record_says_what_it_becomes() -> None:
    assert sorted(OPERATORS) == sorted(RECORDS)


@pytest.mark.parametrize("name", OPERATORS)
def test_loops_of_lstm_cells_become_one_operator_each_and_others_stay(name: str) -> None:
    content = convert(RECORDS[name])
    wanted = OPERATORS[name]
    if wanted is None:
        every = [node["name"] for graph in described(content)["graphs"] for node in graph["operators"]]
        assert "WHILE" in every
        assert FUSED not in every
    else:
        assert names(content) == wanted


def test_graphs_of_fused_loops_are_not_in_the_file() -> None:
    content = convert(RECORDS["Keras 3: LSTM, two layers"])
    assert len(described(content)["graphs"]) == 1


def twice(record: GraphRecord, resets: bool) -> tuple[Any, Any]:
    interpreter = lite.Interpreter(model_content=convert(record))
    interpreter.allocate_tensors()
    results = []
    for _ in range(2):
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], record.inputs[0])
        interpreter.invoke()
        results.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).copy())
        if resets:
            interpreter.reset_all_variables()
    return results[0], results[1]


def test_a_fused_lstm_goes_on_from_its_state_until_variables_are_reset() -> None:
    record = RECORDS["Keras 2: LSTM, last step"]
    first, second = twice(record, resets=False)
    assert np.abs(first - second).max() > 1e-3
    first, second = twice(record, resets=True)
    assert np.array_equal(first, second)


def test_states_follow_the_batch_that_is_fed() -> None:
    record = RECORDS["Keras 3: LSTM, batch, open"]
    content = convert(record)
    x = np.concatenate([record.inputs[0], record.inputs[0][::-1]])
    (y,) = run(content, [x])
    assert np.abs(y[:2] - record.outputs[0]).max() < 1e-5  # of values below 1, in float32
    assert np.array_equal(y[2:], y[1::-1])


@pytest.mark.parametrize("model", ["k2_lstm_saved_model", "k3_lstm_saved_model"])
def test_saved_models_of_keras_become_the_operator(shared: Path, model: str) -> None:
    folder = shared / "scenarios" / "03_full_integer"
    with pytest.warns(UserWarning, match="call reset_all_variables.*lstm"):
        content = lite.TFLiteConverter.from_saved_model(folder / model).convert()
    assert names(content) == [*LAST_STEP, "FULLY_CONNECTED"]
    stored = np.load(folder / "goldens.npz")
    tag = model[:2]
    x, wanted = stored[f"{tag}_lstm/test_x"][:1], stored[f"{tag}_lstm/test_float"][:1]
    assert np.abs(run(content, [x])[0] - wanted).max() < 1e-5  # of values around 1, in float32


@pytest.mark.parametrize("form", ["", "_cfv2"])
def test_frozen_loops_of_tensorflow_1_become_the_operator(shared: Path, form: str) -> None:
    folder = shared / "scenarios" / "05_tf1_graphs"
    name = f"rnn_dynamic_lstm{form}"
    converter = v1.TFLiteConverter.from_frozen_graph(folder / f"{name}_frozen.pb", ["x"], ["y"])
    with pytest.warns(UserWarning, match="call reset_all_variables.*rnn/while"):
        content = converter.convert()
    assert names(content) == SEQUENCE
    stored = np.load(folder / "goldens.npz")
    assert np.abs(run(content, [stored[f"{name}/in/x"]])[0] - stored[f"{name}/y0"]).max() < 1e-5
