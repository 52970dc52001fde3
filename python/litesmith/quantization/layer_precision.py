"""Modes of single layers: ``layer_precision={"dense_7": "float32", "block_3/*": "int16x8", "Conv2D": "float32"}``."""

from __future__ import annotations

import difflib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from litesmith.quantization.policy import MODES

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.sources.keras_record import KerasRecord

__all__ = ["checked_precision", "layer_classes", "layer_modes"]

_SHOWN = 6


@dataclass(frozen=True)
class _Layer:
    """A layer of the source.

    Attributes:
        path: its path.
        classes: its Keras class, or its operators in a ``.tflite`` file.
        owner: the layer by whose path its operators go; None for a layer without operators.
    """

    path: str
    classes: frozenset[str]
    owner: str | None

    def matches(self, pattern: str) -> bool:
        """Whether the pattern is the class, or fits the path or, without a slash, the last name in it."""
        if pattern == self.path or pattern in self.classes or fnmatchcase(self.path, pattern):
            return True
        return "/" not in pattern and fnmatchcase(self.path.rpartition("/")[2], pattern)


def checked_precision(value: Any) -> dict[str, str]:
    """The attribute ``layer_precision`` as a dict of modes by pattern, in the order given.

    Raises:
        TypeError: no mapping of strings.
        ValueError: an unknown mode.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(
            f"layer_precision is a {type(value).__name__} but must be a dict of modes by layer, e.g. "
            "{'dense_7': 'float32', 'block_3/*': 'int16x8', 'Conv2D': 'float32'}"
        )
    for pattern, mode in value.items():
        if not isinstance(pattern, str) or not pattern:
            raise TypeError(f"layer_precision has the key {pattern!r} but keys are layer paths, globs or class names")
        if mode not in MODES:
            close = difflib.get_close_matches(str(mode), MODES, n=1)
            hint = f"did you mean '{close[0]}'? " if close else ""
            raise ValueError(f"layer_precision[{pattern!r}] is {mode!r}: {hint}There are {', '.join(map(repr, MODES))}")
    return dict(value)


def layer_classes(record: KerasRecord) -> dict[str, str]:
    """Keras classes by layer path; of registered ones the name without the package."""
    return {layer["path"]: layer["class_name"].rpartition(">")[2] for layer in json.loads(record.graph)["layers"]}


def layer_modes(
    precision: Mapping[str, str], conversion: _core.Conversion, classes: Mapping[str, str]
) -> dict[str, str]:
    """Modes by layer path; for each layer the first pattern that matches decides.

    A layer that was merged into another one's operators (a batch normalization into a convolution) decides only where
    no pattern matches that other one.

    Args:
        precision: modes by pattern.
        conversion: the model.
        classes: Keras classes by layer path; empty for ``.tflite`` files, whose layers go by operators.

    Raises:
        ValueError: a pattern that no layer matches; names near ones.
    """
    if not precision:
        return {}
    layers = _layers(conversion, classes)
    _require_matches(precision, layers)
    modes: dict[str, str] = {}
    for owns in (True, False):
        for layer in layers:
            if layer.owner is None or (layer.path == layer.owner) != owns or layer.owner in modes:
                continue
            found = next((mode for pattern, mode in precision.items() if layer.matches(pattern)), None)
            if found is not None:
                modes[layer.owner] = found
    return modes


def _layers(conversion: _core.Conversion, classes: Mapping[str, str]) -> list[_Layer]:
    layers = []
    for path, merged, operators in conversion.layers():
        layers.append(_Layer(path, frozenset([classes[path]] if path in classes else operators), path))
        layers += [_Layer(other, frozenset([classes[other]] if other in classes else ()), path) for other in merged]
    seen = {layer.path for layer in layers}
    return layers + [_Layer(path, frozenset([name]), None) for path, name in classes.items() if path not in seen]


def _require_matches(precision: Mapping[str, str], layers: list[_Layer]) -> None:
    for pattern in precision:
        found = [layer for layer in layers if layer.matches(pattern)]
        if not found:
            raise ValueError(
                f"layer_precision[{pattern!r}]: no layer has this path, name or class; {_near(pattern, layers)}"
            )
        if all(layer.owner is None for layer in found):
            text = (
                f"layer_precision[{pattern!r}] has no effect: "
                f"{', '.join(repr(layer.path) for layer in found[:_SHOWN])} becomes no operator"
            )
            warnings.warn(text, UserWarning, stacklevel=2)


def _near(pattern: str, layers: list[_Layer]) -> str:
    names = [layer.path for layer in layers]
    names += [layer.path.rpartition("/")[2] for layer in layers]
    names += sorted(name for layer in layers for name in layer.classes)
    by_folded: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        by_folded.setdefault(name.lower(), []).append(name)
    close = difflib.get_close_matches(pattern.lower(), list(by_folded), n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(repr(name) for folded in close for name in by_folded[folded])}?"
    shown = [repr(layer.path) for layer in layers if layer.owner is not None]
    return f"the model has {', '.join(shown[:_SHOWN])}{', ...' if len(shown) > _SHOWN else ''}"
