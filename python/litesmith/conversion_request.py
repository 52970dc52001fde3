"""What a converter was asked for, checked and frozen before any work starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litesmith import dtypes
from litesmith.errors import ConverterError
from litesmith.options import OpsSet, Optimize

if TYPE_CHECKING:
    from litesmith.converter_attributes import ConverterAttributes

__all__ = ["ConversionRequest", "freeze"]


@dataclass(frozen=True)
class ConversionRequest:
    """The options of one float conversion.

    Attributes:
        conversion_metadata: write the metadata entry that says how the file was made.
        api_version: 1 for the classes of tf.compat.v1.lite, 2 for those of tf.lite; recorded there.
    """

    conversion_metadata: bool
    api_version: int


_QUANTIZED_OR_OTHER_FORMATS = (
    "inference_type",
    "quantized_input_stats",
    "default_ranges_stats",
    "output_format",
    "change_concat_input_ranges",
    "reorder_across_fake_quant",
    "dump_graphviz_dir",
    "dump_graphviz_video",
    "conversion_summary_dir",
    "experimental_use_stablehlo_quantizer",
    "experimental_stablehlo_quantizer_config",
    "_experimental_calibrate_only",
    "_experimental_variable_quantization",
    "_experimental_full_integer_quantization_bias_type",
    "_experimental_low_bit_qat",
    "_experimental_qdq_conversion_mode",
    "_experimental_strict_qdq",
)


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
    types = [dtypes.as_dtype(value) for value in converter.target_spec.supported_types]
    for name in ("inference_input_type", "inference_output_type"):
        _check_float(name, getattr(converter, name))
    if OpsSet.TFLITE_BUILTINS_INT8 in supported_ops and converter.representative_dataset is None:
        raise ValueError("For full integer quantization, a `representative_dataset` must be specified.")
    wanted = [
        f"{name}={getattr(converter, name)!r}"
        for name in _QUANTIZED_OR_OTHER_FORMATS
        if getattr(converter, name, None) != converter.default(name)
    ]
    wanted += [f"optimizations={sorted(map(str, optimizations))}"] if optimizations else []
    if OpsSet.EXPERIMENTAL_STABLEHLO_OPS in supported_ops:
        wanted.append("target_spec.supported_ops=[EXPERIMENTAL_STABLEHLO_OPS]")
    if wanted:
        raise ConverterError(
            f"this version writes float32 models; {' and '.join(wanted)} asks for something else. "
            "Leave the attribute at its default for a float32 model."
        )
    unused = [str(value) for value in types if value != dtypes.float32]
    if unused:
        raise ConverterError(
            f"target_spec.supported_types={unused} has no effect without optimizations in tf.lite, and this version "
            "writes float32 models only; leave it empty."
        )
    return ConversionRequest(
        conversion_metadata=not converter.exclude_conversion_metadata,
        api_version=converter.api_version,
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


def _check_float(name: str, value: Any) -> None:
    if value is not None and dtypes.as_dtype(value) != dtypes.float32:
        raise ValueError(
            "The inference_input_type and inference_output_type must be tf.float32. "
            f"{name} is {value!r}: without quantization there is no other type."
        )
