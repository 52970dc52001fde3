"""Conversion of files: time after import, growth of the peak memory; TensorFlow for comparison."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.graph_models import frozen_graph
from tests.bench.keras_models import h5_file
from tests.bench.report import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["rows"]

_OURS = """
import json, resource, sys, time
import numpy, h5py
from litesmith import lite
from litesmith.compat.v1 import lite as v1
import litesmith._core, litesmith.sources

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

before = peak()
start = time.perf_counter()
kind, path = sys.argv[1], sys.argv[3]
if kind == "keras":
    converter = lite.TFLiteConverter.from_keras_model(path)
elif kind == "frozen":
    converter = v1.TFLiteConverter.from_frozen_graph(path, ["x"], ["y"])
else:
    converter = lite.TFLiteConverter.from_saved_model(path)
blob = converter.convert()
open(sys.argv[2], "wb").write(blob)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "growth": peak() - before}))
"""

_TENSORFLOW = """
import json, sys, time
import tensorflow as tf
model = tf.keras.models.load_model(sys.argv[1], compile=False)
start = time.perf_counter()
tf.lite.TFLiteConverter.from_keras_model(model).convert()
print(json.dumps({"seconds": time.perf_counter() - start}))
"""


def rows(folder: Path) -> list[Row]:
    """Medians of five fresh processes; one of TensorFlow where it is installed."""
    keras, frozen = h5_file(folder, "MobileNetV2"), frozen_graph(folder)
    return [
        *_measured("keras", "MobileNetV2 .h5 -> .tflite, after import", keras, folder, 0.3, _tensorflow(keras)),
        *_measured("frozen", "frozen graph of 100 MB -> .tflite, after import", frozen, folder, 1.0),
        *_speech_commands(folder),
    ]


def _measured(kind: str, what: str, source: Path, folder: Path, bar: float, peer: float | None = None) -> Iterator[Row]:
    runs = [_run(_OURS, kind, str(folder / f"{source.stem}.tflite"), str(source)) for _ in range(5)]
    yield Row(what, statistics.median(run["seconds"] for run in runs), "s", bar, peer, "TensorFlow")
    if source.is_file():
        growth = statistics.median(run["growth"] for run in runs)
        yield Row("  growth of the peak, of the file's size", growth / source.stat().st_size, "x", 3.0)


def _speech_commands(folder: Path) -> Iterator[Row]:
    """The DS-CNN of MLPerf Tiny, where the corpus is."""
    model = Path(os.environ.get("LITESMITH_SHARED", "../shared")) / "corpus" / "models" / "tiny_kws"
    if model.is_dir():
        yield from _measured("saved", "DS-CNN SavedModel -> .tflite, after import", model, folder, 0.2)
    else:
        print(f"DS-CNN SavedModel not measured: {model} is not there", file=sys.stderr)


def _run(script: str, *arguments: str) -> dict[str, float]:
    finished = subprocess.run([sys.executable, "-c", script, *arguments], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return result


def _tensorflow(source: Path) -> float | None:
    try:
        return _run(_TENSORFLOW, str(source))["seconds"]
    except subprocess.CalledProcessError as error:
        print(f"TensorFlow not measured: {error.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
