"""Every script below examples/ runs and does what it says."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def run(script: Path, *arguments: str) -> str:
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_has_a_test() -> None:
    named = set(re.findall(r'"digits", "(\w+\.py)"', Path(__file__).read_text(encoding="utf-8")))
    assert {path.name for path in EXAMPLES.rglob("*.py")} == named


def test_the_demo_predicts_its_ten_images() -> None:
    said = run(EXAMPLES.joinpath("digits", "demo.py"))
    assert len(re.findall(r"^label \d  predicted \d", said, re.MULTILINE)) == 10
    right = re.search(r"^(\d+) of 10 right$", said, re.MULTILINE)
    assert right is not None
    assert int(right[1]) >= 9


@pytest.mark.parametrize("arguments", [[], ["--dask"]])
def test_calibration_in_parts_gives_the_bytes_of_one_process(arguments: list[str]) -> None:
    if arguments and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed, the scheduler of Dask, is not installed")
    said = run(EXAMPLES.joinpath("digits", "calibrate_in_parts.py"), *arguments)
    assert re.search(r"^10 samples in 4 parts, \d+ bytes$", said, re.MULTILINE)
    assert "the same bytes as one process" in said


@pytest.mark.slow
@pytest.mark.oracle
def test_the_training_script_writes_what_the_demo_reads(tmp_path: Path) -> None:
    for name in ("keras", "sklearn", "jax"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed; ./dev test installs it")
    script = tmp_path / "train.py"
    shutil.copy(EXAMPLES.joinpath("digits", "train.py"), script)
    run(script)
    fresh, stored = (np.load(folder / "ten_digits.npz") for folder in (tmp_path, EXAMPLES / "digits"))
    np.testing.assert_array_equal(fresh["images"], stored["images"])
    np.testing.assert_array_equal(fresh["labels"], stored["labels"])
    assert (tmp_path / "digits_cnn.keras").stat().st_size == pytest.approx(
        (EXAMPLES / "digits" / "digits_cnn.keras").stat().st_size, rel=0.05
    )
