"""The MLPerf Tiny models in int8: noise beside TensorFlow's file of the same samples, integers in other runtimes."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle_process import Question, ask
from real_samples import photographs, spectrograms
from stored_models import convert, quantized, run
from tensorflow_process import tensorflow_python

from litesmith import lite

NAMES = ["tiny_resnet8", "tiny_vww", "tiny_ad"]
CALIBRATED, MEASURED = 100, 256


@cache
def samples(shared: Path, name: str) -> Any:
    """Pictures as ResNet-8 (0..255) and the person detector (0..1) see them, spectra in decibels."""
    count = CALIBRATED + MEASURED
    if name == "tiny_ad":
        return (spectrograms(shared, 5, 128, count) * np.float32(20 / np.log(10))).reshape(count, 640)
    return photographs(shared, 32, count) if name == "tiny_resnet8" else photographs(shared, 96, count) / 255


def keras_file(shared: Path, name: str) -> Path:
    path = shared / "corpus" / "models" / f"{name}.h5"
    if not path.is_file():
        pytest.skip(f"no '{path}'")
    return path


def signal_to_noise(exact: Any, noisy: Any) -> float:
    """In decibels."""
    return float(10 * np.log10(np.square(exact).sum() / np.square(exact - noisy).sum()))


@pytest.fixture(scope="module")
def theirs(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """TensorFlow's files with float32 edges."""
    folder = tmp_path_factory.mktemp("tiny")
    command = [tensorflow_python(), str(Path(__file__).with_name("keras_int8.py")), str(folder)]
    for name in NAMES:
        np.save(folder / f"{name}.npy", samples(shared, name)[:CALIBRATED])
        command += [name, str(keras_file(shared, name)), str(folder / f"{name}.npy")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return {name: (folder / f"{name}.int8.tflite").read_bytes() for name in NAMES}


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_noise_is_that_of_tensorflows_file_of_the_same_samples(
    theirs: dict[str, bytes], shared: Path, name: str
) -> None:
    values = samples(shared, name)
    ours = convert(keras_file(shared, name), "int8_float_io", values[:CALIBRATED])
    assert len(ours) <= 1.01 * len(theirs[name])
    exact = run(convert(keras_file(shared, name), "float32", None), values[CALIBRATED:])
    noise = {
        who: signal_to_noise(exact, run(blob, values[CALIBRATED:]))
        for who, blob in {"ours": ours, "theirs": theirs[name]}.items()
    }
    assert 5 < noise["theirs"] < 60, "the measure sees no noise, or nothing else"
    assert abs(noise["ours"] - noise["theirs"]) <= 0.5, noise


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("runtime", "arithmetic"), [("BUILTIN_REF", "litert"), ("tflm", "tflm")])
def test_integers_are_those_of_other_runtimes(
    shared: Path, tmp_path: Path, name: str, runtime: str, arithmetic: str
) -> None:
    values = samples(shared, name)
    blob = convert(keras_file(shared, name), "int8", values[:CALIBRATED])
    interpreter = lite.Interpreter(model_content=blob, arithmetic=arithmetic)
    interpreter.allocate_tensors()
    inner, outer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    inputs = [quantized(value[np.newaxis], inner) for value in values[CALIBRATED : CALIBRATED + 8]]
    answers = ask([Question(blob, [one]) for one in inputs], runtime, tmp_path)
    assert not any(answer.refusal for answer in answers), answers[0].refusal
    results = []
    for one in inputs:
        interpreter.set_tensor(inner["index"], one)
        interpreter.invoke()
        results.append(interpreter.get_tensor(outer["index"]))
    assert np.ptp(np.array(results, np.int64), axis=0).max() > 3
    np.testing.assert_array_equal(results, [answer.outputs[0] for answer in answers])
