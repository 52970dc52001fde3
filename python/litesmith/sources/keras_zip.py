"""Keras' .keras archives: members read within limits, weights found by the paths that Keras derives from attributes."""

from __future__ import annotations

import bisect
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from litesmith.errors import ConverterError, ModelLimitError, UnsafeModelError
from litesmith.sources.hdf5_file import FLOOR_BYTES, Dataset, Group, Hdf5File, check_declared_size
from litesmith.sources.keras_config import LayerDef, ModelDef
from litesmith.sources.keras_weights import WeightTree, weight_tree
from litesmith.sources.model_optimization import name_variables, numbers_variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litesmith.sources.keras_record import Array

__all__ = ["Archive", "ArchiveWeights"]

MAX_MEMBERS = 65_535
MAX_EXPANSION = 100


class Archive:
    """A zip file whose members are read into memory, never extracted; use as a context manager.

    Raises:
        OSError: no zip file, or a damaged one.
        UnsafeModelError: a member's name is absolute, leaves the archive, or is a link.
        ModelLimitError: too many members, or one that expands too far.
    """

    def __init__(self, source: BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, LookupError, struct.error, OverflowError) as error:
            raise OSError(f"the .keras archive is damaged or cut short ({error}); copy or save it again") from error
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise ModelLimitError(f"the archive has {len(members)} members, at most {MAX_MEMBERS} are read")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._members[_safe_name(member)] = member

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exc: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """Names of the members, with forward slashes."""
        return list(self._members)

    def read(self, name: str) -> bytes:
        """Return a member's bytes, its checksum verified.

        Raises:
            OSError: the member is missing or damaged.
            ModelLimitError: it expands more than 100 times, beyond 64 MiB.
        """
        member = self._members.get(name)
        if member is None:
            raise OSError(
                f'the .keras archive has no "{name}"; it has {sorted(self._members)[:8]}; save the model again'
            )
        what = f'"{name}" in the archive'
        check_declared_size(member.file_size, member.compress_size, what, MAX_EXPANSION)
        limit = max(FLOOR_BYTES, MAX_EXPANSION * member.compress_size)
        try:
            with self._zip.open(member) as stream:
                data = stream.read(min(member.file_size, limit) + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,
            OSError,
        ) as error:
            raise OSError(f"{what} is damaged ({error}); copy or save the file again") from error
        if len(data) != member.file_size:
            raise OSError(f"{what} declares {member.file_size} bytes and has {len(data)}; the archive is damaged")
        return data


def _safe_name(member: zipfile.ZipInfo) -> str:
    name = member.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")) or "\0" in name:
        raise UnsafeModelError(f'the archive has a member named "{member.filename}", which leaves the archive')
    if (member.external_attr >> 16) & 0o170000 == 0o120000:
        raise UnsafeModelError(f'the archive member "{member.filename}" is a symbolic link')
    return name


def _plain(path: str) -> str:
    """Bring the path of a group to the spelling of Keras 3 on Linux."""
    return path.replace("\\", "/").replace("_layer_checkpoint_dependencies", "layers").strip("/")


class ArchiveWeights:
    """Weights of an archive, by layer.

    Args:
        files: ``model.weights.h5``, or all shards of it.
        model: the outermost model.
        major: Keras generation.
    """

    def __init__(self, files: Sequence[Hdf5File], model: ModelDef, major: int) -> None:
        self._groups: dict[str, list[Group]] = {}
        self._names: dict[str, str] = {}
        for file in files:
            for group in file.root.groups():
                place, _, last = _plain(group.path).rpartition("/")
                if last == "vars":
                    self._groups.setdefault(place, []).append(group)
                    name = group.text("name")
                    if name is not None:
                        self._names[place] = name
        self._sorted = sorted(self._groups)
        self._places: dict[int, list[tuple[WeightTree, str]]] = {}
        root = LayerDef(model.name, "", "Functional", None, None, model.config, model.entry, model)
        self._locate(weight_tree(root, major), "")

    def read(self, layer: LayerDef) -> list[tuple[str, Array]]:
        """Return names and values of a layer's weights, in the record's order.

        Raises:
            ConverterError: other weights than the layer has.
        """
        places = self._places.get(id(layer), [])
        filled = [item for item in places if self._below(item[1])]
        for tree, path in filled or places[:1]:
            return [(label, dataset.read()) for label, dataset in self._datasets(tree, path)]
        return []

    def _locate(self, tree: WeightTree, path: str) -> None:
        """Note where the layers of a model are; a shared layer has several places, one of them filled."""
        for branch in tree.branches:
            place = self._named(f"{path}/{branch.attributes[0]}".strip("/"), branch.tree.name)
            if branch.tree.is_model:
                self._locate(branch.tree, place)
            else:
                self._places.setdefault(id(branch.tree.layer), []).append((branch.tree, place))

    def _named(self, place: str, name: str) -> str:
        """Check a place by the layer name that newer files record; go by the name where the two disagree."""
        if self._names.get(place, name) == name:
            return place
        parent = place.rpartition("/")[0]
        matches = [
            other for other, saved in self._names.items() if saved == name and other.rpartition("/")[0] == parent
        ]
        return matches[0] if len(matches) == 1 else place

    def _at(self, place: str) -> list[Dataset]:
        found: dict[int, Dataset] = {}
        for group in self._groups.get(place, []):
            for name in group.names():
                item = group.child(name) if name.isdecimal() and name.isascii() and len(name) < 10 else None
                if isinstance(item, Dataset):
                    found[int(name)] = item
        return [found[number] for number in sorted(found)]

    def _below(self, place: str) -> list[str]:
        first = bisect.bisect_left(self._sorted, place + "/")
        last = bisect.bisect_left(self._sorted, place + "0", first)  # "0" follows "/"
        own = [place] if place in self._groups else []
        return [other for other in [*own, *self._sorted[first:last]] if self._at(other)]

    def _datasets(self, tree: WeightTree, place: str, label: str = "") -> list[tuple[str, Dataset]]:
        if not tree.known:
            stored = self._as_stored(place, label)
            if not numbers_variables(tree):
                return stored
            names = name_variables(tree, [path for path, _ in stored])
            return list(dict(zip(names, (dataset for _, dataset in stored), strict=True)).items())
        found = self._at(place)
        if len(found) != len(tree.own):
            expected = [slot.name for slot in tree.own]
            raise ConverterError(
                f'layer "{tree.layer.path}" ({tree.class_name}) expects {len(expected)} weights {expected}, the file '
                f'has {len(found)} at "{place}"; save the whole model again with the Keras that built it',
                [tree.layer.path],
            )
        own = [*(slot for slot in tree.own if slot.trainable), *(slot for slot in tree.own if not slot.trainable)]
        named = {id(slot): dataset for slot, dataset in zip(own, found, strict=True)}
        result = [(slot.label, named[id(slot)]) for slot in tree.own]
        for branch in tree.branches:
            candidates = [f"{place}/{attribute}" for attribute in branch.attributes]
            inner = next((path for path in candidates if self._below(path)), candidates[0])
            result.extend(self._datasets(branch.tree, inner, f"{label}{branch.label}/"))
        return result

    def _as_stored(self, place: str, label: str) -> list[tuple[str, Dataset]]:
        """Take what the file has for a layer that is unknown, named by path and number; random states left out."""
        result = []
        for path in self._below(place):
            if "seed_generator" in path.rpartition("/")[2]:
                continue
            prefix = label + path[len(place) + 1 :]
            prefix = prefix if prefix.endswith("/") or not prefix else prefix + "/"
            for number, dataset in enumerate(self._at(path)):
                result.append((f"{prefix}{number}", dataset))
        return result
