"""The calls of a Keras model: nested models flattened, topologically ordered, unused branches pruned."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litesmith.errors import ModelLimitError
from litesmith.sources.keras_nodes import Reference, StoredCall, flatten, is_reference, read_call, references

if TYPE_CHECKING:
    from litesmith.sources.keras_config import LayerDef, ModelDef

__all__ = ["Call", "Flat", "Port", "Tensor", "first_call", "flatten_model"]

MAX_CALLS = 100_000

Tensor = tuple[int, int]


@dataclass
class Call:
    """One use of a layer; ``inputs`` are (call, output), ``stored`` has the arguments with references in place."""

    layer: LayerDef
    inputs: list[Tensor]
    stored: StoredCall


@dataclass
class Port:
    """One input or output of the model."""

    tensor: Tensor
    name: str


@dataclass
class Flat:
    """A whole model as a list of calls."""

    calls: list[Call] = field(default_factory=list)
    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    input_structure: str = "single"
    output_structure: str = "single"
    input_keys: list[str] = field(default_factory=list)
    output_keys: list[str] = field(default_factory=list)


@dataclass
class _Wiring:
    """The graph of one Functional model, ready to be applied."""

    calls: list[tuple[int, int, StoredCall]]  # layer's position, number of the call, arguments
    inputs: list[Reference]
    outputs: list[Reference]
    bases: dict[str, int]  # number of a nested model's first call as stored: 0 or 1
    output_bases: dict[str, int]


def flatten_model(model: ModelDef, major: int, input_layer: LayerDef | None) -> Flat:
    """Turn a model into calls.

    Args:
        model: the outermost model.
        major: Keras generation.
        input_layer: the input of a Sequential model, made up where the configuration has none.

    Raises:
        ValueError: the graph is damaged, circular or refers to what is not there.
        ModelLimitError: more calls than any model has.
    """
    return _Flattener(major).run(model, input_layer)


class _Flattener:
    def __init__(self, major: int) -> None:
        self._major = major
        self._flat = Flat()
        self._wirings: dict[int, _Wiring] = {}

    def run(self, model: ModelDef, input_layer: LayerDef | None) -> Flat:
        flat = self._flat
        if model.sequential:
            if input_layer is None:
                raise ValueError(f'the input of Sequential model "{model.name}" is unknown')
            tensor = self._call(input_layer, StoredCall(), [])
            flat.inputs = [Port(tensor, input_layer.name)]
            results = self._sequential(model, [tensor])
            flat.outputs = [Port(item, model.layers[-1].name if model.layers else input_layer.name) for item in results]
        else:
            self._functional_root(model)
        _unique_names(flat.inputs)
        _unique_names(flat.outputs)
        _prune(flat)
        return flat

    def _functional_root(self, model: ModelDef) -> None:
        flat = self._flat
        wiring = self._wire(model)
        by_name = {layer.name: layer for layer in model.layers}
        for item in wiring.inputs:
            if by_name[item.layer].class_name != "InputLayer":
                raise ValueError(
                    f'input "{item.layer}" of model "{model.name}" is no InputLayer; the model description is damaged'
                )
        tensors = [self._call(by_name[item.layer], StoredCall(), []) for item in wiring.inputs]
        flat.inputs = [Port(tensor, item.layer) for tensor, item in zip(tensors, wiring.inputs, strict=True)]
        results = self._functional(model, tensors)
        flat.outputs = [Port(tensor, item.layer) for tensor, item in zip(results, wiring.outputs, strict=True)]
        flat.input_structure, flat.input_keys = self._structure(model.config["input_layers"])
        flat.output_structure, flat.output_keys = self._structure(model.config.get("output_layers"))
        for keys, ports in ((flat.input_keys, flat.inputs), (flat.output_keys, flat.outputs)):
            for key, port in zip(keys, ports, strict=False):
                port.name = key

    def _structure(self, stored: Any) -> tuple[str, list[str]]:
        if is_reference(stored):
            return "single", []
        if isinstance(stored, dict) and all(is_reference(item) for item in stored.values()):
            return "dict", sorted(stored)
        if self._major < 3 and isinstance(stored, list) and len(stored) == 1:
            return "single", []
        return "list", []

    def _call(self, layer: LayerDef, stored: StoredCall, inputs: list[Tensor]) -> Tensor:
        if len(self._flat.calls) >= MAX_CALLS:
            raise ModelLimitError(f"nested models expand to more than {MAX_CALLS} layer calls")
        self._flat.calls.append(Call(layer, inputs, stored))
        return len(self._flat.calls) - 1, 0

    def _apply(self, layer: LayerDef, stored: StoredCall, inputs: list[Tensor]) -> list[Tensor] | None:
        """Call a layer (None: as many outputs as it has) or a nested model (its outputs)."""
        if layer.model is None:
            self._call(layer, stored, inputs)
            return None
        main = references(StoredCall(stored.args[:1])) if stored.args else []
        if layer.model.sequential:
            return self._sequential(layer.model, inputs[: len(main)])
        if stored.args and isinstance(stored.args[0], dict):
            order = {id(item): i for i, item in enumerate(main)}
            picked = flatten(stored.args[0], lambda value: isinstance(value, Reference))
            inputs = [inputs[order[id(item)]] for item in picked] + inputs[len(main) :]
        expected = len(self._wire(layer.model).inputs)
        if len(main) != expected:
            raise ValueError(f'model "{layer.path}" is called with {len(main)} tensors, expected {expected}')
        return self._functional(layer.model, inputs[:expected])

    def _sequential(self, model: ModelDef, tensors: list[Tensor]) -> list[Tensor]:
        for layer in model.layers:
            if layer.class_name == "InputLayer" and layer.model is None:
                continue
            marks: list[Any] = [Reference("", 0, i) for i in range(len(tensors))]
            stored = StoredCall([marks[0] if len(marks) == 1 else marks])
            results = self._apply(layer, stored, tensors)
            tensors = [(len(self._flat.calls) - 1, 0)] if results is None else results
        return tensors

    def _functional(self, model: ModelDef, tensors: list[Tensor]) -> list[Tensor]:
        wiring = self._wire(model)
        known: dict[tuple[str, int], list[Tensor] | int] = {}
        for reference, tensor in zip(wiring.inputs, tensors, strict=True):
            known[reference.layer, 0] = [tensor]
        for position, number, stored in wiring.calls:
            layer = model.layers[position]
            inputs = [self._lookup(known, item, wiring.bases, layer.path) for item in references(stored)]
            results = self._apply(layer, stored, inputs)
            known[layer.name, number] = len(self._flat.calls) - 1 if results is None else results
        where = f'an output of model "{model.name}"'
        return [self._lookup(known, item, wiring.output_bases, where) for item in wiring.outputs]

    def _lookup(
        self, known: dict[tuple[str, int], list[Tensor] | int], item: Reference, bases: dict[str, int], where: str
    ) -> Tensor:
        found = known.get((item.layer, item.node - bases.get(item.layer, 0)))
        if isinstance(found, int):
            return found, item.tensor
        if found is None or item.tensor >= len(found):
            raise ValueError(
                f'{where} refers to output {item.tensor} of call {item.node} of layer "{item.layer}", which does not '
                "exist; the model description is damaged"
            )
        return found[item.tensor]

    def _wire(self, model: ModelDef) -> _Wiring:
        wiring = self._wirings.get(id(model))
        if wiring is None:
            wiring = self._wirings[id(model)] = _read_wiring(model, self._major)
        return wiring


def _read_wiring(model: ModelDef, major: int) -> _Wiring:
    names = {layer.name: position for position, layer in enumerate(model.layers)}
    calls: dict[tuple[int, int], StoredCall] = {}
    for position, layer in enumerate(model.layers):
        nodes = model.nodes[position]
        if not isinstance(nodes, list):
            raise ValueError(f'layer "{layer.path}": "inbound_nodes" is no list; the model description is damaged')
        for number, stored in enumerate(nodes):
            calls[position, number] = read_call(stored, layer.path, set(names))
    inputs, outputs = (_ends(model, key, names) for key in ("input_layers", "output_layers"))
    wiring = _Wiring([], inputs, outputs, {}, {})
    inner = [item for call in calls.values() for item in references(call)]
    wiring.bases = _bases(model, inner, major, outputs=False)
    wiring.output_bases = _bases(model, outputs, major, outputs=True)
    wiring.calls = [(*key, calls[key]) for key in _order(model, calls, wiring, names)]
    return wiring


def _ends(model: ModelDef, key: str, names: dict[str, int]) -> list[Reference]:
    stored = model.config.get(key)
    found = [Reference(*item) for item in flatten(stored, is_reference)]
    if not found and stored != []:
        raise ValueError(f'"{key}" of model "{model.name}" is damaged: {stored!r:.80}')
    for item in found:
        if item.layer not in names:
            raise ValueError(f'"{key}" of model "{model.name}" names layer "{item.layer}", which does not exist')
    return found


def first_call(entry: dict[str, Any], major: int, *, outputs: bool) -> int:
    """Return the number that Keras gives to the first call of a layer: 0, or 1 for some nested models.

    A Functional model (in Keras 2 a Sequential with an InputLayer too) has a call of its own making, number 0. Keras 3
    counts it where a model lists its outputs only, Keras 1 and 2 everywhere.
    """
    config = entry.get("config")
    if isinstance(config, dict) and "input_layers" in config:
        return 1 if major < 3 or outputs else 0
    layers = config.get("layers") if isinstance(config, dict) else config
    first = layers[0] if isinstance(layers, list) and layers else None
    return int(major < 3 and isinstance(first, dict) and first.get("class_name") == "InputLayer")


def _bases(model: ModelDef, items: list[Reference], major: int, *, outputs: bool) -> dict[str, int]:
    """Find the number of the first call of each nested model; what references can mean decides over the rule."""
    bases: dict[str, int] = {}
    for layer, nodes in zip(model.layers, model.nodes, strict=True):
        if layer.model is None:
            continue
        used = [item.node for item in items if item.layer == layer.name]
        count = len(nodes)
        base = first_call(layer.entry, major, outputs=outputs)
        if used and max(used) >= count + base:
            base = 1
        if used and min(used) < base:
            base = 0
        bases[layer.name] = base
    return bases


def _order(
    model: ModelDef, calls: dict[tuple[int, int], StoredCall], wiring: _Wiring, names: dict[str, int]
) -> list[tuple[int, int]]:
    """Order calls so that each comes after its inputs, else as the model lists its layers."""
    waiting: dict[tuple[int, int], int] = {}
    users: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for key, call in calls.items():
        needed = set()
        for item in references(call):
            if item.layer not in names:
                raise ValueError(
                    f'layer "{model.layers[key[0]].path}" takes its input from "{item.layer}", which does not exist'
                )
            source = names[item.layer], item.node - wiring.bases.get(item.layer, 0)
            if source in calls:
                needed.add(source)
        waiting[key] = len(needed)
        for source in needed:
            users.setdefault(source, []).append(key)
    ready = [key for key, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order: list[tuple[int, int]] = []
    while ready:
        key = heapq.heappop(ready)
        order.append(key)
        for user in users.get(key, []):
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(ready, user)
    if len(order) < len(calls):
        stuck = sorted({model.layers[key[0]].path for key in set(calls) - set(order)})
        raise ValueError(
            f'the graph of model "{model.name}" is circular at layers {stuck[:8]}; the model description is damaged'
        )
    return order


def _unique_names(ports: list[Port]) -> None:
    """Name the second use of "x" "x_1", as Keras does."""
    taken: set[str] = set()
    count: dict[str, int] = {}
    for port in ports:
        name = port.name
        while name in taken:
            count[port.name] = count.get(port.name, 0) + 1
            name = f"{port.name}_{count[port.name]}"
        taken.add(name)
        port.name = name


def _prune(flat: Flat) -> None:
    """Drop calls that no output needs; inputs of the model stay."""
    keep = {port.tensor[0] for port in flat.inputs}
    pending = [port.tensor[0] for port in flat.outputs]
    while pending:
        call = pending.pop()
        if call not in keep:
            keep.add(call)
            pending.extend(source for source, _ in flat.calls[call].inputs)
    number = {old: new for new, old in enumerate(sorted(keep))}
    flat.calls = [flat.calls[old] for old in sorted(keep)]
    for call_ in flat.calls:
        call_.inputs = [(number[source], output) for source, output in call_.inputs]
    for port in (*flat.inputs, *flat.outputs):
        port.tensor = number[port.tensor[0]], port.tensor[1]
