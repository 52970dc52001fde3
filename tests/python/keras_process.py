"""Keras models made by scripts that run in processes of their own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["make_models"]


def make_models(script: Path, folder: Path) -> Path:
    """Run a script with the folder as its argument on Keras' numpy backend; skips the test without Keras."""
    if not all(importlib.util.find_spec(name) for name in ("keras", "jax", "scipy")):
        pytest.skip("Keras with the numpy backend (keras, jax, scipy) is not installed")
    environment = {**os.environ, "KERAS_BACKEND": "numpy"}
    finished = subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, check=False, env=environment
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return folder
