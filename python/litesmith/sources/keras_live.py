"""Live Keras models, walked through the objects in memory; Keras and TensorFlow are never imported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.errors import ConverterError
from litesmith.sources.hdf5_file import normal_array
from litesmith.sources.keras_build import build_record
from litesmith.sources.keras_config import LayerDef, parse_model
from litesmith.sources.keras_file import naming_source
from litesmith.sources.keras_generation import Generation, generation_of, is_own
from litesmith.sources.keras_graph import first_call
from litesmith.sources.keras_trace import history_kept, tensors_of, trace_layer, trace_model
from litesmith.sources.keras_weights import WeightTree, weight_tree

if TYPE_CHECKING:
    from litesmith.sources.keras_record import Array, KerasRecord

__all__ = ["is_live_model", "load_live"]

MAX_LISTED = 64  # Keras 2 files hold constants as lists, which is too slow for what a traced layer may hold


def is_live_model(value: object) -> bool:
    """Tell whether a value is a live Keras model of any generation, without importing Keras."""
    return generation_of(value) is not None


def load_live(model: Any) -> KerasRecord:
    """Read a live Keras 2 or Keras 3 model: Functional, Sequential, nested, or subclassed where it can be traced.

    Raises:
        ValueError: not built yet, so that input shapes are unknown.
        ConverterError: a custom layer or a subclassed model computes outside of Keras' operations.
    """
    generation = generation_of(model)
    if generation is None:
        raise TypeError(f"expected a Keras model or the path of a Keras file, got {type(model).__name__}")
    source = f"live model {model.name}"
    with naming_source(source), history_kept(model):
        describer = _Describer(generation)
        entry = describer.model(model, str(model.name))
        definition = parse_model(entry, generation.major)
        return build_record(definition, describer, generation.version, generation.major, source)


class _Describer:
    """Writes the configuration that a file of the model would hold and keeps the objects behind its entries."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._objects: dict[int, Any] = {}
        self._entries: list[dict[str, Any]] = []
        self._traced: set[int] = set()

    def read(self, layer: LayerDef) -> list[tuple[str, Array]]:
        """Return names and values of a layer's weights, in the record's order."""
        live = self._objects.get(id(layer.entry))
        if live is None or not self._generation.is_layer(live):
            return []
        return self._values(weight_tree(layer, self._generation.major), live, layer.path)

    def model(self, model: Any, path: str) -> dict[str, Any]:
        """Describe a model, nested ones included."""
        generation = self._generation
        if generation.is_sequential(model):
            config: dict[str, Any] = {
                "name": model.name,
                "layers": [self._member(item, path) for item in generation.chain(model)],
            }
        elif generation.has_own_graph(model):
            config = self._functional(model, path, {})
        else:
            traced = trace_model(generation, model)
            config = self._functional(traced.model, path, traced.names)
            config["name"] = model.name
        class_name = "Sequential" if "input_layers" not in config else "Functional"
        return self._keep({"class_name": class_name, "config": config, "name": model.name}, model)

    def _keep(self, entry: dict[str, Any], live: Any) -> dict[str, Any]:
        self._entries.append(entry)
        self._objects[id(entry)] = live
        entry["shared_object_id"] = id(live)
        return entry

    def _member(self, operation: Any, path: str) -> dict[str, Any]:
        generation = self._generation
        path = f"{path}/{operation.name}"
        if generation.base(operation, "Model") is not None:
            return self.model(operation, path)
        kind = type(operation)
        custom = not is_own(kind) or kind.__name__ == "Lambda" or ".applications." in kind.__module__
        if custom and generation.is_layer(operation):
            traced = trace_layer(generation, operation)
            config = self._functional(traced.model, path, traced.names)
            config["name"] = operation.name
            self._traced.add(id(operation))
            return self._keep({"class_name": "Functional", "config": config, "name": operation.name}, operation)
        described = _plain(generation.describe(operation))
        described["name"] = operation.name
        return self._keep(described, operation)

    def _functional(self, model: Any, path: str, names: dict[int, str]) -> dict[str, Any]:
        generation = self._generation
        operations = generation.operations(model)
        numbers = _recorded_calls(generation, model)
        entries = {}
        for operation in operations:
            entry = self._member(operation, path)
            if id(operation) in names:
                entry["name"] = names[id(operation)]
                entry["config"]["name"] = entry["name"]
            entries[id(operation)] = entry
        graph = _Graph(generation, entries, numbers, self._traced)
        for operation in operations:
            calls = [operation._inbound_nodes[index] for index in sorted(numbers.get(id(operation), {}))]
            entries[id(operation)]["inbound_nodes"] = [
                graph.call(node) for node in calls if not _is_input(generation, node)
            ]
        inputs, outputs = generation.ends(model)
        config = {"name": model.name, "layers": list(entries.values())}
        config["input_layers"] = graph.ends(inputs)
        config["output_layers"] = graph.ends(outputs)
        return config

    def _values(self, tree: WeightTree, live: Any, where: str) -> list[tuple[str, Array]]:
        generation = self._generation
        variables = generation.own_variables(live)
        if not tree.known:
            return [(_leaf(variable), self._array(variable, where)) for variable in live.weights]
        by_name = {_leaf(variable): variable for variable in variables}
        if getattr(live, "lora_enabled", False):
            by_name = {slot.name: getattr(live, slot.name) for slot in tree.own}
        missing = [slot.name for slot in tree.own if slot.name not in by_name]
        if missing:
            raise ConverterError(
                f'layer "{where}" ({tree.class_name}) expects weights {[slot.name for slot in tree.own]}, it has '
                f"{sorted(by_name)}; call the model on data once so that all its layers are built",
                [where],
            )
        found = [(slot.label, self._array(by_name[slot.name], where)) for slot in tree.own]
        for branch in tree.branches:
            found.extend(self._values(branch.tree, _inner(live, branch.label, tree.is_model), where))
        return found

    def _array(self, variable: Any, where: str) -> Array:
        array = self._generation.array(variable)
        if array.dtype.kind not in "fiubV":
            raise ConverterError(f'a weight of layer "{where}" has dtype {array.dtype}, expected numbers', [where])
        return normal_array(array)


class _Graph:
    """Writes calls and ends of one Functional model with tensors as references."""

    def __init__(
        self,
        generation: Generation,
        entries: dict[int, dict[str, Any]],
        numbers: dict[int, dict[int, int]],
        traced: set[int],
    ) -> None:
        self._generation = generation
        self._entries = entries
        self._numbers = numbers
        self._traced = traced

    def call(self, node: Any) -> dict[str, Any]:
        args, kwargs = self._generation.arguments(node)
        operation = node.operation if self._generation.major >= 3 else node.layer
        where = str(operation.name)
        if id(operation) in self._traced:
            args, kwargs = [tensors_of(self._generation, node)], {}
        return {"args": self._value(args, where), "kwargs": self._value(kwargs, where)}

    def ends(self, structure: Any) -> Any:
        if self._generation.is_tensor(structure):
            return self._reference(structure, outputs=True)
        if isinstance(structure, dict):
            return {str(key): self.ends(item) for key, item in structure.items()}
        return [self.ends(item) for item in structure]

    def _reference(self, tensor: Any, *, outputs: bool) -> list[Any]:
        operation, node, index = tensor._keras_history
        entry = self._entries[id(operation)]
        base = first_call(entry, self._generation.major, outputs=outputs)
        return [entry["name"], self._numbers[id(operation)][node] + base, int(index)]

    def _value(self, value: Any, where: str) -> Any:
        generation = self._generation
        if generation.is_tensor(value):
            return {
                "class_name": "__keras_tensor__",
                "config": {"keras_history": self._reference(value, outputs=False)},
            }
        if isinstance(value, (list, tuple)):
            return [self._value(item, where) for item in value]
        if isinstance(value, dict):
            return {str(key): self._value(item, where) for key, item in value.items()}
        if isinstance(value, slice):
            parts = {key: self._value(getattr(value, key), where) for key in ("start", "stop", "step")}
            return {"class_name": "__slice__", "config": parts}
        if value is Ellipsis:
            return {"class_name": "__ellipsis__", "config": {}}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, np.generic):
            return value.item()
        return self._constant(value, where)

    def _constant(self, value: Any, where: str) -> Any:
        name = getattr(value, "name", None)
        if isinstance(value, (type, np.dtype)) or hasattr(value, "as_numpy_dtype"):
            return str(np.dtype(value).name) if not isinstance(name, str) else name
        if not hasattr(value, "shape"):
            raise ConverterError(
                f'layer "{where}" is called with a {type(value).__name__}, which has no TFLite form', [where]
            )
        array = value if isinstance(value, np.ndarray) else self._generation.array(value)
        if self._generation.major < 3 and array.size <= MAX_LISTED:
            return array.tolist()
        return {"class_name": "__numpy__", "config": {"array": normal_array(array)}}


def _is_input(generation: Generation, node: Any) -> bool:
    return not (node.input_tensors if generation.major >= 3 else node.keras_inputs)


def _recorded_calls(generation: Generation, model: Any) -> dict[int, dict[int, int]]:
    """Number the calls that lead to a model's outputs: by operation, position in its list -> number in the model."""
    found: dict[int, set[int]] = {}
    inputs, outputs = generation.ends(model)
    pending = [*_tensors(generation, inputs), *_tensors(generation, outputs)]
    while pending:
        operation, position, _ = pending.pop()._keras_history
        positions = found.setdefault(id(operation), set())
        if position not in positions:
            positions.add(position)
            node = operation._inbound_nodes[position]
            pending.extend(node.input_tensors if generation.major >= 3 else node.keras_inputs)
    return {key: {position: number for number, position in enumerate(sorted(value))} for key, value in found.items()}


def _tensors(generation: Generation, structure: Any) -> list[Any]:
    if generation.is_tensor(structure):
        return [structure]
    children = structure.values() if isinstance(structure, dict) else structure
    return [tensor for child in children for tensor in _tensors(generation, child)]


def _inner(live: Any, label: str, in_model: bool) -> Any:
    """Follow a branch of the weight tree on the live object: "cell", "cells/1", "query_dense", or a layer's name."""
    if in_model:
        return live.get_layer(label)
    value = live
    for part in label.split("/"):
        value = value[int(part)] if part.isdigit() else getattr(value, part, None) or getattr(value, f"_{part}")
    return value


def _leaf(variable: Any) -> str:
    return str(variable.name).partition(":")[0].rpartition("/")[2]


def _plain(value: Any) -> Any:
    """Turn a configuration into what it becomes in a file."""
    return json.loads(json.dumps(value, default=_json_form))


def _json_form(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    name = getattr(value, "name", None) or getattr(value, "__name__", None)
    if isinstance(name, str):
        return name
    if hasattr(value, "as_list"):
        return value.as_list()
    raise ConverterError(f"a layer's configuration holds a {type(value).__name__}, which no file can hold")
