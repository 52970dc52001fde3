"""The commands `litesmith` and `tflite_convert`: what they print, write and return."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from litesmith import cli, files
from litesmith.cli import tflite_convert
from litesmith.converter import TFLiteConverter
from litesmith.interpreter import Interpreter

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: it holds model.keras and nothing else."""
    shutil.copy(DIGITS / "digits_cnn.keras", tmp_path / "model.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def digits_model() -> bytes:
    return TFLiteConverter.from_keras_model_file(DIGITS / "digits_cnn.keras").convert()


@pytest.fixture
def model(folder: Path, digits_model: bytes) -> Path:
    """The same folder with model.tflite and x.npy, three images."""
    (folder / "model.tflite").write_bytes(digits_model)
    np.save(folder / "x.npy", np.load(DIGITS / "ten_digits.npz")["images"][:3])
    return folder


def run(*arguments: str) -> int:
    """The exit code, however the command ends."""
    try:
        return cli.main(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


def test_convert_writes_the_bytes_of_the_python_call_beside_the_source(folder: Path, digits_model: bytes) -> None:
    assert run("convert", "model.keras") == 0
    assert (folder / "model.tflite").read_bytes() == digits_model


@pytest.mark.usefixtures("folder")
def test_convert_says_what_it_wrote_on_stderr_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("convert", "model.keras", "-o", "small.tflite") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "model.keras -> small.tflite" in err
    assert run("convert", "model.keras", "-q") == 0
    assert capsys.readouterr() == ("", "")


def test_convert_without_metadata_leaves_the_entry_out(folder: Path) -> None:
    assert run("convert", "model.keras", "-o", "with.tflite") == 0
    assert run("convert", "model.keras", "-o", "without.tflite", "--no-metadata") == 0
    assert b"CONVERSION_METADATA" in (folder / "with.tflite").read_bytes()
    assert b"CONVERSION_METADATA" not in (folder / "without.tflite").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["convert", "missing.keras"], "missing.keras"),
        (["convert", "."], "."),
        (["convert", "model.keras", "-o", "."], "is a folder"),
        (["convert", "model.keras", "-o", "no/where/m.tflite"], "does not exist"),
        (["convert", "some.tflite"], "litesmith inspect"),
        (["inspect", "missing.tflite"], "missing.tflite"),
        (["inspect", "."], "."),
        (["run", "missing.tflite"], "missing.tflite"),
    ],
)
def test_a_fault_of_a_file_is_exit_code_1_and_one_error(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = sorted(folder.iterdir())
    assert run(*arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert "Traceback" not in err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["transform", "model.keras"],
        ["convert"],
        ["convert", "model.keras", "--speed"],
        ["run", "model.tflite", "--threads", "0"],
        ["run", "model.tflite", "--repeat", "many"],
    ],
)
@pytest.mark.usefixtures("folder")
def test_wrong_arguments_are_exit_code_2_with_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(*arguments) == 2
    assert "usage: litesmith" in capsys.readouterr().err


def test_help_of_every_command_describes_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["convert"], ["quantize"], ["report"], ["run"], ["inspect"]):
        assert run(*command, "--help") == 0
        out = capsys.readouterr().out
        assert out.startswith("usage: litesmith")
        assert "show this help message" in out
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("litesmith ")


def test_debug_shows_the_exception(folder: Path) -> None:
    with pytest.raises(OSError, match=r"missing\.keras"):
        cli.main(["--debug", "convert", str(folder / "missing.keras")])


def test_run_prints_and_writes_what_the_interpreter_computes(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "model.tflite", "--input", "x.npy", "--output", "y.npz") == 0
    interpreter = Interpreter(model_path=model / "model.tflite")
    images = np.load(model / "x.npy")
    details, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(details["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(details["index"], images)
    interpreter.invoke()
    expected = interpreter.get_tensor(result["index"])
    assert np.abs(expected[0] - expected[1]).max() > 0.1
    np.testing.assert_array_equal(np.load(model / "y.npz")[result["name"]], expected)
    out = capsys.readouterr().out
    assert f"{result['name']}: float32 [3, 10]" in out
    assert " ms (median of 1)" in out


def test_run_takes_inputs_by_name_from_npy_and_npz(model: Path) -> None:
    name = Interpreter(model_path=model / "model.tflite").get_input_details()[0]["name"]
    np.savez(model / "x.npz", **{name: np.load(model / "x.npy")})
    assert run("run", "model.tflite", "-i", "x.npy", "-o", "plain.npz") == 0
    assert run("run", "model.tflite", "-i", f"{name}=x.npy", "-o", "named.npz") == 0
    assert run("run", "model.tflite", "-i", "x.npz", "-o", "packed.npz", "--threads", "2", "--repeat", "3") == 0
    plain, named, packed = (dict(np.load(model / f"{way}.npz")) for way in ("plain", "named", "packed"))
    for key, value in plain.items():
        np.testing.assert_array_equal(value, named[key])
        np.testing.assert_array_equal(value, packed[key])


def test_run_without_arrays_draws_the_same_values_each_time(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "model.tflite", "-o", "first.npz") == 0
    assert run("run", "model.tflite", "-o", "second.npz") == 0
    assert "random values of seed 0" in capsys.readouterr().out
    for key, value in np.load(model / "first.npz").items():
        np.testing.assert_array_equal(value, np.load(model / "second.npz")[key])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-i", "missing.npy"], "missing.npy: No such file"),
        (["-i", "model.keras"], "model.keras"),
        (["-i", "model.tflite"], "numpy.save"),
        (["-i", "wrong=x.npy"], "no input 'wrong'"),
        (["-i", "x.npy", "-i", "x.npy"], "one array too many"),
        (["-i", "doubles.npy"], "float"),
        (["-i", "flat.npy"], "shape"),
        (["-o", "no/where/y.npz"], "does not exist"),
    ],
)
def test_run_names_the_array_that_does_not_fit(
    model: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    images = np.load(model / "x.npy")
    np.save(model / "doubles.npy", images.astype(np.float64))
    np.save(model / "flat.npy", images.reshape(3, -1))
    assert run("run", "model.tflite", *arguments) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert said in err


def test_inspect_lists_operators_tensors_sizes_and_signatures(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inspect", "model.tflite", "--tensors") == 0
    out = capsys.readouterr().out
    size = (model / "model.tflite").stat().st_size
    for text in (f"{size:,} bytes", "CONV_2D", "SOFTMAX", "serving_default", "constant", "metadata"):
        assert text in out
    assert run("inspect", "model.tflite", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["file_bytes"] == size
    assert {operator["name"] for operator in summary["graphs"][0]["operators"]} >= {"CONV_2D", "SOFTMAX"}


def test_inspect_lists_the_entries_of_an_appended_zip(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(model / "model.tflite", "a") as archive:
        archive.writestr("labels.txt", "zero\none\n")
    assert run("inspect", "model.tflite") == 0
    out = capsys.readouterr().out
    assert "appended zip archive" in out
    assert "labels.txt" in out


def test_inspect_of_a_truncated_file_is_an_error(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (model / "model.tflite").read_bytes()
    (model / "half.tflite").write_bytes(whole[: len(whole) // 2])
    assert run("inspect", "half.tflite") == 1
    assert "half.tflite" in capsys.readouterr().err


def interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_leaves_no_file_and_keeps_the_old_one(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "model.tflite").write_bytes(b"old")
    monkeypatch.setattr(files.os, "fsync", interrupt)
    assert run("convert", "model.keras") == 130
    assert "interrupted" in capsys.readouterr().err
    assert (folder / "model.tflite").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["model.keras", "model.tflite"]


def test_tflite_convert_takes_tensorflows_flags(folder: Path, digits_model: bytes) -> None:
    flags = ["--keras_model_file=model.keras", "--output_file", "out.tflite", "--experimental_new_converter=True"]
    assert tflite_convert.main(flags) == 0
    assert (folder / "out.tflite").read_bytes() == digits_model


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--output_file=out.tflite"], "--keras_model_file"),
        (["--saved_model_dir=x", "--keras_model_file=model.keras", "--output_file=o"], "--keras_model_file"),
        (["--enable_v1_converter", "--output_file=o"], "--graph_def_file"),
        (["--keras_model_file=model.keras"], "--output_file"),
        (["--keras_model_file=model.keras", "--output_file=o", "--post_training_quantize"], "--enable_v1_converter"),
        (["--keras_model_file=model.keras", "--output_file=o", "--quantize_to_float16"], "--enable_v1_converter"),
        (["--keras_model_file=model.keras", "--output_file=o", "--inference_type=INT8"], "--inference_type"),
        (["--keras_model_file=model.keras", "--output_file=o", "--speed=3"], "--speed=3"),
        (["--keras_model_file=model.keras", "--output_file=o", "--experimental_new_converter=maybe"], "maybe"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_tflite_convert_refuses_flags_that_it_does_not_have(
    capsys: pytest.CaptureFixture[str], flags: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        tflite_convert.main(flags)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not Path("o").exists()


def test_tflite_convert_quantizes_weights_by_the_old_flags(folder: Path, digits_model: bytes) -> None:
    flags = ["--enable_v1_converter", "--keras_model_file=model.keras", "--output_file=out.tflite"]
    sizes = []
    for wanted in (["--post_training_quantize"], ["--quantize_weights", "--quantize_to_float16"]):
        assert tflite_convert.main([*flags, *wanted]) == 0
        sizes.append((folder / "out.tflite").stat().st_size)
    assert sizes[0] < 0.6 * len(digits_model)
    assert 0.4 * len(digits_model) < sizes[1] < len(digits_model)


def test_tflite_convert_reports_a_missing_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tflite_convert.main(["--keras_model_file=no.h5", "--output_file=o"]) == 1
    assert "no.h5" in capsys.readouterr().err
    assert not (folder / "o").exists()
