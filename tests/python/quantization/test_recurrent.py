"""A quantized LSTM: what its tensors become, and LiteRT's bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from oracle_process import Question, ask

from litesmith.interpreter import Interpreter
from litesmith.quantization.calibrator import Calibrator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 20261121
SAMPLES = 12


def answer(model: bytes, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    interpreter = Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    result: np.ndarray[Any, Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


@pytest.mark.filterwarnings("ignore:calibration data")
def test_an_lstm_becomes_int8_with_an_int16_cell_state_and_gives_litert_bits(shared: Path, tmp_path: Path) -> None:
    content = (shared / "corpus" / "models" / "tflm_mnist_lstm_float.tflite").read_bytes()
    random = np.random.default_rng(SEED)
    with np.load(shared / "corpus" / "goldens" / "tflm_mnist_lstm_float.npz") as golden:
        digits = [np.asarray(digit, np.float32) for digit in golden["in_0"]]
    samples = [*digits, *(random.random((1, 28, 28), dtype=np.float32) for _ in range(SAMPLES))]

    def feed() -> Iterator[list[np.ndarray[Any, Any]]]:
        for sample in samples:
            yield [sample]

    quantized = bytes(Calibrator(content).calibrate_and_quantize(feed, np.float32, np.float32, True))
    details = Interpreter(model_content=quantized).get_tensor_details()
    types = {detail["name"].rsplit("/", 1)[-1]: detail["dtype"] for detail in details}
    assert types["zeros"] is np.int8
    assert types["zeros1"] is np.int16
    assert types["effective_hidden_scale_intermediate"] is np.int8
    answers = ask([Question(quantized, [sample]) for sample in samples], "BUILTIN_REF", tmp_path)
    assert not np.array_equal(answers[0].outputs[0], answers[1].outputs[0])
    for sample, wanted in zip(samples, answers, strict=True):
        np.testing.assert_array_equal(answer(quantized, sample), wanted.outputs[0], err_msg=f"seed {SEED}")
    worst = max(np.abs(answer(content, digit) - answer(quantized, digit)).max() for digit in digits)
    assert worst < 0.25, worst  # probabilities; int8 logits are 0.15 apart
