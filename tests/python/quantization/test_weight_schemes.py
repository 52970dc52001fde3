"""float16 and dynamic range of float files that TensorFlow writes, against what TensorFlow makes of the same models."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[3] / "build" / "no-python" / "litesmith_tests"
MODELS = Path(__file__).with_name("weight_models.py")


@pytest.mark.oracle
@pytest.mark.slow
def test_weights_of_single_operators_are_stored_as_tensorflow_stores_them(tmp_path: Path) -> None:
    if not TESTS.exists():
        pytest.skip("build/no-python/litesmith_tests is not built (./dev test makes it)")
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("tensorflow is not installed")
    environment = os.environ | {"LITESMITH_TENSORFLOW_FILES": str(tmp_path), "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, MODELS, tmp_path], env=environment, check=True, capture_output=True, timeout=600)
    files = list(tmp_path.glob("*.tflite"))
    compared = len([file for file in files if not file.name.endswith(".float.tflite")])
    assert compared > 50
    result = subprocess.run(
        [TESTS, "-tc=*live TensorFlow*"], env=environment, check=False, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-3000:]
    assert re.search(rf"\b{compared} files compared", result.stdout)
