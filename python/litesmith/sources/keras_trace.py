"""Custom layers and subclassed models, turned into graphs by calling them on symbolic tensors."""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litesmith.sources.keras_generation import Generation

__all__ = ["Traced", "history_kept", "tensors_of", "trace_layer", "trace_model"]


@dataclass
class Traced:
    """A Functional model made from ``call``, and names for its operations that do not depend on what ran before."""

    model: Any
    names: dict[int, str] = field(default_factory=dict)


@contextmanager
def history_kept(model: Any) -> Iterator[None]:
    """Remove the calls that tracing records on the user's layers."""
    layers = list(model._flatten_layers())
    counts = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
    try:
        yield
    finally:
        for layer, (inbound, outbound) in zip(layers, counts, strict=True):
            del layer._inbound_nodes[inbound:]
            del layer._outbound_nodes[outbound:]


def tensors_of(generation: Generation, node: Any) -> list[Any]:
    """List the tensors of a recorded call, as a traced layer takes them."""
    args, kwargs = generation.arguments(node)
    return [tensor for value in (*args, *kwargs.values()) for tensor in _flat(generation, value)]


def trace_layer(generation: Generation, layer: Any) -> Traced:
    """Call a custom layer on stand-ins for the tensors of its first recorded call.

    Raises:
        ConverterError: the layer was never called on symbolic tensors, or its ``call`` leaves Keras' operations.
    """
    nodes = [node for node in layer._inbound_nodes if tensors_of(generation, node)]
    if not nodes:
        raise ConverterError(
            f'custom layer "{layer.name}" ({type(layer).__name__}) was never called on symbolic tensors', [layer.name]
        )
    args, kwargs = generation.arguments(nodes[0])
    inputs = [
        _stand_in(generation, tuple(item.shape), item.dtype, f"{layer.name}_input_{i}")
        for i, item in enumerate(tensors_of(generation, nodes[0]))
    ]
    supply = iter(inputs)
    replaced = [_replace(generation, value, supply) for value in args]
    others = {key: _replace(generation, value, supply) for key, value in kwargs.items() if key != "training"}
    return _trace(generation, layer, replaced, inputs, others)


def trace_model(generation: Generation, model: Any) -> Traced:
    """Call a subclassed model on stand-ins of the shapes that it was built for, the batch left free.

    Raises:
        ValueError: the model was never built, so its shapes are unknown.
        ConverterError: its ``call`` leaves Keras' operations.
    """
    names = [name for name in inspect.signature(model.call).parameters if name not in ("training", "mask")]
    structure = _built_shapes(generation, model, names)
    if structure is None:
        raise ValueError(
            f'the input shapes of "{model.name}" ({type(model).__name__}) are unknown: call the model on data once, '
            "or build it as a Functional model from keras.Input"
        )
    inputs: list[Any] = []

    def stand_in(shape: Any, name: str) -> Any:
        if isinstance(shape, dict):
            return {key: stand_in(item, str(key)) for key, item in shape.items()}
        if isinstance(shape, list) or (isinstance(shape, tuple) and shape and isinstance(shape[0], (list, tuple))):
            return [stand_in(item, f"{name}_{i}" if i else name) for i, item in enumerate(shape)]
        inputs.append(_stand_in(generation, (None, *tuple(shape)[1:]), "float32", name))
        return inputs[-1]

    return _trace(generation, model, [stand_in(structure, names[0] if names else "inputs")], inputs, {})


def _built_shapes(generation: Generation, model: Any, names: list[str]) -> Any:
    if generation.major < 3:
        return _tuples(getattr(model, "_build_input_shape", None))
    shapes = getattr(model, "_build_shapes_dict", None)
    if not shapes:
        return None
    if len(shapes) > 1:
        raise ValueError(f'"{model.name}" takes several arguments {names}; give its call one list or dict of tensors')
    return next(iter(shapes.values()))


def _tuples(shape: Any) -> Any:
    if hasattr(shape, "as_list"):
        return tuple(shape.as_list())
    if isinstance(shape, dict):
        return {key: _tuples(item) for key, item in shape.items()}
    if isinstance(shape, list):
        return [_tuples(item) for item in shape]
    return shape


def _stand_in(generation: Generation, shape: tuple[Any, ...], dtype: Any, name: str) -> Any:
    dtype = dtype if isinstance(dtype, str) else dtype.name
    return generation.module.Input(batch_shape=shape, dtype=dtype, name=name)


def _flat(generation: Generation, value: Any) -> list[Any]:
    if generation.is_tensor(value):
        return [value]
    if isinstance(value, dict):
        return [tensor for key in sorted(value) for tensor in _flat(generation, value[key])]
    if isinstance(value, (list, tuple)):
        return [tensor for item in value for tensor in _flat(generation, item)]
    return []


def _replace(generation: Generation, value: Any, supply: Any) -> Any:
    if generation.is_tensor(value):
        return next(supply)
    if isinstance(value, dict):
        replaced = {key: _replace(generation, value[key], supply) for key in sorted(value)}
        return {key: replaced[key] for key in value}
    if isinstance(value, (list, tuple)):
        return type(value)([_replace(generation, item, supply) for item in value])
    return value


def _trace(generation: Generation, live: Any, args: list[Any], inputs: list[Any], others: dict[str, Any]) -> Traced:
    kwargs = {key: value for key, value in others.items() if not (key == "mask" and value is None)}
    if "training" in inspect.signature(live.call).parameters:
        kwargs["training"] = False
    try:
        outputs = live.call(*args, **kwargs)
        model = generation.module.Model(inputs, outputs, name=live.name)
    except Exception as error:  # user code may raise anything; the cause is kept
        raise ConverterError(
            f'"{live.name}" ({type(live).__name__}) cannot be traced with symbolic tensors '
            f"({type(error).__name__}: {str(error).strip()[:300]}); write its call with Keras layers and keras.ops",
            [live.name],
        ) from error
    return Traced(model, _stable_names(generation, model))


def _stable_names(generation: Generation, model: Any) -> dict[int, str]:
    """Name bare operations by class and position: Keras numbers them over the whole process."""
    names: dict[int, str] = {}
    taken = {operation.name for operation in generation.operations(model) if generation.is_layer(operation)}
    for operation in generation.operations(model):
        own_name = not generation.is_layer(operation) or type(operation).__name__ in ("TFOpLambda", "SlicingOpLambda")
        if not own_name:
            continue
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(operation).__name__).lower()
        number, name = 0, stem
        while name in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name)
        names[id(operation)] = name
    return names
