"""One thread, float32, ours and LiteRT's default in turn within one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.keras_models import h5_file
from tests.bench.report import Row

__all__ = ["rows"]

# Keras application -> how much slower than LiteRT's default one thread may be.
MODELS = {"MobileNetV2": 1.5, "ResNet50": 1.2}
ROUNDS = 15


def rows(folder: Path) -> list[Row]:
    """The median of the ratios of neighbouring runs decides; times are medians."""
    from litesmith import lite

    found = []
    for name, bar in MODELS.items():
        path = folder / f"{name}_224.tflite"
        path.write_bytes(lite.TFLiteConverter.from_keras_model(h5_file(folder, name)).convert())
        found += _compare(name, path, bar)
    return found


def _compare(name: str, path: Path, bar: float) -> list[Row]:
    from ai_edge_litert.interpreter import Interpreter as Peer

    from litesmith import lite

    ours, theirs = _runner(lite.Interpreter(str(path), num_threads=1)), _runner(Peer(str(path), num_threads=1))
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS + 2)][2:]
    mine, peer = (statistics.median(pair[side] for pair in pairs) * 1e3 for side in (0, 1))
    ratio = statistics.median(a / b for a, b in pairs)
    return [
        Row(f"{name} float32, one thread", mine, "ms", None, peer, "LiteRT"),
        Row(f"  {name} ratio to LiteRT's default", ratio, "x", bar),
    ]


def _runner(interpreter: Any) -> Callable[[], None]:
    interpreter.allocate_tensors()
    detail = interpreter.get_input_details()[0]
    values = np.random.default_rng(0).uniform(-1, 1, tuple(detail["shape"])).astype(np.float32)
    interpreter.set_tensor(detail["index"], values)
    run: Callable[[], None] = interpreter.invoke
    return run


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
