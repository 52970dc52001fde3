"""litesmith.report and the command of the same name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litesmith
from litesmith import cli, lite
from litesmith.errors import CalibrationWarning
from litesmith.quantization import float_files, observe

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: model.tflite, int8.tflite and x.npy, ten images."""
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", images())
    litesmith.convert(DIGITS / "digits_cnn.keras", output="model.tflite")
    litesmith.quantize("model.tflite", representative_dataset=images(), output="int8.tflite")
    return tmp_path


def images() -> np.ndarray:
    return np.load(DIGITS / "ten_digits.npz")["images"]


def test_the_call_reports_what_the_converter_reports() -> None:
    converter = lite.TFLiteConverter.from_keras_model(DIGITS / "digits_cnn.keras")
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = images()
    called = litesmith.report(DIGITS / "digits_cnn.keras", "int8", representative_dataset=images())
    assert called == converter.report()
    assert called != litesmith.report(DIGITS / "digits_cnn.keras", "int16x8", representative_dataset=images())


@pytest.mark.usefixtures("folder")
def test_bytes_and_file_give_the_same_layers_and_observations_stand_in_for_ranges() -> None:
    content = Path("model.tflite").read_bytes()
    seen = observe(content, images())
    one = litesmith.report(content, representative_dataset=images()[:3], observations=seen)
    other = litesmith.report("model.tflite", representative_dataset=images(), samples=3)
    assert one.samples == other.samples == 3
    assert one.layers == other.layers


@pytest.mark.usefixtures("folder")
def test_what_the_linter_says_stands_in_the_report() -> None:
    with pytest.warns(CalibrationWarning, match="few-samples"):
        found = litesmith.report("model.tflite", representative_dataset=images())
    assert any("few-samples" in text for text in found.warnings)
    assert "few-samples" in found.text()
    assert litesmith.report("model.tflite", representative_dataset=images(), lint=False).warnings == ()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"representative_dataset": None},
            "a report on int8 runs both models: give representative_dataset, about 100 typical inputs",
        ),
        ({"mode": "int4"}, "mode is 'int4' but must be one of 'float16', 'dynamic_range', 'int8', 'int16x8'"),
        ({"mode": "float32"}, "mode is 'float32' but must be one of"),
        ({"samples": 0}, "on at least 1 sample, not on 0"),
        ({"mode": "float16", "num_threads": 0}, "num_threads should >= 1"),
        ({"calibration": "guess"}, "calibration is 'guess' but must be one of"),
        ({"mode": "float16", "input_type": "int8"}, "a float16 model has no other type"),
        ({"model": "int8.tflite"}, "is quantized already"),
        ({"representative_dataset": images()[:0]}, "no samples"),
        ({"representative_dataset": iter(images())}, "an iterator that is used up"),
        ({"representative_dataset": np.zeros((3, 7), np.float32)}, "Sample 0 has the shape"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_so(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, RuntimeError), match=said):
        litesmith.report(**{"model": "model.tflite", "representative_dataset": images(), **arguments})


@pytest.mark.usefixtures("folder")
def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "model.tflite", "--samples", "x.npy"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("model: int8, 10 samples")
    assert out.strip() == litesmith.report("model.tflite", representative_dataset=images()).text()


@pytest.mark.usefixtures("folder")
def test_the_command_writes_the_form_that_the_suffix_says(capsys: pytest.CaptureFixture[str]) -> None:
    for suffix, start in (("html", "<!doctype html>"), ("json", "{"), ("txt", "model: dynamic_range")):
        wanted = ["report", "model.tflite", "-m", "dynamic_range", "-s", "x.npy", "--at-most", "4", "-o", f"r.{suffix}"]
        assert cli.main(wanted) == 0
        assert Path(f"r.{suffix}").read_text().startswith(start)
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("model: dynamic_range, 4 samples")
        assert cli.main([*wanted, "-q"]) == 0
        assert capsys.readouterr() == ("", "")
    assert json.loads(Path("r.json").read_text())["samples"] == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.tflite"], "give --samples FILE"),
        (["model.tflite", "-s", "no.npy"], "no.npy: No such file"),
        (["model.tflite", "-s", "model.tflite"], "model.tflite does not hold arrays of numbers"),
        (
            ["model.tflite", "-s", "x.npy", "-o", "report.pdf"],
            "written as .html, .json, .txt; report.pdf ends in '.pdf'",
        ),
        (["model.tflite", "-s", "x.npy", "-o", "report"], "report has no suffix that says which"),
        (["model.tflite", "-s", "x.npy", "-o", "no/where.html"], "does not exist"),
        (["no.tflite", "-s", "x.npy"], "no.tflite: No such file"),
        (["x.npy", "-s", "x.npy"], "x.npy"),
        (["int8.tflite", "-s", "x.npy"], "is quantized already"),
        (["model.tflite", "-s", "x.npy", "--input-type", "int16"], "instead got tf.int16"),
    ],
)
def test_mistakes_in_the_command_are_errors_that_say_so(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = sorted(folder.iterdir())
    assert cli.main(["report", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert said in err
    assert "Traceback" not in err
    assert sorted(folder.iterdir()) == before


def test_an_interrupt_leaves_no_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(float_files, "write", interrupted)
    monkeypatch.setattr(float_files, "find_ranges", interrupted)
    assert cli.main(["report", "model.tflite", "-s", "x.npy", "-o", "r.html"]) == 130
    assert not (folder / "r.html").exists()
    assert "nothing was written" in capsys.readouterr().err
