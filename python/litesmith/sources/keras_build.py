"""Assembles the record: calls, layers, weights and notices of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from litesmith.sources.hdf5_file import normal_array
from litesmith.sources.keras_config import REDUCED_DTYPES, LayerDef, ModelDef, dtype_name, refuse_stored_code
from litesmith.sources.keras_graph import Call, Flat, flatten_model
from litesmith.sources.keras_json import dump, is_index
from litesmith.sources.keras_nodes import Reference
from litesmith.sources.keras_record import Array, KerasRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Weights", "build_record"]


class Weights(Protocol):
    """Where the values of a model's weights come from."""

    def read(self, layer: LayerDef) -> list[tuple[str, Array]]:
        """Return names and values of one layer's weights."""


class _Builder:
    def __init__(self, weights: Weights) -> None:
        self._source = weights
        self._places: dict[int, int] = {}
        self.arrays: list[Array] = []
        self.layers: list[dict[str, Any]] = []
        self._policies: dict[str, list[str]] = {}

    def layer(self, layer: LayerDef) -> None:
        weights = []
        for name, array in self._source.read(layer):
            weights.append({"name": name, "index": len(self.arrays)})
            self.arrays.append(array)
        self._places[id(layer)] = len(self.layers)
        policy = dtype_name(layer.config.get("dtype"))
        if policy in REDUCED_DTYPES:
            self._policies.setdefault(policy, []).append(layer.path)
        self.layers.append(
            {
                "name": layer.name,
                "path": layer.path,
                "class_name": layer.class_name,
                "registered_name": layer.registered_name,
                "module": layer.module,
                "config": _without_sharing(layer.config),
                "weights": weights,
            }
        )

    def call(self, call: Call) -> dict[str, Any]:
        count = iter(range(len(call.inputs)))
        return {
            "layer": self._places[id(call.layer)],
            "inputs": [list(item) for item in call.inputs],
            "args": self._argument(call.stored.args, count),
            "kwargs": self._argument(call.stored.kwargs, count),
        }

    def _argument(self, value: Any, count: Iterator[int]) -> Any:
        # Not a nested function: one that calls itself would keep every weight alive until garbage is collected.
        if isinstance(value, Reference):
            return {"tensor": next(count)}
        if isinstance(value, np.ndarray):
            self.arrays.append(normal_array(value))
            return {"constant": len(self.arrays) - 1}
        if isinstance(value, list):
            return [self._argument(item, count) for item in value]
        if isinstance(value, dict):
            return {key: self._argument(item, count) for key, item in value.items()}
        return value

    def notices(self) -> list[str]:
        return [
            f'dtype policy "{policy}" is converted as float32; layers: {len(paths)}, the first "{paths[0]}"'
            for policy, paths in self._policies.items()
        ]


def _without_sharing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_sharing(item) for key, item in value.items() if key != "shared_object_id"}
    if isinstance(value, list):
        return [_without_sharing(item) for item in value]
    return value


def build_record(model: ModelDef, weights: Weights, version: str, major: int, source: str) -> KerasRecord:
    """Flatten a model, read its weights and write the record.

    Raises:
        ValueError: the description is damaged or lacks the input's shape.
        ConverterError: weights are missing or do not fit.
        UnsafeModelError, ModelLimitError: see ``litesmith.errors``.
    """
    input_layer = _sequential_input(model) if model.sequential else None
    flat = flatten_model(model, major, input_layer)
    used = {id(call.layer): call.layer for call in flat.calls}
    for layer in used.values():
        refuse_stored_code(layer)
    builder = _Builder(weights)
    if input_layer is not None and input_layer not in model.layers:
        builder.layer(input_layer)
    seen: set[int] = set()
    for layer in model.leaves():
        if id(layer) in used and id(layer) not in seen:
            seen.add(id(layer))
            builder.layer(layer)
    root = {
        "keras_version": version,
        "keras_major": major,
        "name": model.name,
        "layers": builder.layers,
        "calls": [builder.call(call) for call in flat.calls],
        "inputs": [_input(flat, position) for position in range(len(flat.inputs))],
        "outputs": [{"call": port.tensor[0], "tensor": port.tensor[1], "name": port.name} for port in flat.outputs],
        "input_structure": flat.input_structure,
        "input_keys": flat.input_keys,
        "output_structure": flat.output_structure,
        "output_keys": flat.output_keys,
        "notices": builder.notices(),
    }
    return KerasRecord(dump(root), tuple(builder.arrays), source)


def _input(flat: Flat, position: int) -> dict[str, Any]:
    port = flat.inputs[position]
    layer = flat.calls[port.tensor[0]].layer
    shape = _shape(layer.config)
    if shape is None:
        raise ValueError(f'input "{layer.path}" has no shape; the model description is damaged')
    for kind in ("sparse", "ragged"):
        if layer.config.get(kind):
            raise ValueError(f'input "{layer.path}" is {kind}, and TFLite has dense tensors only; use a dense Input')
    dtype = dtype_name(layer.config.get("dtype")) or "float32"
    return {
        "call": port.tensor[0],
        "name": port.name,
        "shape": shape,
        "dtype": "float32" if dtype in REDUCED_DTYPES else dtype,
    }


def _shape(config: dict[str, Any]) -> list[int | None] | None:
    """Shape with batch, None where the configuration has none."""
    for key in ("batch_shape", "batch_input_shape"):
        shape = _checked(config.get(key))
        if shape is not None:
            return shape
    shape = _checked(config.get("input_shape"))
    return None if shape is None else [None, *shape]


def _checked(shape: Any) -> list[int | None] | None:
    if isinstance(shape, (list, tuple)) and all(extent is None or is_index(extent) for extent in shape):
        return list(shape)
    return None


def _sequential_input(model: ModelDef) -> LayerDef:
    """Find the InputLayer of a Sequential model, or make one from the shape that it was built for."""
    if not model.layers:
        raise ValueError(f'Sequential model "{model.name}" has no layers')
    first = model.layers[0]
    if first.model is None and first.class_name == "InputLayer":
        return first
    shape = _build_shape(model)
    if shape is None:
        raise ValueError(
            f'the input shape of Sequential model "{model.name}" is unknown: put keras.Input(shape=...) first, or call '
            f"model.build(...) or the model on data, then save again"
        )
    name = f"{first.name}_input"
    dtype = dtype_name(first.config.get("dtype"))
    config = {
        "batch_shape": shape,
        "dtype": dtype if dtype in ("int32", "int64", "uint8", "bool") else "float32",
        "name": name,
    }
    return LayerDef(name, name, "InputLayer", None, None, config, {})


def _build_shape(model: ModelDef) -> list[int | None] | None:
    first = model.layers[0]
    shapes = [_shape(first.config), _checked(model.config.get("build_input_shape"))]
    for entry in (model.entry, first.entry):
        build = entry.get("build_config")
        shapes.append(_checked(build.get("input_shape")) if isinstance(build, dict) else None)
    if first.model is not None:
        shapes.append(_inner_shape(first.model))
    return next((shape for shape in shapes if shape), None)


def _inner_shape(model: ModelDef) -> list[int | None] | None:
    if model.sequential:
        return _build_shape(model) if model.layers else None
    inputs = [layer for layer in model.layers if layer.class_name == "InputLayer"]
    return _shape(inputs[0].config) if len(inputs) == 1 else None
