"""The Keras files beside the repository in every mode, with the data that TensorFlow's stored files were made from."""

from __future__ import annotations

import gzip
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith import lite

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMS", "Stored", "convert", "mnist_images", "mnist_labels", "quantized", "run"]

_INT8 = lite.OpsSet.TFLITE_BUILTINS_INT8
_INT16X8 = lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8

# What the stored files' names say, as attributes of a converter and its target_spec.
FORMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "dynamic": ({}, {}),
    "float16": ({}, {"supported_types": [np.float16]}),
    "int8_float_io": ({}, {}),
    "int8": ({"inference_input_type": np.int8, "inference_output_type": np.int8}, {"supported_ops": [_INT8]}),
    "uint8_io": ({"inference_input_type": np.uint8, "inference_output_type": np.uint8}, {"supported_ops": [_INT8]}),
    "int8_per_tensor": (
        {
            "inference_input_type": np.int8,
            "inference_output_type": np.int8,
            "_experimental_disable_per_channel": True,
        },
        {"supported_ops": [_INT8]},
    ),
    "int16x8": ({}, {"supported_ops": [_INT16X8]}),
    "int16x8_int16_io": (
        {"inference_input_type": np.int16, "inference_output_type": np.int16},
        {"supported_ops": [_INT16X8]},
    ),
}


class Stored:
    """A trained MNIST model and TensorFlow's files of it.

    Attributes:
        name: as the files are called.
        keras_file: the model.
        forms: those that TensorFlow's files have.
    """

    def __init__(self, shared: Path, scenario: str, name: str) -> None:
        folder = shared / "scenarios" / scenario
        self.name, self.keras_file, self._folder = name, folder / f"{name}.h5", folder / "tflite"
        self._samples = {"01_keras_mnist_cnn": 200, "03_full_integer": 300}[scenario]
        self._images = mnist_images(shared)
        self.forms = [form for form in FORMS if self._file(form).is_file()]

    def _file(self, form: str) -> Path:
        return self._folder / f"{self.name}_{form}.tflite"

    def theirs(self, form: str) -> bytes:
        """TensorFlow's file."""
        return self._file(form).read_bytes()

    def ours(self, form: str) -> bytes:
        """The file made here of the same model and the same samples."""
        return convert(self.keras_file, form, self._images[: self._samples])


def convert(keras_file: Path, form: str, samples: Any) -> bytes:
    """A Keras file in a form of FORMS, or as "float32"."""
    converter = lite.TFLiteConverter.from_keras_model_file(keras_file)
    if form != "float32":
        of_converter, of_target = FORMS[form]
        converter.optimizations = [lite.Optimize.DEFAULT]
        if "int" in form:
            converter.representative_dataset = samples
        for name, value in of_converter.items():
            setattr(converter, name, value)
        for name, value in of_target.items():
            setattr(converter.target_spec, name, value)
    return converter.convert()


def run(blob: bytes, values: Any, **options: Any) -> Any:
    """The output for float values, quantized and dequantized where the file's edges are integers."""
    interpreter = lite.Interpreter(model_content=blob, **options)
    inner, outer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(inner["index"], values.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(inner["index"], quantized(values, inner))
    interpreter.invoke()
    scale, zero = outer["quantization"]
    result = interpreter.get_tensor(outer["index"])
    return (result.astype(np.float32) - zero) * np.float32(scale) if scale else result


def quantized(values: Any, detail: dict[str, Any]) -> Any:
    """Float values as the input of these details takes them."""
    scale, zero = detail["quantization"]
    if not scale:
        return values.astype(np.float32)
    limits = np.iinfo(detail["dtype"])
    return np.clip(np.round(values / scale + zero), limits.min, limits.max).astype(detail["dtype"])


@cache
def mnist_images(shared: Path) -> Any:
    """[10000, 28, 28, 1] in 0..1."""
    return _idx(shared / "scenarios" / "data" / "t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1) / np.float32(
        255
    )


@cache
def mnist_labels(shared: Path) -> Any:
    """[10000]."""
    return _idx(shared / "scenarios" / "data" / "t10k-labels-idx1-ubyte.gz", 8)


def _idx(path: Path, offset: int) -> Any:
    with gzip.open(path) as packed:
        return np.frombuffer(packed.read(), np.uint8, offset=offset)
