"""The file format's Python classes, generated from a schema."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["SCHEMA", "generate", "load"]

SCHEMA = Path(__file__).resolve().parents[2] / "cpp" / "schema" / "tflite.fbs"


def load(path: Path) -> ModuleType:
    """The module in a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generate(schema: Path, folder: Path) -> ModuleType:
    """Classes of a schema, made by flatc into `folder`; skips the test where there is no flatc."""
    flatc = shutil.which("flatc")
    if flatc is None:
        pytest.skip("flatc is not on PATH")
    subprocess.run([flatc, "--python", "--gen-object-api", "--gen-onefile", "-o", folder, schema], check=True)
    return load(folder / f"{schema.stem}_generated.py")
