"""Fixtures of the tests of model sources."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from litesmith.sources.keras_file import load_file

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from litesmith.sources.keras_record import KerasRecord

__all__ = ["archive", "keras_files", "opened"]


@pytest.fixture(scope="session")
def keras_files() -> Path:
    """Folder of the small Keras files of all generations."""
    return Path(__file__).resolve().parents[2] / "fixtures" / "keras"


class Opened:
    """A record with its graph read."""

    def __init__(self, record: KerasRecord) -> None:
        self.record = record
        self.graph: dict[str, Any] = json.loads(record.graph)

    def layer(self, path: str) -> dict[str, Any]:
        """The layer of a path."""
        return next(layer for layer in self.graph["layers"] if layer["path"] == path)

    def weight(self, path: str, name: str) -> np.ndarray[Any, Any]:
        """One weight of a layer."""
        index = next(item["index"] for item in self.layer(path)["weights"] if item["name"] == name)
        return self.record.weights[index]

    def calls(self) -> list[tuple[str, list[list[int]]]]:
        """Path of the layer and inputs of each call."""
        layers = self.graph["layers"]
        return [(layers[call["layer"]]["path"], call["inputs"]) for call in self.graph["calls"]]


@pytest.fixture(scope="session")
def opened() -> Callable[[Path], Opened]:
    """Load a file and read its graph."""
    return lambda path: Opened(load_file(path))


@pytest.fixture
def archive(tmp_path: Path, keras_files: Path) -> Callable[..., Path]:
    """Write keras3_called.keras again with members replaced (None: left out) and added."""

    def write(**members: bytes | None) -> Path:
        with zipfile.ZipFile(keras_files / "keras3_called.keras") as source:
            contents: dict[str, bytes | None] = {name: source.read(name) for name in source.namelist()}
        contents.update({name.replace("__", "."): data for name, data in members.items()})
        path = tmp_path / "m.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, data in contents.items():
                if data is not None:
                    target.writestr(name, data)
        return path

    return write
