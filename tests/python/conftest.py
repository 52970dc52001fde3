"""Fixtures for every Python test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared"]


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
