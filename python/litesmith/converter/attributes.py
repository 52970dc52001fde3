"""The attributes of tf.lite's converters, with their defaults; a misspelt one is an error."""

from __future__ import annotations

import difflib
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

from litesmith import dtypes
from litesmith.options import Optimize, TargetSpec

if TYPE_CHECKING:
    from litesmith.quantization.observations import Observations

__all__ = ["ConverterAttributes", "ConverterAttributesV1", "ConverterAttributesV2"]

_SHARED: dict[str, Any] = {
    "representative_dataset": None,
    "observations": None,
    "calibration": "min_max",
    "lint_calibration": True,
    "layer_precision": None,
    "bias_correction": False,
    "equalize": False,
    "max_accuracy_drop": None,
    "evaluate": None,
    "allow_custom_ops": False,
    "exclude_conversion_metadata": False,
    "experimental_new_converter": True,
    "experimental_new_quantizer": True,
    "experimental_new_dynamic_range_quantizer": True,
    "experimental_enable_resource_variables": True,
    "experimental_use_stablehlo_quantizer": False,
    "experimental_stablehlo_quantizer_config": None,
    "unfold_batchmatmul": False,
    "legalize_custom_tensor_list_ops": False,
    "canonicalizing_inf_as_min_max_float": True,
    "model_origin_framework": "UNSET",
    "serialize_debug_metadata": False,
    "ir_dump_dir": None,
    "ir_dump_pass_regex": None,
    "ir_dump_func_regex": None,
    "enable_timing": None,
    "print_ir_before": None,
    "print_ir_after": None,
    "print_ir_module_scope": None,
    "elide_elementsattrs_if_larger": None,
    "saved_model_dir": None,
    "_experimental_disable_per_channel": False,
    "_experimental_disable_per_channel_quantization_for_dense_layers": False,
    "_experimental_default_to_single_batch_in_tensor_list_ops": False,
    "_experimental_lower_tensor_list_ops": True,
    "_experimental_calibrate_only": False,
    "_experimental_variable_quantization": False,
    "_experimental_full_integer_quantization_bias_type": None,
    "_experimental_low_bit_qat": False,
    "_experimental_qdq_conversion_mode": None,
    "_experimental_strict_qdq": False,
    "_experimental_use_buffer_offset": False,
    "_experimental_unfold_large_splat_constant": False,
    "_experimental_preserve_assert_op": False,
    "_experimental_allow_all_select_tf_ops": False,
    "_experimental_reduce_type_precision": False,
    "_experimental_disable_fuse_mul_and_fc": False,
    "_debug_info": None,
}


class ConverterAttributes:
    """Plain attributes that are checked when the conversion starts."""

    _DEFAULTS: ClassVar[dict[str, Any]] = {}
    api_version: ClassVar[int] = 2
    optimizations: Any
    target_spec: TargetSpec
    representative_dataset: Any
    observations: Observations | None
    calibration: str
    lint_calibration: bool
    layer_precision: Any
    bias_correction: bool
    equalize: bool
    max_accuracy_drop: float | None
    evaluate: Any
    allow_custom_ops: bool
    exclude_conversion_metadata: bool
    inference_input_type: Any
    inference_output_type: Any

    def __init__(self) -> None:
        object.__setattr__(self, "optimizations", set())
        object.__setattr__(self, "target_spec", TargetSpec())
        for name, value in {**_SHARED, **self._DEFAULTS}.items():
            object.__setattr__(self, name, value.copy() if isinstance(value, dict) else value)

    @classmethod
    def default(cls, name: str) -> Any:
        """The value that the attribute has in a new converter; None for attributes that this class lacks."""
        return {**_SHARED, **cls._DEFAULTS}.get(name)

    @classmethod
    def _is_default(cls, name: str, value: Any) -> bool:
        default = cls.default(name)
        return value is default or (not hasattr(value, "shape") and bool(value in (default, set())))

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a known attribute.

        Raises:
            AttributeError: there is no such attribute; suggests the closest name.
        """
        if name not in self.__dict__ and not isinstance(getattr(type(self), name, None), property):
            close = difflib.get_close_matches(name, list(self.__dict__), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise AttributeError(f"{type(self).__name__} has no attribute '{name}'{hint}")
        object.__setattr__(self, name, value)


class ConverterAttributesV2(ConverterAttributes):
    """What tf.lite's converter of TensorFlow 2 has beside the shared attributes."""

    _DEFAULTS: ClassVar[dict[str, Any]] = {
        "inference_input_type": dtypes.float32,
        "inference_output_type": dtypes.float32,
        "experimental_lower_to_saved_model": True,
    }


class ConverterAttributesV1(ConverterAttributes):
    """What tf.compat.v1.lite's converter has beside the shared attributes."""

    api_version = 1
    _DEFAULTS: ClassVar[dict[str, Any]] = {
        "inference_type": dtypes.float32,
        "inference_input_type": None,
        "inference_output_type": None,
        "quantized_input_stats": {},
        "default_ranges_stats": None,
        "output_format": 2,
        "drop_control_dependency": True,
        "reorder_across_fake_quant": False,
        "change_concat_input_ranges": False,
        "dump_graphviz_dir": None,
        "dump_graphviz_video": False,
        "conversion_summary_dir": None,
    }

    @property
    def post_training_quantize(self) -> bool:
        """Deprecated spelling of ``optimizations=[Optimize.DEFAULT]``."""
        _warn_deprecated("post_training_quantize", "optimizations=[Optimize.DEFAULT]", frames=1)
        return Optimize.DEFAULT in set(self.optimizations)

    @post_training_quantize.setter
    def post_training_quantize(self, value: bool) -> None:
        _warn_deprecated("post_training_quantize", "optimizations=[Optimize.DEFAULT]")
        self.optimizations = [Optimize.DEFAULT] if value else []

    @property
    def target_ops(self) -> Any:
        """Deprecated spelling of ``target_spec.supported_ops``."""
        _warn_deprecated("target_ops", "target_spec.supported_ops", frames=1)
        return self.target_spec.supported_ops

    @target_ops.setter
    def target_ops(self, value: Any) -> None:
        _warn_deprecated("target_ops", "target_spec.supported_ops")
        self.target_spec.supported_ops = value


def _warn_deprecated(name: str, instead: str, frames: int = 2) -> None:
    """Warns at the line that is so many frames above the caller."""
    text = f"Property {name} is deprecated, please use {instead} instead."
    warnings.warn(text, UserWarning, stacklevel=frames + 2)
