"""Keras model configurations of all generations, read into a tree of layers and models."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litesmith.errors import ModelLimitError, UnsafeModelError
from litesmith.sources.keras_json import member

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "REDUCED_DTYPES",
    "LayerDef",
    "ModelDef",
    "base_class",
    "dtype_name",
    "parse_layer",
    "parse_model",
    "refuse_stored_code",
]

MAX_NESTING = 64
REDUCED_DTYPES = ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64")

_OWN_MODULES = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras")
_TOOLKIT = "tensorflow_model_optimization"
_OPERATION_MODULE = "keras.src.ops"
_STORED_CODE = {
    "Lambda": "a Lambda layer, whose Python code a file cannot be trusted with and which is never run",
    "TorchModuleWrapper": "a pickled PyTorch module, which is never unpickled",
    "TFSMLayer": "a path to another SavedModel, which is never followed",
}


@dataclass(eq=False)
class LayerDef:
    """One layer of a configuration; two uses of a shared layer are the same object."""

    name: str
    path: str
    class_name: str
    registered_name: str | None
    module: str | None
    config: dict[str, Any]
    entry: dict[str, Any]
    model: ModelDef | None = None

    @property
    def is_operation(self) -> bool:
        """Whether this is an operation on tensors (``keras.ops``) and no layer."""
        return self.module is not None and self.module.startswith(_OPERATION_MODULE)

    @property
    def trainable(self) -> bool:
        """Whether the layer's own switch is on."""
        return self.config.get("trainable", True) is not False


@dataclass(eq=False)
class ModelDef:
    """A Sequential or Functional model of a configuration, its graph still as stored."""

    name: str
    class_name: str
    config: dict[str, Any]
    entry: dict[str, Any]
    layers: list[LayerDef] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)  # the calls of each layer within this model, as stored

    @property
    def sequential(self) -> bool:
        """Whether the layers form a plain chain."""
        return "input_layers" not in self.config

    def leaves(self) -> Iterator[LayerDef]:
        """Yield the layers that are no models, nested ones in the place of their model."""
        for layer in self.layers:
            if layer.model is None:
                yield layer
            else:
                yield from layer.model.leaves()


@dataclass
class _Context:
    major: int
    shared: dict[int, LayerDef] = field(default_factory=dict)


def base_class(class_name: str) -> str:
    """Class name without the package of a registered object and TensorFlow's version marks.

    ``pkg>Dense`` and ``BatchNormalizationV1`` give ``Dense`` and ``BatchNormalization``.
    """
    return re.sub(r"V[12]$", "", class_name.rpartition(">")[2])


def dtype_name(value: Any) -> str | None:
    """Name of a dtype or dtype policy in any of its stored forms."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("name") if isinstance(config, dict) else config
    return value if isinstance(value, str) else None


def _is_model(entry: dict[str, Any]) -> bool:
    config = entry.get("config")
    if isinstance(config, list):
        return entry.get("class_name") == "Sequential"
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        return False
    return "input_layers" in config or base_class(str(entry.get("class_name"))) == "Sequential"


def _origin(
    entry: dict[str, Any], config: dict[str, Any], class_name: str, major: int
) -> tuple[str, str | None, str | None]:
    """Class name, registered name and module as the record gives them."""
    module, registered = entry.get("module"), entry.get("registered_name")
    if ">" in class_name:
        return class_name, class_name, module if isinstance(module, str) else None
    if isinstance(registered, str) and ">" in registered:
        return registered, registered, module if isinstance(module, str) else None
    if isinstance(module, str):
        if module.startswith(_OPERATION_MODULE):
            return class_name, None, module
        if module.split(".")[0] in {"keras", "tf_keras", _TOOLKIT} or module.startswith(_OWN_MODULES):
            return class_name, None, None
        return class_name, registered if isinstance(registered, str) else None, module
    if major >= 3 and "trainable" not in config and "dtype" not in config and class_name != "InputLayer":
        return class_name, None, _OPERATION_MODULE
    return class_name, None, None


def parse_layer(entry: Any, path: str, major: int) -> LayerDef:
    """Read one layer entry that stands alone, such as the layer that a wrapper holds."""
    return _layer(entry, path, _Context(major), path.count("/"))


def _layer(entry: Any, parent: str, context: _Context, depth: int) -> LayerDef:
    if depth > MAX_NESTING:
        raise ModelLimitError(f"models are nested deeper than {MAX_NESTING} levels")
    if not isinstance(entry, dict):
        raise ValueError(f"a layer of {parent or 'the model'} is a {type(entry).__name__}, expected an object")
    shared = entry.get("shared_object_id")
    known = context.shared.get(shared) if isinstance(shared, int) else None
    if known is not None and known.entry.get("class_name") == entry.get("class_name"):
        return known
    class_name = member(entry, "class_name", str, f"a layer of {parent or 'the model'}")
    raw = entry.get("config")
    config: dict[str, Any] = (
        {"layers": raw}
        if isinstance(raw, list) and class_name == "Sequential"
        else member(entry, "config", dict, f'layer class "{class_name}"')
    )
    name = entry.get("name", config.get("name"))
    name = name if isinstance(name, str) and name else class_name.lower()
    path = f"{parent}/{name}" if parent else name
    public_class, registered, module = _origin(entry, config, class_name, context.major)
    layer = LayerDef(name, path, public_class, registered, module, config, entry)
    if _is_model(entry):
        layer.model = _model(name, class_name, config, entry, path, context, depth + 1)
    if isinstance(shared, int):
        context.shared[shared] = layer
    return layer


def _model(
    name: str, class_name: str, config: dict[str, Any], entry: dict[str, Any], path: str, context: _Context, depth: int
) -> ModelDef:
    model = ModelDef(name, class_name, config, entry)
    for item in member(config, "layers", list, f'model "{name}"'):
        model.layers.append(_layer(item, path, context, depth))
        model.nodes.append(item.get("inbound_nodes") or [])
    names = [layer.name for layer in model.layers]
    if not model.sequential and len(set(names)) != len(names):
        twice = sorted({other for other in names if names.count(other) > 1})
        raise ValueError(f'model "{name}" has several layers named {twice}; the model description is damaged')
    return model


def parse_model(entry: dict[str, Any], major: int) -> ModelDef:
    """Read the configuration of a whole model.

    Raises:
        ValueError: the configuration is no Sequential or Functional model, or damaged.
        ModelLimitError: nested too deep.
    """
    class_name = member(entry, "class_name", str, "model configuration")
    if not _is_model(entry):
        raise ValueError(
            f'"{class_name}" is a subclassed model: the file holds its constructor arguments and no layers; '
            "pass the live model to from_keras_model, or rebuild it as a Functional model and save that"
        )
    config = entry["config"] if isinstance(entry["config"], dict) else {"layers": entry["config"]}
    name = config.get("name")
    name = name if isinstance(name, str) and name else class_name.lower()
    return _model(name, class_name, config, entry, "", _Context(major), 0)


def refuse_stored_code(layer: LayerDef) -> None:
    """Refuse a layer whose configuration carries code, pickles or paths, itself or in a wrapped layer.

    Raises:
        UnsafeModelError: names the layer and the way out.
    """
    pending: list[Any] = [{"class_name": layer.class_name, "config": layer.config}]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            class_name = item.get("class_name")
            kind = base_class(class_name) if isinstance(class_name, str) and "config" in item else ""
            what = (
                "a stored Python function, which is never run" if class_name == "__lambda__" else _STORED_CODE.get(kind)
            )
            if what is not None:
                raise UnsafeModelError(
                    f'layer "{layer.path}" holds {what}; replace it by Keras layers or keras.ops, '
                    "or pass the live model to from_keras_model"
                )
            pending.extend(item.values())
