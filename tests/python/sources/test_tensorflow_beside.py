"""One process with TensorFlow and without it: neither disturbs the other, and nothing imports it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorflow_process import tensorflow_python

import litesmith

CONVERTED = [".pb True", ".pbtxt True", "keras True", "saved_model True", "checkpoint True"]


def run(python: str, order: str, shared: Path, folder: Path, keras_files: Path) -> list[str]:
    models = shared / "corpus" / "models"
    sources = [
        keras_files / "keras3_called.keras",
        models / "serving_half_plus_two_tf2",
        models / "t2o_regression_checkpoint",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(litesmith.__file__).resolve().parents[1])}
    script = Path(__file__).with_name("tensorflow_beside.py")
    done = subprocess.run(
        [python, script, order, folder, *sources],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()


def test_no_source_imports_tensorflow(shared: Path, tmp_path: Path, keras_files: Path) -> None:
    said = run(sys.executable, "never", shared, tmp_path, keras_files)
    assert said == [*CONVERTED, "tensorflow was imported: False"]


@pytest.mark.oracle
@pytest.mark.parametrize("order", ["before", "after"])
def test_both_convert_in_one_process(order: str, shared: Path, tmp_path: Path, keras_files: Path) -> None:
    said = run(tensorflow_python(), order, shared, tmp_path, keras_files)
    assert said == [
        *CONVERTED,
        f"tensorflow was imported: {order == 'before'}",
        "tensorflow reads it: ['x', 'half', 'y']",
        "tensorflow converts: True",
        *CONVERTED,
    ]
