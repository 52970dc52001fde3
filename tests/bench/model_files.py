"""The models of ``./dev bench models`` in every mode, converted and quantized here from a few seeded samples."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.keras_models import h5_file

__all__ = ["MODES", "Network", "networks"]

MODES = ("float32", "float16", "dynamic_range", "int8", "int16x8")
_APPLICATIONS = {"MobileNet": "MobileNetV1", "MobileNetV2": "MobileNetV2", "ResNet50": "ResNet50"}
_TINY = ("tiny_resnet8", "tiny_resnet_large", "tiny_vww", "tiny_ad")
_TINY_INT8 = ("tiny_kws",)  # published as int8 alone
_SAMPLES = 4


@dataclass(frozen=True)
class Network:
    """A network in the modes that there are.

    Attributes:
        name: how the tables call it.
        files: path of the .tflite file by mode.
        sample: an input.
    """

    name: str
    files: dict[str, Path]
    sample: Any


def networks(folder: Path) -> Iterator[Network]:
    """Keras applications with random weights, then MLPerf Tiny's models where the material is beside the repository."""
    from litesmith import lite

    for application, name in _APPLICATIONS.items():
        blob = lite.TFLiteConverter.from_keras_model(h5_file(folder, application)).convert()
        samples = np.random.default_rng(0).uniform(-1, 1, (_SAMPLES, 224, 224, 3)).astype(np.float32)
        yield _in_all_modes(folder, name, blob, samples)
    corpus = Path(os.environ.get("LITESMITH_SHARED", "../shared")) / "corpus"
    if not corpus.is_dir():
        print(f"MLPerf Tiny not measured: there is no '{corpus}'")
        return
    for name in _TINY:
        blob = (corpus / "models" / f"{name}_float.tflite").read_bytes()
        yield _in_all_modes(folder, name, blob, _golden(corpus, f"{name}_float"))
    for name in _TINY_INT8:
        file = corpus / "models" / f"{name}_int8.tflite"
        yield Network(name, {"int8": file}, _golden(corpus, f"{name}_int8")[:1])


def _golden(corpus: Path, name: str) -> Any:
    """Inputs stored beside the model, one per row."""
    stored = np.load(corpus / "goldens" / f"{name}.npz")["in_0"]
    return stored.reshape(-1, *stored.shape[2:])


def _in_all_modes(folder: Path, name: str, blob: bytes, samples: Any) -> Network:
    from litesmith.quantization import observe, quantize

    seen = observe(blob, samples)
    files = {}
    for mode in MODES:
        files[mode] = folder / f"{name}.{mode}.tflite"
        if mode == "float32":
            files[mode].write_bytes(blob)
        else:
            measured: dict[str, Any] = {"observations": seen} if mode.startswith("int") else {}
            quantize(blob, mode, output=files[mode], lint=False, **measured)
    return Network(name, files, samples[:1])
