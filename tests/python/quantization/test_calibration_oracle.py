"""Ranges against those that TensorFlow's own calibration records from the same samples."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from litesmith.quantization import observe
from litesmith.quantization.float_files import open_float_model

MODELS = Path(__file__).with_name("calibration_models.py")


@pytest.mark.oracle
@pytest.mark.slow
def test_ranges_are_those_that_tensorflow_records(tmp_path: Path) -> None:
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("tensorflow is not installed")
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, MODELS, tmp_path], env=environment, check=True, capture_output=True, timeout=600)
    theirs = open_float_model(tmp_path / "calibrated.tflite").recorded_ranges()
    data = np.load(tmp_path / "samples.npz")
    seen = observe(
        tmp_path / "float.tflite", [{"x": x, "below": y} for x, y in zip(data["x"], data["below"], strict=True)]
    )
    model = open_float_model(tmp_path / "float.tflite")
    names = {(it.graph, it.tensor): it.name for it in seen.core.tensors()}
    distances = {}
    for method in ("min_max", "exact_min_max"):
        ours = model.ranges_of(seen.core, method, 255, False)
        assert ours.keys() == theirs.keys()
        # of the range with zero, which is all that a scale depends on; float kernels sum in another order
        distances[method] = {
            names[key]: np.abs(np.subtract(with_zero(ours[key]), with_zero(theirs[key]))).max()
            / np.ptp(with_zero(theirs[key]))
            for key in ours
        }
    assert max(distances["min_max"].values()) < 1e-5, distances["min_max"]
    assert sum(distance > 1e-2 for distance in distances["exact_min_max"].values()) > 5


def with_zero(bounds: tuple[float, float]) -> tuple[float, float]:
    return min(bounds[0], 0), max(bounds[1], 0)
