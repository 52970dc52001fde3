"""What a converter was asked for, checked and frozen before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith.errors import ConverterError
from litesmith.options import OpsSet, Optimize
from litesmith.quantization.modes import QuantizationRequest, quantization_request
from litesmith.quantization.precision import PrecisionOptions, PrecisionRequest, precision_request
from litesmith.reports.conversion_drawings import DrawingsRequest, drawings_request
from litesmith.sources.graph_source import GraphOptions

if TYPE_CHECKING:
    from litesmith.converter.attributes import ConverterAttributes

__all__ = ["ConversionRequest", "freeze"]


@dataclass(frozen=True)
class ConversionRequest:
    """The options of one conversion.

    Attributes:
        conversion_metadata: write the metadata entry that says how the file was made.
        api_version: 1 for the classes of tf.compat.v1.lite, 2 for those of tf.lite; recorded there.
        quantization: what shall be quantized.
        precision: options that trade size for accuracy.
        drawings: what shall be drawn of the model.
        graph: how operators of TensorFlow are treated that have no form of their own.
    """

    conversion_metadata: bool
    api_version: int
    quantization: QuantizationRequest
    precision: PrecisionRequest
    drawings: DrawingsRequest
    graph: GraphOptions


_OTHER_FORMATS = (
    "dump_graphviz_video",
    "experimental_use_stablehlo_quantizer",
    "experimental_stablehlo_quantizer_config",
    "_experimental_low_bit_qat",
    "_experimental_strict_qdq",
)
_QDQ_MODES = (None, "NONE", "STATIC", "DYNAMIC")


def freeze(converter: ConverterAttributes) -> ConversionRequest:
    """Check a converter's attributes and return what they ask for.

    Raises:
        TypeError: an attribute has a value of the wrong kind.
        ValueError: attributes that exclude each other, or a value that tf.lite refuses.
        ConverterError: something that this version does not do; says what to do instead.
    """
    optimizations = _members(converter.optimizations, Optimize, "optimizations")
    supported_ops = _members(converter.target_spec.supported_ops, OpsSet, "target_spec.supported_ops")
    if OpsSet.EXPERIMENTAL_STABLEHLO_OPS in supported_ops and len(supported_ops) > 1:
        raise ValueError("StableHLO Ops set can not be specified with other Ops set together")
    quantization = quantization_request(converter, optimizations, supported_ops)
    _refuse_other_formats(converter, supported_ops)
    return ConversionRequest(
        conversion_metadata=not converter.exclude_conversion_metadata,
        api_version=converter.api_version,
        quantization=quantization,
        precision=precision_request({name: getattr(converter, name) for name in PrecisionOptions.__annotations__}),
        drawings=drawings_request(converter),
        graph=GraphOptions(
            allow_custom_ops=bool(converter.allow_custom_ops),
            select_tf_ops=OpsSet.SELECT_TF_OPS in supported_ops,
            resource_variables=bool(getattr(converter, "experimental_enable_resource_variables", True)),
        ),
    )


def _refuse_other_formats(converter: ConverterAttributes, supported_ops: set[OpsSet]) -> None:
    wanted = [
        f"{name}={getattr(converter, name)!r}"
        for name in _OTHER_FORMATS
        if getattr(converter, name, None) != converter.default(name)
    ]
    qdq_mode = getattr(converter, "_experimental_qdq_conversion_mode", None)
    if qdq_mode not in _QDQ_MODES:
        raise ConverterError(f"Unknown QDQ conversion mode: {qdq_mode}. There are NONE, STATIC and DYNAMIC.")
    if qdq_mode not in {None, "NONE"}:
        wanted.append(f"_experimental_qdq_conversion_mode={qdq_mode!r}")
    if OpsSet.EXPERIMENTAL_STABLEHLO_OPS in supported_ops:
        wanted.append("target_spec.supported_ops=[EXPERIMENTAL_STABLEHLO_OPS]")
    if wanted:
        raise ConverterError(
            f"this version writes float and quantized .tflite models; {' and '.join(wanted)} asks for something else. "
            "Leave the attribute at its default."
        )


def _members(values: Any, kind: type[Any], name: str) -> set[Any]:
    if values is None:
        raise TypeError(f"{name} is None; give a list or set of {kind.__name__} members, or [] for none")
    members = set()
    for value in values:
        if not isinstance(value, kind):
            choices = ", ".join(f"{kind.__name__}.{member.name}" for member in kind)
            raise ValueError(f"{name} contains {value!r}, which is not one of {choices}")
        members.add(value)
    return members
