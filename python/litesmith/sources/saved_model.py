"""SavedModel folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from litesmith.sources.graph_source import GraphPort
from litesmith.sources.model_source import ImportedModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from litesmith.conversion_request import ConversionRequest

__all__ = ["SavedModel", "require_saved_model"]

_BINARY, _TEXT, _CHUNKED = "saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"


def require_saved_model(folder: Path) -> Path:
    """The folder, when it holds a SavedModel.

    Raises:
        FileNotFoundError: it does not.
    """
    if not any((folder / name).is_file() for name in (_BINARY, _TEXT, _CHUNKED)):
        what = "is no folder" if not folder.is_dir() else f"has neither {_TEXT} nor {_BINARY} in it"
        raise FileNotFoundError(
            f"SavedModel file does not exist at: {folder}/{{{_TEXT}|{_BINARY}}}. '{folder}' {what}."
        )
    return folder


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A folder, and what of it is wanted.

    Attributes:
        folder: where ``saved_model.pb`` or ``saved_model.pbtxt`` is.
        tags: of the graph.
        keys: signatures; all of them where there are none.
        inputs: arrays that become the inputs in place of a signature's; together with ``outputs``.
        outputs: arrays that become the outputs in place of a signature's.
        shapes: shapes of inputs by name.
    """

    folder: Path
    tags: frozenset[str] = frozenset({"serve"})
    keys: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    shapes: Mapping[str, tuple[int, ...] | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.resolve().name

    def describe(self) -> str:
        """The path, and what of it."""
        part = f", signatures {', '.join(self.keys)}" if self.keys else ""
        return f"{self.folder}{part}"

    def input_arrays(self) -> list[str]:
        """Names of the inputs: those asked for, else those of the signature, in alphabetical order."""
        if self.inputs:
            return list(self.inputs)
        from litesmith import _core

        tensors = _core.saved_model_inputs(str(self.folder), sorted(self.tags), list(self.keys), self._message())
        return sorted(name.removesuffix(":0") for name in tensors)

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the model.

        Raises:
            OSError: a file is missing or unreadable.
            ValueError: there is no such tag or signature, a variable has no value, or a file is damaged.
            ConverterError: nodes without a TFLite form; lists all of them.
        """
        from litesmith import _core

        conversion = _core.Conversion.from_saved_model(
            str(self.folder),
            sorted(self.tags),
            list(self.keys),
            self._message(),
            self._interfaces(),
            request.graph,
            request.conversion_metadata,
            request.api_version,
        )
        return ImportedModel(conversion, {})

    def _interfaces(self) -> list[tuple[str, list[GraphPort], list[GraphPort]]]:
        named = self.inputs or tuple(self.shapes)
        inputs = [GraphPort("", name, shape=self.shapes.get(name)) for name in named]
        return [("", inputs, [GraphPort("", name) for name in self.outputs])] if inputs or self.outputs else []

    def _message(self) -> bytes:
        """The message of a text file; empty where the folder has one in wire format, which the core reads."""
        if not (self.folder / _TEXT).is_file() or (self.folder / _BINARY).is_file():
            return b""
        from litesmith.sources.graph_file import parse_message

        path = self.folder / _TEXT
        return bytes(parse_message(path.read_bytes(), str(path)).SerializeToString())
