"""Names, signatures and argument checks of ``tf.lite`` and ``tf.compat.v1.lite``."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litesmith as tf
from litesmith import dtypes, lite
from litesmith.compat.v1 import lite as v1
from litesmith.sources.array_names import array_names, input_shapes_by_name, shape_of

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits" / "digits_cnn.keras"
# Parameters of TensorFlow 2.21, in their order.
SIGNATURES = {
    "lite.TFLiteConverter": "funcs trackable_obj",
    "lite.TFLiteConverter.from_keras_model": "model",
    "lite.TFLiteConverter.from_saved_model": "saved_model_dir signature_keys tags",
    "lite.TFLiteConverter.from_concrete_functions": "funcs trackable_obj",
    "lite.TFLiteConverter.experimental_from_jax": "serving_funcs inputs",
    "v1.TFLiteConverter": "graph_def input_tensors output_tensors input_arrays_with_shape output_arrays "
    "experimental_debug_info_func",
    "v1.TFLiteConverter.from_session": "sess input_tensors output_tensors",
    "v1.TFLiteConverter.from_frozen_graph": "graph_def_file input_arrays output_arrays input_shapes",
    "v1.TFLiteConverter.from_saved_model": "saved_model_dir input_arrays input_shapes output_arrays tag_set "
    "signature_key",
    "v1.TFLiteConverter.from_keras_model_file": "model_file input_arrays input_shapes output_arrays custom_objects",
    "v1.TocoConverter.from_session": "sess input_tensors output_tensors",
    "v1.TocoConverter.from_frozen_graph": "graph_def_file input_arrays output_arrays input_shapes",
    "v1.TocoConverter.from_saved_model": "saved_model_dir input_arrays input_shapes output_arrays tag_set "
    "signature_key",
    "v1.TocoConverter.from_keras_model_file": "model_file input_arrays input_shapes output_arrays",
}


def called(path: str) -> Any:
    found: Any = {"lite": lite, "v1": v1}
    first, *rest = path.split(".")
    found = found[first]
    for name in rest:
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("path", SIGNATURES)
def test_parameters_are_tensorflows_in_its_order(path: str) -> None:
    assert list(inspect.signature(called(path)).parameters) == SIGNATURES[path].split()


def test_every_name_of_tensorflows_modules_is_there() -> None:
    both = "Interpreter OpsSet Optimize RepresentativeDataset TFLiteConverter TargetSpec experimental".split()
    old = "OpHint TocoConverter constants toco_convert".split()
    experimental = (
        "Analyzer OpResolverType QuantizationDebugOptions QuantizationDebugger authoring load_delegate".split()
    )
    assert set(both) <= set(lite.__all__)
    assert {*both, *old} <= set(v1.__all__)
    assert set(experimental) <= set(lite.experimental.__all__)
    assert {*experimental, "convert_op_hints_to_stubs"} <= set(v1.experimental.__all__)
    assert tf.compat.v1.lite is v1


def test_constants_are_those_of_tensorflow() -> None:
    types = {name: getattr(v1.constants, name) for name in v1.constants.__all__}
    assert (types.pop("TFLITE"), types.pop("GRAPHVIZ_DOT")) == (2, 3)
    names = "FLOAT FLOAT16 INT8 INT16 INT32 INT64 QUANTIZED_UINT8 STRING".split()
    wanted = "float32 float16 int8 int16 int32 int64 uint8 string".split()
    assert {name: types[name].name for name in types} == dict(zip(names, wanted, strict=True))
    assert np.uint8 == v1.constants.QUANTIZED_UINT8


def test_names_of_version_1_say_where_they_are() -> None:
    with pytest.raises(AttributeError, match=r"litesmith\.compat\.v1\.lite\.constants"):
        lite.constants  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute 'nothing'$"):
        lite.nothing  # noqa: B018


@pytest.mark.parametrize(
    "call",
    [v1.OpHint, v1.experimental.convert_op_hints_to_stubs, lite.experimental.authoring.compatible],
    ids=["OpHint", "convert_op_hints_to_stubs", "compatible"],
)
def test_what_needs_tensorflow_itself_says_what_to_do(call: Any) -> None:
    with pytest.raises(NotImplementedError, match="convert"):
        call(lambda: None)


def test_toco_makes_the_same_converter_and_says_that_it_is_deprecated() -> None:
    with pytest.warns(DeprecationWarning, match=r"TFLiteConverter\.from_keras_model_file"):
        converter = v1.TocoConverter.from_keras_model_file(DIGITS)
    assert type(converter) is v1.TFLiteConverter
    assert converter.get_input_arrays() == ["image"]


def test_virtual_attributes_of_version_1_warn_and_set_what_they_stand_for() -> None:
    converter = v1.TFLiteConverter.from_keras_model_file(DIGITS)
    with pytest.warns(UserWarning, match="post_training_quantize is deprecated"):
        converter.post_training_quantize = True
    assert converter.optimizations == [v1.Optimize.DEFAULT]
    with pytest.warns(UserWarning, match="target_ops is deprecated"):
        converter.target_ops = {v1.OpsSet.SELECT_TF_OPS}
    assert converter.target_spec.supported_ops == {v1.OpsSet.SELECT_TF_OPS}


@pytest.mark.parametrize("shapes", [{"image": [4, 8, 8, 1]}, [4, 8, 8, 1], (4, 8, 8, 1)])
def test_the_shape_of_the_only_input_may_come_alone(shapes: Any) -> None:
    converter = v1.TFLiteConverter.from_keras_model_file(DIGITS, input_shapes=shapes)
    details = lite.Interpreter(model_content=converter.convert()).get_input_details()[0]
    assert list(details["shape_signature"]) == [4, 8, 8, 1]


def test_array_names_lose_their_zero_and_one_may_come_alone() -> None:
    assert array_names(["a:0", "b:1", "^c"], "output_arrays") == ("a", "b:1", "c")
    assert array_names("input", "input_arrays") == ("input",)
    for wrong, error, said in (
        ([], ValueError, "input_arrays is empty"),
        (None, ValueError, "input_arrays is empty"),
        (["a", "a:0"], ValueError, "a more than once"),
        ([3], TypeError, "contains 3"),
    ):
        with pytest.raises(error, match=said):
            array_names(wrong, "input_arrays")  # type: ignore[arg-type]


def test_shapes_come_as_lists_or_as_tensorflow_has_them() -> None:
    class Dimension:
        value = None

    class Unknown:
        rank = None

    assert shape_of([1, None, Dimension(), np.int64(3), -1], "x") == (1, -1, -1, 3, -1)
    assert shape_of(None, "x") is None
    assert shape_of(Unknown(), "x") is None
    assert shape_of([], "x") == ()
    with pytest.raises(TypeError, match="the shape of 'x' is 'wide'"):
        shape_of("wide", "x")
    with pytest.raises(ValueError, match="at least 0"):
        shape_of([-2], "x")


def test_a_shape_for_something_else_than_an_input_names_the_inputs() -> None:
    said = "Invalid tensor 'imagse' found in tensor shapes map. The inputs are image, mask. Did you mean 'image'?"
    with pytest.raises(ValueError, match=re.escape(said)):
        input_shapes_by_name({"imagse": [1]}, ["image", "mask"])
    with pytest.raises(ValueError, match="one shape"):
        input_shapes_by_name([1, 2], ["image", "mask"])
    assert input_shapes_by_name({"image:0": [None, 2]}, ["image"]) == {"image": (-1, 2)}


def test_missing_files_have_tensorflows_errors(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"File '.*none\.pb' does not exist\."):
        v1.TFLiteConverter.from_frozen_graph(tmp_path / "none.pb", ["x"], ["y"])
    for call in (lite.TFLiteConverter.from_saved_model, v1.TFLiteConverter.from_saved_model):
        for folder in (tmp_path, tmp_path / "none"):
            with pytest.raises(OSError, match="SavedModel file does not exist at: "):
                call(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"node { name: }", "line 1"),
        (b"\x0a\x05\x0a\x01x", "cut off"),
        (b"\x00\x01\x02", "field 0"),
        (b"\x08\x01\x12\x00", "from_saved_model"),
        (b"\x22\x02\x08\x01", "no nodes"),
    ],
)
def test_files_that_are_no_graphs_cannot_be_parsed(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "graph.pb"
    path.write_bytes(content)
    with pytest.raises(OSError, match=rf"Unable to parse input file .*{said}"):
        v1.TFLiteConverter.from_frozen_graph(path, ["x"], ["y"]).convert()


def test_functions_are_checked_before_anything_is_converted() -> None:
    class Function:
        def get_concrete_function(self) -> None: ...

    from_concrete_functions = lite.TFLiteConverter.from_concrete_functions
    with pytest.raises(ValueError, match="call get_concrete_function"):
        from_concrete_functions([Function()], object())
    with pytest.raises(TypeError, match="not iterable"):
        from_concrete_functions(Function(), object())  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="no signature"):
        converter = from_concrete_functions([])
    with pytest.raises(ValueError, match=r"No ConcreteFunction is specified\."):
        converter.convert()


@pytest.mark.parametrize(
    ("functions", "inputs", "error", "said"),
    [
        ([], [[]], ValueError, r"No serving func is specified\."),
        ([print], [], ValueError, r"Input tensors are not specified\."),
        ([print, print], [[1]], ValueError, "Input tensor mapping len 1 does not match serving func len 2"),
        ([print], [[1]], NotImplementedError, "jax2tf"),
    ],
)
def test_jax_functions_are_refused_with_the_way_out(
    functions: Any, inputs: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        lite.TFLiteConverter.experimental_from_jax(functions, inputs)


def test_a_graph_without_tensors_or_arrays_is_refused() -> None:
    with pytest.raises(ValueError, match="If input_tensors and output_tensors are None, both"):
        v1.TFLiteConverter(object())
    with pytest.raises(TypeError, match="input_tensors contains 'x'"):
        v1.TFLiteConverter.from_session(object(), ["x"], ["y"])


def test_a_converter_shows_its_source(tmp_path: Path) -> None:
    path = tmp_path / "g.pb"
    path.write_bytes(b"x")
    converter = v1.TFLiteConverter.from_frozen_graph(path, ["a:0"], ["b"], [1, None])
    assert f"{path} from a to b" in repr(converter)
    assert converter.get_input_arrays() == ["a"]
    assert converter.inference_type == dtypes.float32
