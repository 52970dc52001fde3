"""All flags of ``tflite_convert``: rules between them, exit codes, and what they set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from litesmith import dtypes, lite
from litesmith.cli import tflite_convert, tflite_convert_v1
from litesmith.converter import TFLiteConverterV1

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits" / "digits_cnn.keras"
GRAPH = ["--graph_def_file=g.pb", "--input_arrays=a,b", "--output_arrays=y", "--output_file=o"]
KERAS = ["--keras_model_file=model.keras", "--output_file=o.tflite"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(DIGITS, tmp_path / "model.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*flags: str) -> int:
    """The exit code of the old converter's command line, however it ends."""
    try:
        return tflite_convert.main(["--enable_v1_converter", *flags])
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ["--graph_def_file=g.pb", "--output_file=o"],
            "--input_arrays and --output_arrays are required with --graph_def_file",
        ),
        ([*GRAPH, "--input_shapes=1,2"], "--input_shapes and --input_arrays must have the same number of items"),
        ([*KERAS, "--input_shapes=1,2"], "--input_shapes must be used with --input_arrays"),
        ([*GRAPH, "--mean_values=128"], "--std_dev_values and --mean_values must be used together"),
        ([*GRAPH, "--mean_values=1", "--std_dev_values=1,2"], "must have the same number of items"),
        ([*GRAPH, "--default_ranges_min=0"], "--default_ranges_min and --default_ranges_max must be used together"),
        ([*GRAPH, "--dump_graphviz_video"], "--dump_graphviz_video must be used with --dump_graphviz_dir"),
        ([*GRAPH, "--custom_opdefs=name: 'X'"], "--custom_opdefs must be used with --allow_custom_ops"),
        ([*GRAPH, "--experimental_select_user_tf_ops=X"], "must be used with SELECT_TF_OPS"),
        ([*GRAPH, "--std_values=127"], "Use --std_dev_values instead of --std_values"),
        (["--input_file=g.pb", "--output_file=o"], "Use --graph_def_file instead of --input_file"),
        ([*GRAPH, "--batch_size=1"], "Use --input_shapes instead of --batch_size"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_flags_that_do_not_fit_together_end_with_1_usage_and_tensorflows_text(
    capsys: pytest.CaptureFixture[str], flags: list[str], said: str
) -> None:
    assert run(*flags) == 1
    error = capsys.readouterr().err
    assert error.startswith("usage: tflite_convert")
    assert "tflite_convert: error: " in error
    assert said in error
    assert not Path("o").exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--output_file=o"], "one of the arguments --graph_def_file --saved_model_dir --keras_model_file is required"),
        ([*GRAPH, "--saved_model_dir=x"], "not allowed with argument"),
        ([*GRAPH, "--inference_type=INT4"], "FLOAT, INT8, UINT8, QUANTIZED_UINT8"),
        ([*GRAPH, "--input_shapes=1,x"], "1,28,28,1"),
        ([*GRAPH, "--output_format=PNG"], "GRAPHVIZ_DOT"),
        ([*GRAPH, "--speed"], "--speed"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_arguments_end_with_2(capsys: pytest.CaptureFixture[str], flags: list[str], said: str) -> None:
    assert run(*flags) == 2
    assert said in capsys.readouterr().err


def converter_of(*flags: str) -> TFLiteConverterV1:
    """The converter that the flags lead to, before it converts."""
    parser = tflite_convert_v1.make_parser()
    arguments = parser.parse_args([*KERAS, *flags])
    tflite_convert_v1.check(parser, arguments)
    return tflite_convert_v1.make_converter(arguments)


@pytest.mark.usefixtures("folder")
def test_flags_set_the_attributes_that_they_name(capsys: pytest.CaptureFixture[str]) -> None:
    quantized = converter_of(
        "--inference_type=quantized_uint8",
        "--inference_input_type=INT8",
        "--mean_values=128",
        "--std_dev_values=127.5",
        "--default_ranges_min=-1",
        "--default_ranges_max=6",
        "--change_concat_input_ranges=TRUE",
        "--allow_custom_ops",
        "--target_ops=TFLITE_BUILTINS,SELECT_TF_OPS",
    )
    assert (quantized.inference_type, quantized.inference_input_type) == (dtypes.uint8, dtypes.int8)
    assert quantized.quantized_input_stats == {"image": (128.0, 127.5)}
    assert quantized.default_ranges_stats == (-1.0, 6.0)
    assert quantized.change_concat_input_ranges is True
    assert quantized.allow_custom_ops is True
    assert {str(one) for one in quantized.target_spec.supported_ops} == {"TFLITE_BUILTINS", "SELECT_TF_OPS"}
    weights = converter_of("--quantize_weights", "--quantize_to_float16", "--inference_type=QUANTIZED_UINT8")
    assert weights.inference_type == dtypes.float32
    assert list(weights.target_spec.supported_types) == [dtypes.float16]
    assert "inference_type is FLOAT" in capsys.readouterr().err
    plain = converter_of()
    assert plain.quantized_input_stats == {}
    assert plain.optimizations == set()


@pytest.mark.usefixtures("folder")
def test_files_that_the_flags_ask_for_are_written() -> None:
    assert run(*KERAS, "--input_arrays=image", "--input_shapes=3,8,8,1", "--output_arrays=digit") == 0
    details = lite.Interpreter(model_path="o.tflite").get_input_details()[0]
    assert list(details["shape"]) == [3, 8, 8, 1]
    drawn = ["--output_format=graphviz_dot", "--dump_graphviz_dir=dumps", "--conversion_summary_dir=summary"]
    assert run(*KERAS, *drawn, "--dump_graphviz_video", "--drop_control_dependency") == 0
    assert Path("o.tflite").read_text("utf-8").startswith("digraph")
    assert len(list(Path("dumps").iterdir())) == 2
    assert Path("summary/toco_conversion_summary.html").is_file()


@pytest.mark.usefixtures("folder")
def test_faults_of_files_and_values_end_with_1_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for flags, said in (
        (GRAPH, "File 'g.pb' does not exist."),
        ([*KERAS, "--mean_values=1,2", "--std_dev_values=1,2"], "--mean_values has 2 numbers and the model 1 inputs"),
        ([*KERAS, "--target_ops=ALL"], "--target_ops has no ALL"),
        (["--saved_model_dir=none", "--output_file=o"], "SavedModel file does not exist at: none/"),
    ):
        assert run(*flags) == 1
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert said in error


@pytest.mark.usefixtures("folder")
def test_toco_is_the_same_command_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert tflite_convert.toco(KERAS) == 0
    assert "deprecated" in capsys.readouterr().err
    assert Path("o.tflite").stat().st_size > 1000


_GRAPH = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
  attr { key: "shape" value { shape { dim { size: -1 } dim { size: 3 } } } } }
node { name: "w" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value {
  tensor { dtype: DT_FLOAT tensor_shape { dim { size: 3 } dim { size: 2 } }
    float_val: 1 float_val: -2 float_val: 3 float_val: 0.5 float_val: 0 float_val: -1 } } } }
node { name: "sums" op: "MatMul" input: "x" input: "w" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "odd" op: "MyOddOp" input: "sums" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "y" op: "Softmax" input: "sums" attr { key: "T" value { type: DT_FLOAT } } }
"""


@pytest.mark.usefixtures("folder")
def test_graphs_as_text_and_in_wire_format_convert() -> None:
    pytest.importorskip("google.protobuf", reason="text needs the package protobuf, extra 'text'")
    from litesmith.sources.graph_file import parse_message

    Path("g.pbtxt").write_text(_GRAPH)
    Path("g.pb").write_bytes(parse_message(_GRAPH.encode(), "g.pbtxt").SerializeToString())
    arrays = ["--input_arrays=x", "--output_arrays=y", "--output_file=o.tflite"]
    x = np.array([[1, 2, 3], [0.5, -1, 0]], np.float32)
    sums = x @ np.array([[1, -2], [3, 0.5], [0, -1]], np.float32)
    want = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    contents = []
    for name in ("g.pb", "g.pbtxt"):
        assert run(f"--graph_def_file={name}", *arrays, "--input_shapes=2,3") == 0
        interpreter = lite.Interpreter(model_path="o.tflite")
        interpreter.allocate_tensors()
        assert [one["name"] for one in interpreter.get_input_details()] == ["x"]
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        result = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        assert np.abs(result - want).max() < 1e-6  # probabilities; exp of float32
        contents.append(Path("o.tflite").read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.usefixtures("folder")
def test_operators_that_nobody_knows_are_refused_or_kept(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("google.protobuf", reason="text needs the package protobuf, extra 'text'")
    Path("g.pbtxt").write_text(_GRAPH)
    arrays = ["--graph_def_file=g.pbtxt", "--input_arrays=x", "--output_arrays=odd", "--output_file=o.tflite"]
    assert run(*arrays) == 1
    assert "MyOddOp" in capsys.readouterr().err
    assert run(*arrays, "--allow_custom_ops", "--custom_opdefs=name: 'MyOddOp'") == 0
    assert b"MyOddOp" in Path("o.tflite").read_bytes()


@pytest.mark.usefixtures("folder")
def test_arrays_that_do_not_exist_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("google.protobuf", reason="text needs the package protobuf, extra 'text'")
    Path("g.pbtxt").write_text(_GRAPH)
    for arrays in (["--input_arrays=xs", "--output_arrays=y"], ["--input_arrays=x", "--output_arrays=sum"]):
        assert run("--graph_def_file=g.pbtxt", *arrays, "--output_file=o.tflite") == 1
        error = capsys.readouterr().err
        assert "Did you mean" in error or "did you mean" in error
