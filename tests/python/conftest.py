"""Fixtures for every Python test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flatc import SCHEMA, generate

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["schema", "shared"]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the test material that is not part of the repository.

    It is LITESMITH_SHARED where that is set, else the folder `shared` beside the repository.
    """
    repository = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("LITESMITH_SHARED", repository.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no test material at '{folder}'; set LITESMITH_SHARED to its folder")
    return folder


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The file format's Python classes."""
    pytest.importorskip("flatbuffers", reason="the Python package 'flatbuffers' is not installed")
    return generate(SCHEMA, tmp_path_factory.mktemp("schema"))
