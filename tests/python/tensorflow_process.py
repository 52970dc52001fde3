"""Where the Python with TensorFlow is, which tests run in processes of their own."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest

__all__ = ["tensorflow_python"]


def tensorflow_python() -> str:
    """A Python with TensorFlow: LITESMITH_TENSORFLOW_PYTHON, else this one; skips the test where there is none."""
    chosen = os.environ.get("LITESMITH_TENSORFLOW_PYTHON")
    if chosen is None and importlib.util.find_spec("tensorflow") is None:
        pytest.skip("tensorflow is not installed, and LITESMITH_TENSORFLOW_PYTHON names no other Python that has it")
    return chosen or sys.executable
