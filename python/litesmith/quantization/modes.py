"""From a converter's attributes to a quantization policy, by the rules of ``tf.lite``."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litesmith import dtypes
from litesmith.errors import ConverterError
from litesmith.options import OpsSet, Optimize
from litesmith.quantization.policy import CALIBRATIONS, QuantizationPolicy
from litesmith.quantization.stated_ranges import StatedIntegers, stated_integers

if TYPE_CHECKING:
    from litesmith.converter.attributes import ConverterAttributes
    from litesmith.dtypes import DType

__all__ = ["QuantizationRequest", "checked_types", "quantization_request"]

_INT8 = OpsSet.TFLITE_BUILTINS_INT8
_INT16X8 = OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
_FLOAT_SETS = frozenset({OpsSet.TFLITE_BUILTINS, OpsSet.SELECT_TF_OPS})
_DEPRECATED = (Optimize.OPTIMIZE_FOR_SIZE, Optimize.OPTIMIZE_FOR_LATENCY)


@dataclass(frozen=True)
class QuantizationRequest:
    """What the attributes ask for; which mode that is depends on the model, too.

    Attributes:
        optimize: weights or activations shall be quantized.
        supported_ops: operator sets of the target.
        supported_types: names of element types of the target; empty means int8.
        has_dataset: there is calibration data, or observations of it.
        input_type: name of the element type that inputs shall have.
        output_type: the same for outputs.
        bias_type: name of the type of biases; None for the mode's own.
        per_channel: convolution weights get a scale for each channel.
        per_channel_dense: weights of dense layers do, too.
        calibration: one of ``CALIBRATIONS``.
        calibrate_only: the float model with its ranges is wanted.
        accumulation_type: name of the type of sums where values have a reduced precision; None for float32.
        sparse: weights with enough zeros shall be stored sparsely.
        stated: integers whose ranges are stated, as tf.compat.v1.lite has them; they come before all other modes.
    """

    optimize: bool
    supported_ops: frozenset[OpsSet]
    supported_types: frozenset[str]
    has_dataset: bool
    input_type: str
    output_type: str
    bias_type: str | None
    per_channel: bool
    per_channel_dense: bool
    calibration: str
    calibrate_only: bool
    accumulation_type: str | None = None
    sparse: bool = False
    stated: StatedIntegers | None = None

    @property
    def requires_int8(self) -> bool:
        """The target runs int8 operators alone, or among others."""
        return _INT8 in self.supported_ops or self.supported_types == {"int8"}

    @property
    def allows_float(self) -> bool:
        """Operators without an integer form may stay float32."""
        return bool(self.supported_ops & _FLOAT_SETS) and self.supported_types != {"int8"}

    @property
    def smallest_type(self) -> DType:
        """The smallest type of the target, int8 when none is named."""
        types = [dtypes.as_dtype(name) for name in sorted(self.supported_types)]
        return min(types, key=lambda dtype: dtype.size, default=dtypes.int8)

    def mode(self, *, quantization_aware: bool) -> str:
        """The mode for a model that was trained with FAKE_QUANT or was not."""
        if self.stated is not None:
            return "int8"
        if not self.optimize:
            return "float32"
        wants_int16x8 = _INT16X8 in self.supported_ops and not self.requires_int8
        if wants_int16x8 and (self.has_dataset or quantization_aware):
            return "int16x8"
        if self.requires_int8 and not self.allows_float:
            return "int8"
        smallest = self.smallest_type
        if smallest.size == 2 and "float16" in self.supported_types and self.supported_ops != {_INT8}:
            return "float16"
        if quantization_aware:
            return "int8"
        if smallest != dtypes.int8:
            return "float32"
        return "int8" if self.has_dataset else "dynamic_range"

    def policy(self, *, quantization_aware: bool = False) -> QuantizationPolicy:
        """The policy for a model.

        Raises:
            ValueError: types of inputs, outputs or biases that the mode does not have.
        """
        mode = self.mode(quantization_aware=quantization_aware)
        checked_types(mode, self.input_type, self.output_type, self.bias_type)
        if mode == "float16" and self.accumulation_type == "bfloat16":
            raise ValueError(
                "target_spec._experimental_supported_accumulation_type is tf.bfloat16, and there is no such sum of "
                "float16; set float16 or float32"
            )
        return QuantizationPolicy(
            mode=mode,
            allow_float=self.allows_float,
            input_type=self.input_type,
            output_type=self.output_type,
            integer_type="int8" if self.stated is None else self.stated.dtype,
            stated=None if self.stated is None else self.stated.ranges,
            bias_type=self.bias_type or ("int32" if mode == "int8" else "int64"),
            per_channel=self.per_channel,
            per_channel_dense=self.per_channel_dense,
            bfloat16=self._allows_bfloat16(mode),
            accumulation_type="float16" if self.accumulation_type == "float16" else "float32",
            sparse=self.sparse,
        )

    def _allows_bfloat16(self, mode: str) -> bool:
        allowed = self.optimize and mode in {"float32", "float16"} and self.smallest_type.size == 2
        return allowed and "bfloat16" in self.supported_types


def quantization_request(
    converter: ConverterAttributes, optimizations: set[Optimize], supported_ops: set[OpsSet]
) -> QuantizationRequest:
    """The part of a converter's attributes that is about quantization, checked as far as no model is needed.

    Raises:
        TypeError: an attribute of the wrong kind.
        ValueError: attributes that contradict each other.
        ConverterError: what this version does not do.
    """
    for option in _DEPRECATED:
        if option in optimizations:
            text = f"Optimization option {option} is deprecated, please use optimizations=[Optimize.DEFAULT] instead."
            warnings.warn(text, UserWarning, stacklevel=4)
    types = frozenset(dtypes.as_dtype(value).name for value in converter.target_spec.supported_types)
    input_type, output_type = _interface_types(converter)
    accumulation_type = getattr(converter.target_spec, "_experimental_supported_accumulation_type", None)
    bias_type = getattr(converter, "_experimental_full_integer_quantization_bias_type", None)
    calibration = converter.calibration
    if calibration not in CALIBRATIONS:
        raise ValueError(f"calibration is {calibration!r} but must be one of {', '.join(map(repr, CALIBRATIONS))}")
    optimize = bool(optimizations - {Optimize.EXPERIMENTAL_SPARSITY})
    has_dataset = converter.representative_dataset is not None or converter.observations is not None
    stated = None if optimize and has_dataset else stated_integers(converter)
    if stated is not None:
        input_type, output_type = (stated.dtype if name is None else name for name in _named_types(converter))
    request = QuantizationRequest(
        optimize=optimize,
        supported_ops=frozenset(supported_ops),
        supported_types=types,
        has_dataset=has_dataset,
        input_type=input_type,
        output_type=output_type,
        bias_type=None if bias_type is None else dtypes.as_dtype(bias_type).name,
        per_channel=not getattr(converter, "_experimental_disable_per_channel", False),
        per_channel_dense=not getattr(
            converter, "_experimental_disable_per_channel_quantization_for_dense_layers", False
        ),
        calibration=calibration,
        calibrate_only=bool(getattr(converter, "_experimental_calibrate_only", False)),
        accumulation_type=None if accumulation_type is None else dtypes.as_dtype(accumulation_type).name,
        sparse=Optimize.EXPERIMENTAL_SPARSITY in optimizations,
        stated=stated,
    )
    _check_request(request)
    if not converter.layer_precision:
        _warn_of_no_effect(request)
    _check_variables(converter, types)
    return request


def _named_types(converter: ConverterAttributes) -> list[str | None]:
    """The types of inputs and outputs that the user has set."""
    values = (converter.inference_input_type, converter.inference_output_type)
    return [None if value is None else dtypes.as_dtype(value).name for value in values]


def _interface_types(converter: ConverterAttributes) -> tuple[str, str]:
    fallback = dtypes.as_dtype(getattr(converter, "inference_type", None) or dtypes.float32).name
    input_type, output_type = _named_types(converter)
    return input_type or fallback, output_type or fallback


def _check_request(request: QuantizationRequest) -> None:
    if request.supported_ops == {_INT8} and request.supported_types - {"int8"}:
        raise ValueError(
            "As full integer quantization has been enabled by setting `target_spec.supported_ops`="
            "{tf.lite.OpsSet.TFLITE_BUILTINS_INT8}, thus `target_spec.supported_types` should be left uninitizalized "
            f"or set to {{tf.int8}}. It is {sorted(request.supported_types)}."
        )
    if request.requires_int8 and not request.has_dataset:
        raise ValueError(
            "For full integer quantization, a `representative_dataset` must be specified. "
            "Set converter.representative_dataset to about 100 typical inputs (arrays, or a function that yields them)."
        )
    if request.calibrate_only and not (request.optimize and request.has_dataset):
        raise ValueError(
            "_experimental_calibrate_only writes the float model with the ranges that calibration finds; "
            "set optimizations=[Optimize.DEFAULT] and representative_dataset, too"
        )


def _warn_of_no_effect(request: QuantizationRequest) -> None:
    if request.optimize or not (request.has_dataset or request.supported_types - {"float32"}):
        return
    what = "representative_dataset" if request.has_dataset else "target_spec.supported_types"
    found = "has nothing but EXPERIMENTAL_SPARSITY" if request.sparse else "is empty"
    text = (
        f"{what} has no effect: optimizations {found}, so the model stays float32, as in tf.lite. "
        "Set optimizations=[Optimize.DEFAULT] to quantize it."
    )
    warnings.warn(text, UserWarning, stacklevel=5)


def _check_variables(converter: ConverterAttributes, types: frozenset[str]) -> None:
    if not getattr(converter, "_experimental_variable_quantization", False):
        return
    if "float16" in types:
        raise ValueError(
            "`_experimental_variable_quantization` is only supported for full integer quantization; "
            "target_spec.supported_types contains float16"
        )
    raise ConverterError("_experimental_variable_quantization: this version keeps variables float32; leave it False")


_BIAS_TYPES = {"int8": ("Int8Quant", ("int32",)), "int16x8": ("Int16Quant", ("int32", "int64"))}
_INTERFACE_TYPES = {"int8": ("float32", "int8", "uint8"), "int16x8": ("float32", "int16")}


def checked_types(mode: str, input_type: str, output_type: str, bias_type: str | None) -> None:
    """Check the types of inputs, outputs and biases for a mode.

    Raises:
        ValueError: a type that the mode does not have.
    """
    _check_interface("inference_input_type", input_type, mode)
    _check_interface("inference_output_type", output_type, mode)
    if bias_type is None:
        return
    if mode not in _BIAS_TYPES:
        raise ValueError(
            "`full_integer_quantization_bias_type` is only supported for full integer quantization. "
            f"This model becomes {mode}."
        )
    label, allowed = _BIAS_TYPES[mode]
    if bias_type not in allowed:
        choices = " or ".join(f"`dtypes.{name}`" for name in allowed)
        raise ValueError(f"Expected bias type to be {choices} for {label}. Current setting bias type: {bias_type}")


def _check_interface(attribute: str, value: str, mode: str) -> None:
    allowed = _INTERFACE_TYPES.get(mode, ("float32",))
    if value in allowed:
        return
    if mode == "int8" and value == "int16":
        raise ValueError(
            f"Unsupported `{attribute}` value. Expected to be in ('tf.uint8', 'tf.int8'), instead got tf.int16. "
            "int16 comes with EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8."
        )
    if len(allowed) == 1:
        raise ValueError(
            "The inference_input_type and inference_output_type must be tf.float32. "
            f"{attribute} is tf.{value}: a {mode} model has no other type; int8 and uint8 take "
            "optimizations=[Optimize.DEFAULT] and a representative_dataset."
        )
    choices = [f"tf.{name}" for name in allowed]
    raise ValueError(
        f"The inference_input_type and inference_output_type must be in {choices}. {attribute} is tf.{value}, "
        f"and the model becomes {mode}."
    )
