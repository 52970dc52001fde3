"""Whole files made from Keras files and the samples of TensorFlow's stored files: size and accuracy beside theirs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from stored_models import Stored, convert, mnist_images, mnist_labels, run

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = {
    "k2_small": "01_keras_mnist_cnn",
    "k3_small": "01_keras_mnist_cnn",
    "k2_cnn": "03_full_integer",
    "k3_cnn": "03_full_integer",
}
BATCH = 500


@pytest.fixture(scope="module", params=SCENARIOS)
def stored(request: pytest.FixtureRequest, shared: Path) -> Stored:
    scenario = shared / "scenarios" / SCENARIOS[request.param]
    if not scenario.is_dir():
        pytest.skip(f"no stored models in '{scenario}'")
    return Stored(shared, scenario.name, request.param)


@pytest.fixture(scope="module")
def ours(stored: Stored) -> dict[str, bytes]:
    """By form."""
    return {form: stored.ours(form) for form in stored.forms}


def accuracy(blob: bytes, shared: Path) -> float:
    """Share of the 10,000 images that the file names rightly."""
    images, labels = mnist_images(shared), mnist_labels(shared)
    named = [run(blob, images[i : i + BATCH]).argmax(axis=1) for i in range(0, len(images), BATCH)]
    return float(np.mean(np.concatenate(named) == labels))


def test_files_have_at_most_the_size_of_tensorflows(stored: Stored, ours: dict[str, bytes]) -> None:
    whole = len(convert(stored.keras_file, "float32", None))
    assert len(ours) >= 4
    for form, blob in ours.items():
        assert len(blob) <= 1.01 * len(stored.theirs(form)), form
        assert len(blob) < 0.52 * whole, f"{form} is hardly smaller than float32"
    if "float16" in ours:
        assert len(ours["float16"]) <= 0.51 * whole


@pytest.mark.slow
def test_the_accuracy_is_within_a_tenth_of_a_point_of_tensorflows(
    stored: Stored, ours: dict[str, bytes], shared: Path
) -> None:
    found = {form: (accuracy(blob, shared), accuracy(stored.theirs(form), shared)) for form, blob in ours.items()}
    assert all(theirs > 0.9 for _, theirs in found.values()), "the stored files do not know the digits"
    wrong = {form: pair for form, pair in found.items() if abs(pair[0] - pair[1]) > 0.001 + 1e-9}
    assert not wrong, wrong


_CNN_PART_ENDS = 'for tag in ("k2_lstm"'


@pytest.mark.slow
def test_the_script_of_a_user_who_wants_integers_runs_to_its_end(shared: Path) -> None:
    script = shared / "scenarios" / "03_full_integer" / "user.py"
    if not script.is_file():
        pytest.skip(f"no '{script}'")
    text = script.read_text(encoding="utf-8")
    assert text.count(_CNN_PART_ENDS) == 1
    program = f"__file__ = {str(script)!r}\n{text.partition(_CNN_PART_ENDS)[0]}\nprint('ok')\n"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=600)
    assert finished.returncode == 0, finished.stderr[-2000:]
    lines = finished.stdout.splitlines()
    assert lines[-1] == "ok"
    assert sum(" accuracy " in line for line in lines) == 8
