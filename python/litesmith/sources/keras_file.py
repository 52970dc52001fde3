"""Keras model files: ``.h5`` and ``.hdf5`` of Keras 1, 2 and 3, ``.keras`` archives of Keras 2.12 and later."""

from __future__ import annotations

import os
import re
import stat
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from litesmith.errors import ConverterError, ModelLimitError, UnsafeModelError
from litesmith.sources.hdf5_file import open_hdf5, signature_offset
from litesmith.sources.keras_build import build_record
from litesmith.sources.keras_config import ModelDef, parse_model
from litesmith.sources.keras_h5 import H5Weights
from litesmith.sources.keras_json import MAX_DEPTH, parse
from litesmith.sources.keras_zip import Archive, ArchiveWeights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litesmith.sources.keras_record import KerasRecord

__all__ = ["load_file", "naming_source"]

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SHARD = re.compile(r"model_\d+\.weights\.h5")


def load_file(path: str | os.PathLike[str]) -> KerasRecord:
    """Read a Keras model file without Keras.

    Args:
        path: an ``.h5``, ``.hdf5`` or ``.keras`` file; the content decides, not the suffix.

    Raises:
        OSError: the file is missing, a directory, empty, cut short or damaged.
        ValueError: no Keras model, weights without model, or a damaged description.
        ConverterError: weights are missing or do not fit their layers.
        UnsafeModelError: the file asks for what reading must never do (code, links, other files).
        ModelLimitError: it declares more than its size justifies.
    """
    name = os.fsdecode(path)
    _check_kind(name)
    source = os.fsencode(name).decode(errors="backslashreplace")
    with naming_source(source), Path(name).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(4096)
        if not head:
            raise OSError("the file is empty; copy or save it again")
        if head.startswith(_ZIP):
            return _load_archive(file, source)
        if signature_offset(head) is not None:
            return _load_h5(name, size, source)
        raise ValueError(_what_else(head))


def _check_kind(name: str) -> None:
    try:
        mode = Path(name).stat().st_mode
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{name}: no such file; the working directory is {Path.cwd()}") from error
    except ValueError as error:
        raise ValueError(f"{name!r} is no path: {error}") from error
    if stat.S_ISDIR(mode):
        saved_model = any((Path(name) / member).exists() for member in ("saved_model.pb", "saved_model.pbtxt"))
        what = (
            "a SavedModel folder, which this version does not read; save the model with model.save('model.keras')"
            if saved_model
            else "a directory; give the path of a .h5 or .keras file"
        )
        raise IsADirectoryError(f"{name} is {what}")
    if not stat.S_ISREG(mode):
        raise OSError(f"{name} is no regular file")


@contextmanager
def naming_source(source: str) -> Iterator[None]:
    """Open every error text with the source."""
    try:
        yield
    except ConverterError as error:
        raise ConverterError(f"{source}: {error}", error.errors) from error
    except RecursionError as error:
        raise ModelLimitError(f"{source}: the model description is nested deeper than {MAX_DEPTH} levels") from error
    except (UnsafeModelError, ModelLimitError) as error:
        raise type(error)(f"{source}: {error}") from error
    except OSError as error:
        raise OSError(f"{source}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _what_else(head: bytes) -> str:
    if head[4:8] == b"TFL3":
        return "this is a .tflite file, already converted: run it with Interpreter(model_path=...)"
    if head.startswith((b"\x08\x01\x12", b"\n")):
        return (
            "this looks like a TensorFlow protobuf (.pb), which this version does not read: save the Keras model with "
            "model.save('model.keras')"
        )
    if head.lstrip()[:1] == b"{":
        return "this is JSON, perhaps an architecture without weights: save the whole model with model.save('m.keras')"
    if head.startswith(b"\x80"):
        return "this is a pickle, which is never loaded: save the model with model.save('m.keras')"
    return (
        f"this is no .h5, .hdf5 or .keras file (it begins with {head[:8]!r}); save the model with model.save('m.keras')"
    )


def _load_h5(name: str, size: int, source: str) -> KerasRecord:
    with open_hdf5(name, size) as file:
        root = file.root
        text = root.text("model_config")
        if text is None:
            raise ValueError(_without_config(root.texts("layer_names") is not None or root.group("layers") is not None))
        group = root.group("model_weights")
        if group is None:
            raise ValueError('the file has no group "model_weights"; save the whole model again with model.save')
        entry = parse(text, '"model_config"')
        version = root.text("keras_version") or group.text("keras_version") or ""
        model, major = _model(entry, version)
        return build_record(model, H5Weights(group, model, major), version, major, source)


def _without_config(weights: bool) -> str:
    what = "holds weights without the model" if weights else 'has no attribute "model_config", so no Keras model'
    return (
        f"the file {what}: save the whole model with model.save('m.keras'), or pass the live model to from_keras_model"
    )


def _model(entry: dict[str, Any], version: str) -> tuple[ModelDef, int]:
    major = int(version[0]) if version[:1] in ("1", "2", "3") else 1 if version == "" else 3
    return parse_model(entry, major), major


def _load_archive(file: BinaryIO, source: str) -> KerasRecord:
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(file))
        members = archive.names()
        if "config.json" not in members:
            raise ValueError(_foreign_archive(members))
        entry = parse(archive.read("config.json"), '"config.json"')
        metadata = parse(archive.read("metadata.json"), '"metadata.json"') if "metadata.json" in members else {}
        version = metadata.get("keras_version")
        version = version if isinstance(version, str) else "3"
        model, major = _model(entry, version)
        files = []
        for member in _weight_members(members):
            data = archive.read(member)
            files.append(stack.enter_context(open_hdf5(data, len(data))))
        return build_record(model, ArchiveWeights(files, model, major), version, major, source)


def _weight_members(members: list[str]) -> list[str]:
    if "model.weights.h5" in members:
        return ["model.weights.h5"]
    shards = sorted(member for member in members if _SHARD.fullmatch(member))
    if "model.weights.json" in members and shards:
        return shards
    if "model.weights.npz" in members:
        raise UnsafeModelError(
            'the weights are stored as "model.weights.npz", which holds Python pickles that are never loaded; '
            "save the model again with HDF5 weights, as model.save('m.keras') does"
        )
    raise ValueError(f'the archive has no "model.weights.h5"; it has {sorted(members)[:8]}; save the whole model again')


def _foreign_archive(members: list[str]) -> str:
    if any(member.endswith("data.pkl") for member in members):
        return "this is a PyTorch file, not a Keras file"
    if any(member.endswith(".npy") for member in members):
        return "this is a NumPy archive (.npz), not a Keras file: save the whole model with model.save('m.keras')"
    return f'the archive has no "config.json", so it is no .keras file; it has {sorted(members)[:8]}'
