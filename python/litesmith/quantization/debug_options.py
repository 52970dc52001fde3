"""What a ``QuantizationDebugger`` measures, and what it leaves in float32."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litesmith import _core
    from litesmith.quantization.policy import QuantizationPolicy

__all__ = ["QuantizationDebugOptions", "debugged_policy"]


@dataclass
class QuantizationDebugOptions:
    """Options of a ``QuantizationDebugger``.

    Attributes:
        layer_debug_metrics: figures by name: functions of the differences, quantized minus float, of one result.
        model_debug_metrics: figures by name: functions of the float model's and the quantized model's outputs, both
            lists of float arrays.
        layer_direct_compare_metrics: figures by name: functions of the float result, the integers of the quantized
            one, their scale and their zero point.
        denylisted_ops: operators by name, e.g. "SOFTMAX"; layers that have one stay float32.
        denylisted_nodes: layers that stay float32, by path or by the name of a tensor that they compute.
        fully_quantize: inputs and outputs that the converter leaves in float32 become integers, too.
    """

    layer_debug_metrics: Mapping[str, Callable[[Any], float]] | None = None
    model_debug_metrics: Mapping[str, Callable[[Any, Any], float]] | None = None
    layer_direct_compare_metrics: Mapping[str, Callable[[Any, Any, float, int], float]] | None = None
    denylisted_ops: Sequence[str] | None = None
    denylisted_nodes: Sequence[str] | None = None
    fully_quantize: bool = False

    def __post_init__(self) -> None:
        """Refuse two figures of one name, and a text where a list is due."""
        groups = (self.layer_debug_metrics, self.model_debug_metrics, self.layer_direct_compare_metrics)
        names = [name for group in groups if group is not None for name in group]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Provided metrics have duplicate keys. Each needs a name of its own: {', '.join(twice)}")
        for attribute in ("denylisted_ops", "denylisted_nodes"):
            value = getattr(self, attribute)
            if isinstance(value, str):
                raise TypeError(f"{attribute} is the text {value!r} but must be a list of names: [{value!r}]")


def debugged_policy(
    policy: QuantizationPolicy, options: QuantizationDebugOptions, conversion: _core.Conversion
) -> QuantizationPolicy:
    """A policy with what the options change.

    Raises:
        ValueError: a denylisted node that the model does not have.
    """
    layers = dict(policy.layers)
    paths = {path: operators for path, _, operators in conversion.layers()}
    _warn_of_absent(options.denylisted_ops or (), {operator for it in paths.values() for operator in it})
    denied = set(options.denylisted_ops or ())
    layers.update({path: "float32" for path, operators in paths.items() if denied & set(operators)})
    for node in options.denylisted_nodes or ():
        layers[node if node in paths else conversion.layer_of(node)] = "float32"
    if options.fully_quantize:
        integers = "int16" if policy.mode == "int16x8" else "int8"
        types = {name: integers for name in ("input_type", "output_type") if getattr(policy, name) == "float32"}
        policy = replace(policy, **types)  # type: ignore[arg-type]
    return replace(policy, layers=layers)


def _warn_of_absent(denied: Sequence[str], present: set[str]) -> None:
    absent = [name for name in denied if name not in present]
    if absent:
        text = (
            f"denylisted_ops names {', '.join(absent)}, which the model does not have: nothing more stays float32; "
            f"it has {', '.join(sorted(present))}"
        )
        warnings.warn(text, UserWarning, stacklevel=5)
