"""Calls of layers as every Keras generation stores them, read into one form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.errors import UnsafeModelError
from litesmith.sources.keras_json import is_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from litesmith.sources.keras_record import Array

__all__ = ["Reference", "StoredCall", "flatten", "is_reference", "read_call", "references"]

_SLICE = ("start", "stop", "step")


@dataclass(frozen=True)
class Reference:
    """A tensor by its origin: output ``tensor`` of call number ``node`` of a layer."""

    layer: str
    node: int
    tensor: int


@dataclass
class StoredCall:
    """Arguments of one call; a tensor is a ``Reference``, a constant a numpy array."""

    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)


def is_reference(value: Any) -> bool:
    """Tell whether a JSON value is a bare [layer, node, tensor] triple."""
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str) and _indices(value)


def _indices(value: list[Any]) -> bool:
    return is_index(value[1]) and is_index(value[2])


def flatten(value: Any, leaf: Callable[[Any], bool]) -> list[Any]:
    """List the leaves of nested lists and dicts in Keras' order: dicts by sorted keys."""
    if leaf(value):
        return [value]
    if isinstance(value, dict):
        return [item for key in sorted(value) for item in flatten(value[key], leaf)]
    if isinstance(value, (list, tuple)):
        return [item for child in value for item in flatten(child, leaf)]
    return []


def references(call: StoredCall) -> list[Reference]:
    """List the tensors of a call, positional arguments first; a tensor used twice is listed twice."""
    found: list[Reference] = []
    for value in (*call.args, *call.kwargs.values()):
        found.extend(_in_order(value))
    return found


def _in_order(value: Any) -> list[Reference]:
    if isinstance(value, Reference):
        return [value]
    if isinstance(value, dict):
        return [item for child in value.values() for item in _in_order(child)]
    if isinstance(value, list):
        return [item for child in value for item in _in_order(child)]
    return []


def read_call(stored: Any, layer: str, names: set[str]) -> StoredCall:
    """Read one entry of ``inbound_nodes``.

    Args:
        stored: the entry: {args, kwargs} of Keras 3, or the nested triples of Keras 1 and 2.
        layer: name of the called layer, for messages.
        names: the layers of the same model, which tell tensors in keyword arguments from plain lists.

    Raises:
        ValueError: the entry has neither form.
        UnsafeModelError: an argument is stored code.
    """
    if isinstance(stored, dict) and set(stored) == {"args", "kwargs"} and isinstance(stored["args"], list):
        call = StoredCall([_value(item, layer) for item in stored["args"]])
        kwargs = stored["kwargs"] if isinstance(stored["kwargs"], dict) else {}
        call.kwargs = {key: _value(item, layer) for key, item in kwargs.items()}
    elif isinstance(stored, (dict, list)):
        call = _triples(stored, layer, names)
    else:
        raise ValueError(
            f'calls of layer "{layer}" are stored as {type(stored).__name__}; the model description is damaged'
        )
    call.kwargs = {k: v for k, v in call.kwargs.items() if k != "training" and not (k == "mask" and v is None)}
    return call


def _triples(stored: Any, layer: str, names: set[str]) -> StoredCall:
    kwargs: dict[str, Any] = {}

    def leaf(value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) in (3, 4)
            and isinstance(value[0], str)
            and (_indices(value) or value[0] == "_CONSTANT_VALUE")
        )

    def convert(value: Any) -> Any:
        if leaf(value):
            if len(value) == 4 and isinstance(value[3], dict):
                kwargs.update(value[3])
            return _value(value[2], layer) if value[0] == "_CONSTANT_VALUE" else Reference(*value[:3])
        if isinstance(value, dict):
            return {key: convert(item) for key, item in value.items()}
        if isinstance(value, list):
            return [convert(item) for item in value]
        raise ValueError(f'layer "{layer}" is called with {value!r:.80}, expected [layer, node, tensor]')

    argument = convert(stored)
    if isinstance(argument, list) and len(argument) == 1:
        argument = argument[0]
    return StoredCall([argument], {key: _legacy_value(item, layer, names) for key, item in kwargs.items()})


def _legacy_value(value: Any, layer: str, names: set[str]) -> Any:
    if is_reference(value) and value[0] in names:
        return Reference(value[0], value[1], value[2])
    if isinstance(value, list):
        return [_legacy_value(item, layer, names) for item in value]
    if isinstance(value, dict):
        if set(value) == set(_SLICE):
            return {"slice": [_legacy_value(value[key], layer, names) for key in _SLICE]}
        if "class_name" in value:
            return _value(value, layer)
        return {key: _legacy_value(item, layer, names) for key, item in value.items()}
    return value


def _value(value: Any, layer: str) -> Any:
    """Read an argument in the form of Keras 3, which newer Keras 2 uses for special values too."""
    if isinstance(value, list):
        return [_value(item, layer) for item in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    config = config if isinstance(config, dict) else {}
    if kind == "__keras_tensor__":
        history: Any = config.get("keras_history")
        if not is_reference(history):
            raise ValueError(
                f'layer "{layer}" is called with a tensor of unknown origin; the model description is damaged'
            )
        layer_name, node, tensor = history
        return Reference(layer_name, node, tensor)
    if kind in ("__numpy__", "__tensor__"):
        return _constant(config, layer)
    if kind == "__slice__" or set(value) == set(_SLICE):
        return {"slice": [_value((config or value).get(key), layer) for key in _SLICE]}
    if kind == "__ellipsis__":
        return {"ellipsis": True}
    if kind == "__tuple__":
        items = value.get("items", config.get("value"))
        return _value(items if isinstance(items, list) else [], layer)
    if kind == "__lambda__":
        raise UnsafeModelError(f'layer "{layer}" is called with a stored Python function, which is never run')
    return {key: _value(item, layer) for key, item in value.items()}


def _constant(config: dict[str, Any], layer: str) -> Array:
    live = config.get("array")
    if isinstance(live, np.ndarray):
        return live
    dtype = config.get("dtype")
    try:
        array = np.array(config.get("value"), dtype="float32" if dtype == "bfloat16" else dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f'layer "{layer}" is called with a damaged constant ({error})') from error
    if array.dtype.kind not in "fiub":
        raise ValueError(f'layer "{layer}" is called with a constant of dtype {array.dtype}, expected numbers')
    return array
