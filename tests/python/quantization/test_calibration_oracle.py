"""Ranges and scales against those that TensorFlow's own calibration makes of the same samples."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litesmith
from litesmith import lite
from litesmith.quantization import observe
from litesmith.quantization.float_files import open_float_model

MODELS = Path(__file__).with_name("calibration_models.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What calibration_models.py writes."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("tensorflow is not installed")
    folder = tmp_path_factory.mktemp("tensorflow")
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, MODELS, folder], env=environment, check=True, capture_output=True, timeout=600)
    return folder


def samples(folder: Path) -> list[dict[str, Any]]:
    data = np.load(folder / "samples.npz")
    return [{"x": x, "below": y} for x, y in zip(data["x"], data["below"], strict=True)]


def with_zero(bounds: tuple[float, float]) -> tuple[float, float]:
    return min(bounds[0], 0), max(bounds[1], 0)


@pytest.mark.oracle
@pytest.mark.slow
def test_ranges_are_those_that_tensorflow_records(folder: Path) -> None:
    theirs = open_float_model(folder / "calibrated.tflite").recorded_ranges()
    seen = observe(folder / "float.tflite", samples(folder))
    model = open_float_model(folder / "float.tflite")
    distances = {}
    for method in ("min_max", "exact_min_max"):
        ours = model.ranges_of(seen.core, method, 255, False)
        assert ours.keys() == theirs.keys()
        # of the range with zero, which is all that a scale depends on; float kernels sum in another order
        distances[method] = {
            key: np.abs(np.subtract(with_zero(ours[key]), with_zero(theirs[key]))).max()
            / np.ptp(with_zero(theirs[key]))
            for key in ours
        }
    assert max(distances["min_max"].values()) < 1e-5, distances["min_max"]
    assert sum(distance > 1e-2 for distance in distances["exact_min_max"].values()) > 5


def operands(blob: bytes) -> list[tuple[str, str, Any, Any]]:
    """Operator, type, scales and zero points of every operand and result, in order; biases are told by type alone."""
    interpreter = lite.Interpreter(model_content=blob)
    details = {it["index"]: it for it in interpreter.get_tensor_details()}
    found = []
    for op in interpreter._get_ops_details():
        for index in [*op["inputs"], *op["outputs"]]:
            it = details[index]
            parameters = it["quantization_parameters"]
            is_bias = it["dtype"] in (np.int32, np.int64)
            scales = [] if is_bias else parameters["scales"]
            found.append((op["op_name"], np.dtype(it["dtype"]).name, scales, parameters["zero_points"]))
    return found


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["int8", "int16x8"])
def test_our_calibration_leads_to_the_scales_of_tensorflows_file(folder: Path, mode: str) -> None:
    theirs = operands((folder / f"{mode}.tflite").read_bytes())
    blob = litesmith.quantize(folder / "float.tflite", mode, representative_dataset=samples(folder))
    assert isinstance(blob, bytes)
    ours = operands(blob)
    assert [it[:2] for it in ours] == [it[:2] for it in theirs]
    assert sum(len(it[2]) > 0 for it in theirs) > 150
    for (name, _, scales, zeros), (_, _, their_scales, their_zeros) in zip(ours, theirs, strict=True):
        # relative; the float kernels that calibrate sum in another order
        np.testing.assert_allclose(scales, their_scales, rtol=1e-5, err_msg=name)
        np.testing.assert_array_equal(zeros, their_zeros, err_msg=name)
