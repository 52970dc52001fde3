"""Which mode the attributes of a converter ask for, and what they may not ask for."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith import dtypes, lite
from litesmith.conversion_request import freeze
from litesmith.converter import TFLiteConverterV1
from litesmith.errors import ConverterError
from litesmith.options import OpsSet, Optimize, TargetSpec
from litesmith.quantization.policy import QuantizationPolicy

BUILTINS, SELECT, INT8 = OpsSet.TFLITE_BUILTINS, OpsSet.SELECT_TF_OPS, OpsSet.TFLITE_BUILTINS_INT8
INT16X8 = OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
OPT = (Optimize.DEFAULT,)
SAMPLES = np.zeros((2, 3), np.float32)


def converter(
    optimizations: Any = (),
    *,
    dataset: Any = None,
    ops: Any = (BUILTINS,),
    types: Any = (),
    accumulation: Any = None,
    **attributes: Any,
) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter()
    made.optimizations = list(optimizations)
    made.representative_dataset = dataset
    made.target_spec = TargetSpec(supported_ops=list(ops), supported_types=list(types))
    made.target_spec._experimental_supported_accumulation_type = accumulation
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def policy(made: Any, *, quantization_aware: bool = False) -> QuantizationPolicy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return freeze(made).quantization.policy(quantization_aware=quantization_aware)


# optimizations, data set, operator sets, types, trained with FAKE_QUANT -> mode, float allowed
ROWS: list[tuple[Any, Any, Any, Any, bool, str, bool]] = [
    ((), None, (BUILTINS,), (), False, "float32", True),
    ((), SAMPLES, (BUILTINS,), (), False, "float32", True),
    ((), SAMPLES, (INT8,), (), False, "float32", False),
    ((), SAMPLES, (BUILTINS,), ("int8",), False, "float32", False),
    ((), None, (BUILTINS,), (), True, "float32", True),
    (OPT, None, (BUILTINS,), (), False, "dynamic_range", True),
    (OPT, None, (INT16X8,), (), False, "dynamic_range", False),
    (OPT, None, (BUILTINS,), ("int8", "float16"), False, "dynamic_range", True),
    ((Optimize.OPTIMIZE_FOR_SIZE,), None, (BUILTINS,), (), False, "dynamic_range", True),
    ((Optimize.OPTIMIZE_FOR_LATENCY,), SAMPLES, (BUILTINS,), (), False, "int8", True),
    (OPT, SAMPLES, (BUILTINS,), (), False, "int8", True),
    (OPT, SAMPLES, (SELECT,), (), False, "int8", True),
    (OPT, SAMPLES, (BUILTINS, INT8), (), False, "int8", True),
    (OPT, SAMPLES, (BUILTINS,), ("float16", "int8"), False, "int8", True),
    (OPT, SAMPLES, (INT8,), (), False, "int8", False),
    (OPT, SAMPLES, (INT8,), ("int8",), False, "int8", False),
    (OPT, SAMPLES, (BUILTINS,), ("int8",), False, "int8", False),
    (OPT, SAMPLES, (INT16X8,), (), False, "int16x8", False),
    (OPT, SAMPLES, (INT16X8,), ("float16",), False, "int16x8", False),
    (OPT, SAMPLES, (INT16X8, BUILTINS), (), False, "int16x8", True),
    (OPT, SAMPLES, (INT16X8, SELECT), (), False, "int16x8", True),
    (OPT, None, (BUILTINS,), ("float16",), False, "float16", True),
    (OPT, SAMPLES, (BUILTINS,), ("float16",), False, "float16", True),
    (OPT, None, (INT16X8,), ("float16",), False, "float16", False),
    (OPT, None, (BUILTINS,), ("bfloat16",), False, "float32", True),
    (OPT, None, (BUILTINS,), ("float32",), False, "float32", True),
    (OPT, None, (BUILTINS,), (), True, "int8", True),
    (OPT, None, (INT16X8,), (), True, "int16x8", False),
    (OPT, SAMPLES, (BUILTINS,), (), True, "int8", True),
]


@pytest.mark.parametrize(("optimizations", "dataset", "ops", "types", "aware", "mode", "allow_float"), ROWS)
def test_every_row_of_the_table_of_modes(
    optimizations: Any, dataset: Any, ops: Any, types: Any, aware: bool, mode: str, allow_float: bool
) -> None:
    got = policy(converter(optimizations, dataset=dataset, ops=ops, types=types), quantization_aware=aware)
    assert (got.mode, got.allow_float) == (mode, allow_float)


PRECISIONS: list[tuple[Any, Any, Any, Any, bool, str]] = [
    (OPT, None, ("bfloat16",), None, True, "float32"),
    (OPT, SAMPLES, ("bfloat16",), "float16", True, "float16"),
    (OPT, None, ("bfloat16",), "bfloat16", True, "float32"),
    ((), None, ("bfloat16",), None, False, "float32"),
    (OPT, None, ("float16",), "float16", False, "float16"),
    (OPT, None, ("float16",), "int8", False, "float32"),
    (OPT, None, ("float16", "bfloat16"), None, True, "float32"),
    (OPT, SAMPLES, ("bfloat16", "int8"), None, False, "float32"),
]


@pytest.mark.parametrize(("optimizations", "dataset", "types", "accumulation", "bfloat16", "sums"), PRECISIONS)
def test_reduced_precision_is_allowed_where_types_of_two_bytes_are_the_smallest(
    optimizations: Any, dataset: Any, types: Any, accumulation: Any, bfloat16: bool, sums: str
) -> None:
    got = policy(converter(optimizations, dataset=dataset, types=types, accumulation=accumulation))
    assert (got.bfloat16, got.accumulation_type) == (bfloat16, sums)


@pytest.mark.parametrize(("others", "mode"), [((), "float32"), (OPT, "dynamic_range")])
def test_sparsity_alone_quantizes_nothing(others: Any, mode: str) -> None:
    got = policy(converter((*others, Optimize.EXPERIMENTAL_SPARSITY)))
    assert (got.mode, got.sparse) == (mode, True)
    assert not policy(converter(others)).sparse


@pytest.mark.parametrize("dtype", [dtypes.int8, np.int8, np.dtype("int8"), "int8"])
def test_element_types_come_in_every_spelling(dtype: Any) -> None:
    made = converter(OPT, dataset=SAMPLES, types=[dtype], inference_input_type=dtype)
    assert policy(made).input_type == "int8"
    assert not policy(made).allow_float


def test_inputs_and_outputs_stay_float_unless_asked_for() -> None:
    got = policy(converter(OPT, dataset=SAMPLES, ops=(INT8,)))
    assert (got.input_type, got.output_type, got.bias_type) == ("float32", "float32", "int32")
    assert policy(converter(OPT, dataset=SAMPLES, ops=(INT16X8,))).bias_type == "int64"


@pytest.mark.parametrize(
    ("ops", "input_type", "output_type"),
    [((BUILTINS,), "int8", "uint8"), ((INT8,), "uint8", "float32"), ((INT16X8,), "int16", "float32")],
)
def test_the_integer_types_that_each_mode_has(ops: Any, input_type: str, output_type: str) -> None:
    made = converter(OPT, dataset=SAMPLES, ops=ops, inference_input_type=input_type, inference_output_type=output_type)
    assert (policy(made).input_type, policy(made).output_type) == (input_type, output_type)


MUST_BE_FLOAT = "The inference_input_type and inference_output_type must be tf.float32."
FULL_INTEGER = "For full integer quantization, a `representative_dataset` must be specified."
UNSUPPORTED = (
    "Unsupported `inference_input_type` value. Expected to be in ('tf.uint8', 'tf.int8'), instead got tf.int16."
)
ERRORS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"ops": (INT8,)}, ValueError, FULL_INTEGER),
    ({"optimizations": OPT, "ops": (INT8,)}, ValueError, FULL_INTEGER),
    ({"optimizations": OPT, "ops": (BUILTINS, INT8)}, ValueError, FULL_INTEGER),
    ({"optimizations": OPT, "types": ("int8",)}, ValueError, FULL_INTEGER),
    (
        {"optimizations": OPT, "ops": (INT8,), "types": ("float16",), "dataset": SAMPLES},
        ValueError,
        (
            "As full integer quantization has been enabled by setting `target_spec.supported_ops`="
            "{tf.lite.OpsSet.TFLITE_BUILTINS_INT8}, thus `target_spec.supported_types` should be left "
            "uninitizalized or set to {tf.int8}."
        ),
    ),
    (
        {"optimizations": OPT, "types": ("float16",), "_experimental_variable_quantization": True},
        ValueError,
        "`_experimental_variable_quantization` is only supported for full",
    ),
    ({"inference_input_type": "int8"}, ValueError, MUST_BE_FLOAT),
    ({"optimizations": OPT, "inference_output_type": "int8"}, ValueError, MUST_BE_FLOAT),
    ({"optimizations": OPT, "types": ("float16",), "inference_input_type": "uint8"}, ValueError, MUST_BE_FLOAT),
    ({"dataset": SAMPLES, "ops": (INT8,), "inference_input_type": "int8"}, ValueError, MUST_BE_FLOAT),
    ({"optimizations": OPT, "dataset": SAMPLES, "inference_input_type": "int16"}, ValueError, UNSUPPORTED),
    (
        {"optimizations": OPT, "dataset": SAMPLES, "ops": (INT16X8,), "inference_input_type": "int8"},
        ValueError,
        "The inference_input_type and inference_output_type must be in ['tf.float32', 'tf.int16'].",
    ),
    (
        {"optimizations": OPT, "dataset": SAMPLES, "_experimental_full_integer_quantization_bias_type": "int16"},
        ValueError,
        "Expected bias type to be `dtypes.int32` for Int8Quant.",
    ),
    (
        {"_experimental_full_integer_quantization_bias_type": "int32"},
        ValueError,
        "`full_integer_quantization_bias_type` is only supported for full integer quantization.",
    ),
    (
        {"ops": (BUILTINS, OpsSet.EXPERIMENTAL_STABLEHLO_OPS)},
        ValueError,
        "StableHLO Ops set can not be specified with other Ops set together",
    ),
    ({"_experimental_qdq_conversion_mode": "LATER"}, ConverterError, "Unknown QDQ conversion mode:"),
    (
        {"optimizations": OPT, "types": ("float16",), "accumulation": "bfloat16"},
        ValueError,
        "_experimental_supported_accumulation_type is tf.bfloat16",
    ),
    (
        {"optimizations": OPT, "calibration": "kl"},
        ValueError,
        "'min_max', 'exact_min_max', 'moving_average',",
    ),
    ({"_experimental_calibrate_only": True}, ValueError, "representative_dataset"),
]


@pytest.mark.parametrize(("attributes", "kind", "text"), ERRORS)
def test_every_row_of_the_table_of_errors(attributes: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        policy(converter(**attributes))
    assert text in str(caught.value)


@pytest.mark.parametrize("value", [["DEFAULT"], ["OPTIMIZE_FOR_SIZE"]])
def test_optimizations_are_members_of_the_enumeration(value: Any) -> None:
    with pytest.raises(ValueError, match=r"Optimize\.DEFAULT"):
        policy(converter(value))


def test_optimizations_of_none_are_a_type_error() -> None:
    made = converter()
    made.optimizations = None
    with pytest.raises(TypeError, match="optimizations is None"):
        policy(made)


@pytest.mark.parametrize("option", [Optimize.OPTIMIZE_FOR_SIZE, Optimize.OPTIMIZE_FOR_LATENCY])
def test_deprecated_options_say_what_replaces_them(option: Optimize) -> None:
    with pytest.warns(UserWarning, match=r"please use optimizations=\[Optimize\.DEFAULT\] instead\."):
        freeze(converter([option]))


def test_a_data_set_that_has_no_effect_is_not_silent() -> None:
    with pytest.warns(UserWarning, match="representative_dataset has no effect: optimizations is empty"):
        freeze(converter(dataset=SAMPLES))
    with pytest.warns(UserWarning, match="optimizations has nothing but EXPERIMENTAL_SPARSITY"):
        freeze(converter((Optimize.EXPERIMENTAL_SPARSITY,), dataset=SAMPLES))


def test_the_old_switches_of_v1_set_what_replaces_them() -> None:
    made = TFLiteConverterV1()
    with pytest.warns(UserWarning, match=r"post_training_quantize is deprecated.*optimizations=\[Optimize\.DEFAULT\]"):
        made.post_training_quantize = True
    assert made.optimizations == [Optimize.DEFAULT]
    with pytest.warns(UserWarning, match="post_training_quantize"):
        made.post_training_quantize = False
    assert made.optimizations == []
    with pytest.warns(UserWarning, match=r"target_ops is deprecated.*target_spec\.supported_ops"):
        made.target_ops = {BUILTINS, SELECT}
    assert made.target_spec.supported_ops == {BUILTINS, SELECT}


def test_warnings_point_at_the_line_of_the_user() -> None:
    def line_of_warning(action: Any) -> str:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            action()
        assert len(caught) == 1, [str(one.message) for one in caught]
        return caught[0].filename

    keras = str(Path(__file__).parents[3] / "examples" / "digits" / "digits_cnn.keras")
    made = lite.TFLiteConverter.from_keras_model(keras)
    made.optimizations = [Optimize.OPTIMIZE_FOR_SIZE]
    old = TFLiteConverterV1()
    assert line_of_warning(made.convert) == __file__
    made.optimizations = []
    made.representative_dataset = SAMPLES
    assert line_of_warning(made.convert) == __file__
    assert line_of_warning(lambda: old.target_ops) == __file__
    assert line_of_warning(lambda: setattr(old, "target_ops", {BUILTINS})) == __file__
    assert line_of_warning(lambda: old.post_training_quantize) == __file__


def test_v1_quantized_types_need_statistics_or_a_data_set() -> None:
    made = TFLiteConverterV1()
    made.inference_type = dtypes.uint8
    with pytest.raises(ValueError, match="The `quantized_input_stats` flag must be defined when either"):
        freeze(made)
    made.inference_type = dtypes.float32
    made.optimizations = list(OPT)
    made.representative_dataset = SAMPLES
    made.inference_input_type = dtypes.uint8
    assert policy(made).input_type == "uint8"
    assert policy(made).output_type == "float32"
