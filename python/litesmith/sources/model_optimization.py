"""Names of the variables that the model-optimization toolkit's wrappers keep, which ``.keras`` files only number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litesmith.sources.keras_weights import WeightTree

__all__ = ["name_variables", "numbers_variables"]

_NUMBERED = frozenset({"QuantizeWrapper", "QuantizeWrapperV2", "QuantizeLayer"})

_BEFORE = frozenset({"softmax", "sigmoid", "tanh", "gelu"})
_AFTER = frozenset({"linear", "relu", "swish", "gelu"})


def numbers_variables(layer: WeightTree) -> bool:
    """Whether this is a wrapper whose variables have names that follow from its configuration."""
    return layer.class_name in _NUMBERED


def name_variables(layer: WeightTree, stored: Sequence[str]) -> list[str]:
    """Name what a wrapper's group of a ``.keras`` file holds.

    Args:
        layer: the wrapper.
        stored: labels by path and number, in order: "0", "1" ... and "layer/0" for what the inner layer kept.

    Returns:
        One name per label. A variable that is stored twice has the same name twice.

    Raises:
        ConverterError: another number of variables than the configuration implies.
    """
    config, inner = layer.layer.config, layer.wrapped
    if layer.class_name == "QuantizeLayer" or inner is None:
        names = ["min", "max", "optimizer_step"]
    else:
        names = _wrapper_names(config, inner)
    own = [label for label in stored if "/" not in label]
    if len(own) != len(names):
        raise ConverterError(
            f'layer "{layer.layer.path}" ({layer.class_name}) should hold {len(names)} variables {names}, the file has '
            f"{len(own)}; save the model as .h5",
            [layer.layer.path],
        )
    if inner is None:
        return names
    kept = [slot.name for slot in inner.file_order()]
    gone = set(_weights(config))
    kept = [name for name in kept if name not in gone]
    below = iter(kept)
    return [*names, *(next(below, f"unnamed_{label}") for label in stored if "/" in label)]


def _wrapper_names(config: dict[str, Any], inner: WeightTree) -> list[str]:
    names = [slot.name for slot in inner.all_slots() if slot.trainable]
    names += _weights(config)
    names.append("optimizer_step")
    learnt = [*_weights(config), *_activations(config)]
    if _quantize_config(config).get("quantize_output"):
        learnt.append("output")
    return names + [f"{quantity}_{end}" for quantity in learnt for end in ("min", "max")]


def _quantize_config(config: dict[str, Any]) -> dict[str, Any]:
    entry = config.get("quantize_config")
    inner = entry.get("config") if isinstance(entry, dict) else None
    return inner if isinstance(inner, dict) else {}


def _weights(config: dict[str, Any]) -> list[str]:
    names = _quantize_config(config).get("weight_attrs")
    return [str(name) for name in names] if isinstance(names, list) else []


def _activations(config: dict[str, Any]) -> list[str]:
    attributes = _quantize_config(config).get("activation_attrs")
    wrapped = config.get("layer")
    held = wrapped.get("config", {}) if isinstance(wrapped, dict) else {}
    quantities = []
    for attribute in attributes if isinstance(attributes, list) else []:
        name = _activation_name(held.get(attribute))
        quantities += ["pre_activation"] if name in _BEFORE else []
        quantities += ["post_activation"] if name in _AFTER else []
    return quantities


def _activation_name(entry: Any) -> str:
    while isinstance(entry, dict):
        config = entry.get("config")
        if entry.get("class_name") == "QuantizeAwareActivation" and isinstance(config, dict):
            entry = config.get("activation")
        elif entry.get("class_name") == "function":
            entry = config
        else:
            return str(entry.get("class_name", "")).lower()
    return "linear" if entry is None else str(entry)
