"""The class ``Calibrator`` of TensorFlow's quantization tools."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from litesmith import dtypes
from litesmith.quantization.float_files import open_float_model
from litesmith.quantization.layer_precision import checked_precision, layer_modes
from litesmith.quantization.modes import checked_types
from litesmith.quantization.policy import QuantizationPolicy
from litesmith.quantization.quantized_file import find_ranges, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litesmith import _core

__all__ = ["Calibrator"]


class Calibrator:
    """Calibrates and quantizes a float model.

    Example::

        quantized = Calibrator(open("float.tflite", "rb").read()).calibrate_and_quantize(
            samples, lite.int8, lite.int8, allow_float=False
        )
    """

    def __init__(
        self,
        model_content: bytes,
        custom_op_registerers_by_name: list[str] | None = None,
        custom_op_registerers_by_func: list[Any] | None = None,
        *,
        lint: bool = True,
    ) -> None:
        """Take a float model.

        Args:
            model_content: the bytes of a float ``.tflite`` file.
            custom_op_registerers_by_name: must be empty: custom operators are not run.
            custom_op_registerers_by_func: must be empty.
            lint: look at the samples for common mistakes, which are said as ``CalibrationWarning``.

        Raises:
            ValueError: no content, a damaged file, a quantized one, or registerers.
        """
        if not model_content:
            raise ValueError("`model_content` must be specified.")
        for name in [*(custom_op_registerers_by_name or ()), *(custom_op_registerers_by_func or ())]:
            raise ValueError(f"Looking up symbol '{name}' failed: custom operators are not run during calibration")
        self._content = model_content
        self._lint = lint
        self._open()

    def _open(self) -> _core.Conversion:
        try:
            return open_float_model(self._content, conversion_metadata=False)
        except ValueError as error:
            raise ValueError(f"Failed to parse the model: {error}.") from error

    def calibrate(self, dataset_gen: Any) -> bytes:
        """The float model with the ranges of its tensors recorded.

        Args:
            dataset_gen: calibration data: a function that yields samples, or any other form.

        Raises:
            ValueError, RuntimeError, TypeError: a sample that the model does not take, or none; names the sample.
        """
        conversion = self._open()
        policy = QuantizationPolicy(mode="int8")
        ranges = find_ranges(conversion, policy, data=dataset_gen, lint=self._lint)
        return write(conversion, policy, ranges, calibrate_only=True)

    def calibrate_and_quantize(
        self,
        dataset_gen: Any,
        input_type: Any,
        output_type: Any,
        allow_float: bool,
        activations_type: Any = dtypes.int8,
        bias_type: Any = dtypes.int32,
        resize_input: bool = True,
        disable_per_channel: bool = False,
        disable_per_channel_quantization_for_dense_layers: bool = False,
        *,
        layer_precision: Mapping[str, str] | None = None,
    ) -> bytes:
        """The quantized model.

        Args:
            dataset_gen: calibration data: a function that yields samples, or any other form.
            input_type: element type of the model's inputs.
            output_type: element type of the model's outputs.
            allow_float: operators without an integer form stay float32.
            activations_type: int8 or int16.
            bias_type: int32, or int64 with int16 activations.
            resize_input: must be True: samples decide the size of open dimensions.
            disable_per_channel: one scale for all channels of a weight.
            disable_per_channel_quantization_for_dense_layers: the same for dense layers alone.
            layer_precision: modes of single layers by path, glob or operator; the first that matches decides.

        Raises:
            ValueError, RuntimeError, TypeError: types that do not fit together, or a bad sample.
            ConverterError: a layer has no form in this mode.
        """
        _require_resizing(resize_input)
        policy = _policy(activations_type, input_type, output_type, bias_type, allow_float)
        policy = replace(
            policy.with_layers(layer_modes(checked_precision(layer_precision), self._open(), {})),
            per_channel=not disable_per_channel,
            per_channel_dense=not disable_per_channel_quantization_for_dense_layers,
        )
        return self._quantized(dataset_gen, policy)

    def calibrate_and_quantize_single(
        self,
        dataset_gen: Any,
        input_type: Any,
        output_type: Any,
        allow_float: bool,
        op_output_name: str,
        resize_input: bool = True,
    ) -> bytes:
        """The model with one layer in int8, all others in float32.

        Args:
            dataset_gen: calibration data: a function that yields samples, or any other form.
            input_type: element type of the model's inputs.
            output_type: element type of the model's outputs.
            allow_float: accepted; the other layers are float32 in any case.
            op_output_name: name of a tensor; the layer that computes it is quantized.
            resize_input: must be True: samples decide the size of open dimensions.

        Raises:
            ValueError, RuntimeError, TypeError: no such tensor, types that do not fit together, or a bad sample.
            ConverterError: the layer has no form in int8.
        """
        _require_resizing(resize_input)
        policy = _policy(dtypes.int8, input_type, output_type, dtypes.int32, allow_float)
        layer = self._open().layer_of(op_output_name)
        return self._quantized(dataset_gen, replace(policy, mode="float32", layers={layer: "int8"}))

    def _quantized(self, dataset_gen: Any, policy: QuantizationPolicy) -> bytes:
        conversion = self._open()
        ranges = find_ranges(conversion, policy, data=dataset_gen, lint=self._lint)
        return write(conversion, policy, ranges)


def _require_resizing(resize_input: bool) -> None:
    if not resize_input:
        raise ValueError("resize_input=False is not supported: open dimensions take the size of the samples")


def _policy(
    activations_type: Any, input_type: Any, output_type: Any, bias_type: Any, allow_float: bool
) -> QuantizationPolicy:
    activations = dtypes.as_dtype(activations_type).name
    modes = {"int8": "int8", "int16": "int16x8"}
    if activations not in modes:
        raise ValueError(f"activations_type is tf.{activations} but must be tf.int8 or tf.int16")
    inputs, outputs = dtypes.as_dtype(input_type).name, dtypes.as_dtype(output_type).name
    bias = dtypes.as_dtype(bias_type).name
    checked_types(modes[activations], inputs, outputs, bias)
    return QuantizationPolicy(
        mode=modes[activations], allow_float=allow_float, input_type=inputs, output_type=outputs, bias_type=bias
    )
