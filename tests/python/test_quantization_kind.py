"""What files are quantized to, as `litesmith inspect`, interpreters and converters show it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import litesmith
from litesmith import cli, lite
from litesmith.quantization_kind import quantization_kind

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"
SHOWN = {
    "float32": "float32",
    "float16": "float16 weights",
    "dynamic_range": "dynamic range",
    "int8": "int8",
    "int16x8": "int16x8",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file per mode, named after it, and one with a layer left in float32."""
    folder = tmp_path_factory.mktemp("kinds")
    images = np.load(DIGITS / "ten_digits.npz")["images"]
    litesmith.convert(DIGITS / "digits_cnn.keras", output=folder / "float32.tflite")
    given = {"representative_dataset": images, "lint": False}
    for mode in SHOWN.keys() - {"float32"}:
        litesmith.quantize(folder / "float32.tflite", mode, output=folder / f"{mode}.tflite", **given)
    partly = {"layer_precision": {"CONV_2D": "float32"}, "input_type": "uint8"}
    litesmith.quantize(folder / "float32.tflite", "int8", output=folder / "partly.tflite", **given, **partly)
    return folder


@pytest.mark.parametrize("mode", SHOWN)
def test_inspect_and_interpreters_say_what_a_file_is(
    mode: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files / f"{mode}.tflite"
    assert cli.main(["inspect", str(path)]) == 0
    assert f"tensors, {SHOWN[mode]}\n" in capsys.readouterr().out
    assert cli.main(["inspect", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["graphs"][0]["quantization"] == SHOWN[mode]
    assert f"': {SHOWN[mode]}; " in repr(lite.Interpreter(path))


def test_layers_in_float_and_the_steps_of_inputs_are_shown(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(files / "partly.tflite")]) == 0
    out = capsys.readouterr().out
    assert "tensors, int8, 2 of 6 operators float32\n" in out
    assert "input   image  uint8[?, 8, 8, 1]  scale 0.00392157, zero point 0\n" in out


def test_mixed_modes_are_both_named() -> None:
    operators = [("ADD", ["int8"], ["int8"]), ("QUANTIZE", ["int8"], ["int16"]), ("MUL", ["int16"], ["int16"])]
    assert quantization_kind(operators) == "int16x8 and int8"
    assert quantization_kind([]) == "float32"


def test_a_converter_says_what_its_attributes_lead_to() -> None:
    converter = lite.TFLiteConverter.from_keras_model("model.keras")
    assert repr(converter) == "<TFLiteConverter of model.keras>"
    converter.optimizations = [lite.Optimize.DEFAULT]
    assert " of model.keras to dynamic_range (int8 if trained for it), " in repr(converter)
    converter.representative_dataset = np.zeros((1, 2), np.float32)
    assert " of model.keras to int8, " in repr(converter)
    converter.optimizations = None
    assert "with attributes that convert() refuses" in repr(converter)
