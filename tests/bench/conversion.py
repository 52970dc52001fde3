"""Conversion of a MobileNetV2 .h5 file: time after import, growth of the peak memory; TensorFlow for comparison."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from tests.bench.keras_models import h5_file
from tests.bench.report import Row

__all__ = ["rows"]

_OURS = """
import json, resource, sys, time
import numpy, h5py
from litesmith import lite
import litesmith._core, litesmith.sources

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

before = peak()
start = time.perf_counter()
blob = lite.TFLiteConverter.from_keras_model(sys.argv[1]).convert()
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
    """Median time and growth of five fresh processes; one of TensorFlow where it is installed."""
    source = h5_file(folder, "MobileNetV2")
    runs = [_run(_OURS, str(source), str(folder / "MobileNetV2_224.tflite")) for _ in range(5)]
    seconds = statistics.median(run["seconds"] for run in runs)
    growth = statistics.median(run["growth"] for run in runs)
    peer = _tensorflow(source)
    return [
        Row("MobileNetV2 .h5 -> .tflite, after import", seconds, "s", 0.3, peer, "TensorFlow"),
        Row("  growth of the peak, of the file's size", growth / source.stat().st_size, "x", 3.0),
    ]


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
