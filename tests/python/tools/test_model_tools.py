"""Tools on files: edits, C sources, interfaces, metadata, pages, and their commands."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorflow_process import tensorflow_python

import litesmith
from litesmith import cli, lite
from litesmith.tools import flatbuffer_utils, schema, util, visualize

ROOT = Path(__file__).resolve().parents[3]
DIGITS = ROOT / "examples" / "digits"


@pytest.fixture(scope="module")
def digits() -> bytes:
    return lite.TFLiteConverter.from_keras_model_file(DIGITS / "digits_cnn.keras").convert()


@pytest.fixture(scope="module")
def images() -> Any:
    return np.load(DIGITS / "ten_digits.npz")["images"]


@pytest.fixture(scope="module")
def int8(digits: bytes, images: Any) -> bytes:
    made = litesmith.quantize(digits, "int8", representative_dataset=images, lint=False)
    assert isinstance(made, bytes)
    return made


def run(content: bytes, image: Any) -> np.ndarray[Any, Any]:
    """The real result for a real image, whatever types the interface has."""
    interpreter = lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    feed, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    value = image[None]
    if feed["dtype"] != np.float32:
        scale, zero_point = feed["quantization"]
        limits = np.iinfo(feed["dtype"])
        value = np.clip(np.round(value / scale) + zero_point, limits.min, limits.max).astype(feed["dtype"])
    interpreter.set_tensor(feed["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(result["index"])
    if result["dtype"] == np.float32:
        return found
    scale, zero_point = result["quantization"]
    return (found.astype(np.float32) - zero_point) * np.float32(scale)


def test_without_strings_a_model_gives_the_same_results(digits: bytes, images: Any) -> None:
    model = flatbuffer_utils.read_model_from_bytearray(digits)
    assert any(tensor.name for tensor in model.subgraphs[0].tensors)
    flatbuffer_utils.strip_strings(model)
    assert model.description is None
    assert model.signatureDefs is None
    assert not any(tensor.name for tensor in model.subgraphs[0].tensors)
    stripped = flatbuffer_utils.convert_object_to_bytearray(model)
    assert len(stripped) < len(digits)
    np.testing.assert_array_equal(run(stripped, images[0]), run(digits, images[0]))


@pytest.mark.parametrize("quantized", [False, True])
def test_random_weights_follow_the_seed_and_the_model_still_runs(
    digits: bytes, int8: bytes, images: Any, quantized: bool
) -> None:
    def randomized(seed: int, skip: tuple[int, ...] = ()) -> Any:
        model = flatbuffer_utils.read_model_from_bytearray(int8 if quantized else digits)
        flatbuffer_utils.randomize_weights(model, seed, skip)
        return model

    written = [flatbuffer_utils.convert_object_to_bytearray(randomized(seed)) for seed in (0, 0, 1)]
    assert written[0] == written[1]
    assert written[0] != written[2]
    assert np.isfinite(run(written[0], images[0])).all()
    kept = flatbuffer_utils.read_model_from_bytearray(digits).buffers
    if not quantized:
        everything = tuple(range(len(kept)))
        assert flatbuffer_utils.convert_object_to_bytearray(
            randomized(0, everything)
        ) == flatbuffer_utils.convert_object_to_bytearray(flatbuffer_utils.read_model_from_bytearray(digits))


def test_custom_operators_are_renamed_and_names_of_numbers_found() -> None:
    codes = [schema.OperatorCodeT(builtinCode=32, customCode=name) for name in (b"Old", b"Other")]
    codes.append(schema.OperatorCodeT(deprecatedBuiltinCode=127, builtinCode=150))
    model = schema.ModelT(operatorCodes=codes)
    flatbuffer_utils.rename_custom_ops(model, {"Old": "New"})
    assert [code.customCode for code in codes] == [b"New", b"Other", None]
    assert flatbuffer_utils.opcode_to_name(model, 0) == "CUSTOM"
    assert flatbuffer_utils.opcode_to_name(model, 2) == "GELU"
    assert (flatbuffer_utils.type_to_name(9), flatbuffer_utils.type_to_name(99)) == ("INT8", None)


def test_options_are_given_as_their_class_alone() -> None:
    operator = schema.OperatorT(builtinOptions=schema.AddOptionsT(potScaleInt16=False))
    assert flatbuffer_utils.get_options_as(operator, schema.AddOptionsT).potScaleInt16 is False
    assert flatbuffer_utils.get_options_as(operator, schema.SubOptionsT) is None
    with pytest.raises(ValueError, match="no class of options"):
        flatbuffer_utils.get_options_as(operator, schema.ModelT)


def test_variables_are_counted_by_their_names() -> None:
    def handle(name: bytes) -> Any:
        return schema.OperatorT(builtinOptionsType=111, builtinOptions=schema.VarHandleOptionsT(sharedName=name))

    code = schema.OperatorCodeT(builtinCode=schema.BuiltinOperator.VAR_HANDLE)
    graphs = [schema.SubGraphT(operators=[handle(b"a"), handle(b"b")]), schema.SubGraphT(operators=[handle(b"a")])]
    assert flatbuffer_utils.count_resource_variables(schema.ModelT(operatorCodes=[code], subgraphs=graphs)) == 2


def test_byte_order_is_swapped_by_type_and_back(digits: bytes) -> None:
    swapped = flatbuffer_utils.byte_swap_tflite_buffer(digits, "little", "big")
    before, after = (flatbuffer_utils.read_model_from_bytearray(content) for content in (digits, swapped))
    compared = 0
    for tensor in before.subgraphs[0].tensors:
        data = before.buffers[tensor.buffer].data
        if data is not None and tensor.type == schema.TensorType.FLOAT32:
            big = np.frombuffer(bytes(after.buffers[tensor.buffer].data), ">f4")
            np.testing.assert_array_equal(big, np.frombuffer(bytes(data), "<f4"))
            compared += 1
    assert compared > 3
    back = flatbuffer_utils.byte_swap_tflite_buffer(swapped, "big", "little")
    assert back == flatbuffer_utils.convert_object_to_bytearray(before)
    strings = schema.BufferT(data=np.frombuffer(bytes([1, 0, 0, 0, 12, 0, 0, 0, 14, 0, 0, 0]) + b"hi", np.uint8))
    flatbuffer_utils.byte_swap_string_content(strings, "little", "big")
    assert bytes(strings.data) == bytes([0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0, 14]) + b"hi"
    with pytest.raises(ValueError, match="'middle'"):
        flatbuffer_utils.byte_swap_tflite_buffer(digits, "middle", "big")


def test_a_c_source_holds_the_model_for_a_compiler_and_for_reading_back(digits: bytes, tmp_path: Path) -> None:
    source, header = util.convert_bytes_to_c_source(digits, "model", include_path="model.h")
    (tmp_path / "model.cc").write_text(source)
    (tmp_path / "model.h").write_text(header)
    assert flatbuffer_utils.xxd_output_to_bytes(tmp_path / "model.cc") == digits
    assert flatbuffer_utils.xxd_output_to_object(tmp_path / "model.cc").description is not None
    assert max(len(line) for line in source.splitlines() if "0x" in line) <= 81
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to hold the source against")
    (tmp_path / "main.c").write_text(
        '#include "model.h"\n#include <stdio.h>\n'
        "int main(void) { return fwrite(model, 1, model_len, stdout) != model_len || (unsigned long)model % 16; }\n"
    )
    shutil.copy(tmp_path / "model.cc", tmp_path / "model.c")
    build = [compiler, "-Wall", "-Wno-sign-compare", "main.c", "model.c", "-o", "show"]
    subprocess.run(build, cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "show"], capture_output=True, check=True).stdout == digits


def test_wrong_wishes_for_c_sources_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'1st'"):
        util.convert_bytes_to_c_source(b"x", "1st")
    with pytest.raises(ValueError, match="max_line_width 8"):
        util.convert_bytes_to_c_source(b"x", "a", max_line_width=8)
    (tmp_path / "no.cc").write_text("int main() {}")
    with pytest.raises(ValueError, match="no array"):
        flatbuffer_utils.xxd_output_to_bytes(tmp_path / "no.cc")


@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_integer_interfaces_give_the_float_interfaces_results(int8: bytes, images: Any, kind: str) -> None:
    changed = util.modify_model_io_type(int8, kind, kind)
    interpreter = lite.Interpreter(model_content=changed)
    details = [interpreter.get_input_details()[0], interpreter.get_output_details()[0]]
    assert [detail["dtype"] for detail in details] == [np.dtype(kind).type] * 2
    for image in images[:3]:
        np.testing.assert_array_equal(run(changed, image), run(int8, image))
    runner = interpreter.get_signature_runner()
    assert next(iter(runner.get_input_details().values()))["dtype"] == np.dtype(kind).type
    assert util.modify_model_io_type(changed, kind, kind) == changed
    assert util.modify_model_io_type(int8) == int8
    names = [one["op_name"] for one in interpreter._get_ops_details()]
    assert ("QUANTIZE" in names) == (kind == "uint8")
    assert "DEQUANTIZE" not in names


def test_types_that_a_model_cannot_have_outside_are_refused(int8: bytes) -> None:
    with pytest.raises(ValueError, match=r"Unsupported `inference_input_type` value.*int16"):
        util.modify_model_io_type(int8, "int16", "int16")


def test_conversion_metadata_are_read_changed_and_added(digits: bytes, int8: bytes) -> None:
    assert util.get_conversion_metadata(digits).environment.modelType == 2  # Keras
    metadata = util.get_conversion_metadata(int8)
    assert metadata.environment.apiVersion == 2
    assert list(metadata.options.modelOptimizationModes) == [1003]
    metadata.environment.tensorflowVersion = b"0.0"
    for content in (int8, digits):
        model = flatbuffer_utils.read_model_from_bytearray(content)
        if content is digits:
            model.metadata = None
        written = flatbuffer_utils.convert_object_to_bytearray(util.populate_conversion_metadata(model, metadata))
        assert util.get_conversion_metadata(written).environment.tensorflowVersion == b"0.0"
    assert util.get_conversion_metadata(flatbuffer_utils.convert_object_to_bytearray(schema.ModelT())) is None


@pytest.mark.oracle
def test_tensorflows_tools_say_the_same(shared: Path, int8: bytes, images: Any, tmp_path: Path) -> None:
    files = sorted((shared / "scenarios" / "06_v1_cli" / "tflite").glob("*.tflite"))[::4]
    (tmp_path / "int8.tflite").write_bytes(int8)
    jobs = {
        "files": [str(path) for path in files],
        "interfaces": [[kind, str(tmp_path / "int8.tflite"), kind] for kind in ("int8", "uint8")],
    }
    (tmp_path / "jobs.json").write_text(json.dumps(jobs), "utf-8")
    script = Path(__file__).with_name("tensorflow_tools.py")
    subprocess.run([tensorflow_python(), script, tmp_path], check=True, capture_output=True, timeout=300)
    answers = json.loads((tmp_path / "answers.json").read_text("utf-8"))
    assert len({answer["hash"] for answer in answers["files"].values()}) > 3
    for path, answer in answers["files"].items():
        model = flatbuffer_utils.read_model(path)
        codes = [flatbuffer_utils.opcode_to_name(model, index) for index in range(len(model.operatorCodes))]
        modes = util.get_conversion_metadata(Path(path).read_bytes()).options.modelOptimizationModes
        assert (util.get_model_hash(model), codes, list(modes)) == (answer["hash"], answer["codes"], answer["modes"])
    for mine, theirs in zip(
        util.convert_bytes_to_c_source(bytes(range(100)), "digits"), answers["source"], strict=True
    ):
        assert re.findall(r"    0x.*", mine) == re.findall(r"    0x.*", theirs)
        assert re.findall(r"digits_len = \d+;", mine) == re.findall(r"digits_len = \d+;", theirs)
        assert re.findall(r"#ifndef TENS.*", mine) == re.findall(r"#ifndef TENS.*", theirs)
    for kind in ("int8", "uint8"):
        theirs = base64.b64decode(answers[kind])
        np.testing.assert_array_equal(
            run(util.modify_model_io_type(int8, kind, kind), images[1]), run(theirs, images[1])
        )


def test_the_page_shows_every_operator_and_the_dict_every_field(digits: bytes) -> None:
    page = visualize.create_html(digits)
    names = [one["op_name"] for one in lite.Interpreter(model_content=digits)._get_ops_details()]
    assert len(names) > 3
    for name in names:
        assert f"<td>{name}</td>" in page
    content = visualize.CreateDictFromFlatbuffer(digits)
    assert content["subgraphs"][0]["operators"][0]["builtin_options"]["stride_w"] == 1
    assert visualize.NameListToString(content["description"]) == visualize.NameListToString(
        [*flatbuffer_utils.read_model_from_bytearray(digits).description]
    )
    assert visualize.CamelCaseToSnakeCase("SomeNameHere") == "some_name_here"
    assert (visualize.BuiltinCodeToName(3), visualize.TensorTypeToName(0)) == ("CONV_2D", "FLOAT32")


def test_analyzer_prints_graph_operators_tensors_signatures_and_sizes(
    digits: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    lite.experimental.Analyzer.analyze(model_content=digits, gpu_compatibility=True)
    text = capsys.readouterr().out
    for said in ("Subgraph#0 ", "  Op#0 CONV_2D(T#0, ", "Tensors of Subgraph#0", "Signature#0 key: 'serving_default'"):
        assert said in text
    assert f"Model size:{len(digits):>11} bytes" in text
    assert "GPU COMPATIBILITY WARNING: T#0 has an open shape" in text
    with pytest.raises(ValueError, match="neither `model_path` nor `model_content` is provided"):
        lite.experimental.Analyzer.analyze()


def test_commands_do_what_the_functions_do(int8: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(int8)
    files = ["--input_tflite_file=m.tflite", "--output_tflite_file=o.tflite"]
    assert cli.main(["modify_model_interface", *files, "--input_type=uint8", "--output_type=INT8"]) == 0
    assert Path("o.tflite").read_bytes() == util.modify_model_io_type(int8, "uint8", "int8")
    for command in ("strip_strings", "randomize_weights"):
        assert cli.main([command, *files]) == 0
        assert Path("o.tflite").read_bytes() not in (b"", int8)
    sources = ["--output_source_file=m.cc", "--output_header_file=m.h", "--array_variable_name=m"]
    assert cli.main(["convert_file_to_c_source", files[0], *sources]) == 0
    assert cli.main(["reverse_xxd_dump_from_cc", "--input_cc_file=m.cc", files[1]]) == 0
    model = flatbuffer_utils.read_model("m.tflite")
    assert Path("o.tflite").read_bytes() == flatbuffer_utils.convert_object_to_bytearray(model)
    command = [sys.executable, "-m", "litesmith.tools.visualize", tmp_path / "m.tflite", tmp_path / "m.html"]
    subprocess.run(command, check=True, cwd=ROOT)
    assert Path("m.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_command_reports_a_fault_of_a_file_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.tflite").write_bytes(b"no model at all")
    for flags in (["m.tflite", "m.html"], ["missing.tflite", "m.html"]):
        assert cli.main(["visualize", *flags]) == 1
        assert capsys.readouterr().err.startswith("error: ")
    assert not Path("m.html").exists()
