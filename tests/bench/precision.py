"""What options of quantization are worth on trained models: ``python -m tests.bench.precision FOLDER`` prints a table.

FOLDER holds the test material (scenarios/ and corpus/). The MNIST networks are calibrated on 100 images and evaluated
on 2000 that they were not trained on. For the MLPerf Tiny networks there are few inputs: the stored ones are shifted,
flipped and scaled at random, 100 for calibration and 60 others to compare with the float model.
"""

from __future__ import annotations

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import litesmith
from litesmith import lite

__all__ = ["OPTIONS", "Subject", "measure", "subjects", "table"]

_PLAIN = "int8"
_ONE_SCALE: dict[str, Any] = {"per_channel": False, "per_channel_dense": False}
OPTIONS: dict[str, dict[str, Any]] = {
    _PLAIN: {},
    **{
        f"calibration=`{method}`": {"calibration": method}
        for method in ("exact_min_max", "moving_average", "percentile", "mse", "entropy")
    },
    "`bias_correction`": {"bias_correction": True},
    "`equalize`": {"equalize": True},
    "both": {"bias_correction": True, "equalize": True},
    "the worst layer in float32": {"worst": "float32"},
    "the worst layer in int16x8": {"worst": "int16x8"},
    "int8, one scale per weight": _ONE_SCALE,
    "... `bias_correction`": {**_ONE_SCALE, "bias_correction": True},
    "... `equalize`": {**_ONE_SCALE, "equalize": True},
    "... both": {**_ONE_SCALE, "bias_correction": True, "equalize": True},
    "int16x8": {"mode": "int16x8"},
}


@dataclass(frozen=True)
class Subject:
    """A model with its data.

    Attributes:
        name: how the table calls it.
        model: path of the model.
        calibration: samples to calibrate on.
        test: other samples.
        labels: their classes; None when there are none.
    """

    name: str
    model: Path
    calibration: Any
    test: Any
    labels: Any = None


def subjects(shared: Path) -> list[Subject]:
    """All models."""
    data = shared / "scenarios" / "data"
    images = _unpacked(data / "t10k-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1) / np.float32(255)
    labels = _unpacked(data / "t10k-labels-idx1-ubyte.gz", 8)
    folder = shared / "scenarios" / "03_full_integer"
    found = [
        Subject(f"MNIST CNN, {name}", folder / f"{stem}.h5", images[:100], images[8000:], labels[8000:])
        for name, stem in (("Keras 2", "k2_cnn"), ("Keras 3", "k3_cnn"))
    ]
    for name, stem in (("ResNet-8", "tiny_resnet8"), ("VWW", "tiny_vww"), ("AD", "tiny_ad")):
        stored = np.load(shared / "corpus" / "goldens" / f"{stem}_float.npz")["in_0"]
        samples = _varied(stored.reshape(-1, *stored.shape[2:]), 160)
        model = shared / "corpus" / "models" / f"{stem}_float.tflite"
        found.append(Subject(name, model, samples[:100], samples[100:]))
    return found


def _unpacked(path: Path, header: int) -> Any:
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


def _varied(stored: Any, count: int) -> Any:
    """Stored samples, shifted, flipped and scaled at random."""
    random = np.random.default_rng(0)
    samples = []
    for number in range(count):
        sample = stored[number % len(stored)] * random.uniform(0.8, 1.0)
        if sample.ndim == 3:
            sample = np.roll(sample, random.integers(-3, 4, 2), (0, 1))
            sample = sample[:, ::-1] if random.random() < 0.5 else sample
        samples.append(sample)
    return np.array(samples, np.float32)


def _outputs(blob: bytes, samples: Any) -> Any:
    interpreter = lite.Interpreter(model_content=blob, num_threads=2)
    source, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    interpreter.resize_tensor_input(source, [20, *samples.shape[1:]])
    interpreter.allocate_tensors()
    rows = []
    for start in range(0, len(samples), 20):
        interpreter.set_tensor(source, samples[start : start + 20])
        interpreter.invoke()
        rows.append(interpreter.get_tensor(result))
    return np.concatenate(rows)


def measure(subject: Subject, options: dict[str, Any]) -> tuple[float, float | None]:
    """SQNR of the outputs in dB, and the share of right answers where there are labels."""
    wanted = dict(options)
    data: dict[str, Any] = {"representative_dataset": subject.calibration, "lint": False}
    if "worst" in wanted:
        worst = litesmith.report(str(subject.model), samples=20, **data).worst(1)[0].layer
        wanted["layer_precision"] = {worst: wanted.pop("worst")}
    blob = litesmith.quantize(str(subject.model), wanted.pop("mode", "int8"), **data, **wanted)
    assert isinstance(blob, bytes)
    got, exact = _outputs(blob, subject.test), _outputs(_float(subject), subject.test)
    noise = np.square(exact.astype(np.float64) - got).sum()
    decibels = float(10 * np.log10(np.square(exact.astype(np.float64)).sum() / noise))
    right = None if subject.labels is None else float(np.mean(got.argmax(1) == subject.labels))
    return decibels, right


def _float(subject: Subject) -> bytes:
    if subject.model.suffix == ".tflite":
        return subject.model.read_bytes()
    blob = litesmith.convert(str(subject.model))
    assert isinstance(blob, bytes)
    return blob


def table(shared: Path) -> str:
    """The table as Markdown."""
    chosen = subjects(shared)
    lines = [
        f"| Options | {' | '.join(subject.name for subject in chosen)} |",
        f"|---|{'---|' * len(chosen)}",
    ]
    for name, options in OPTIONS.items():
        cells = []
        for subject in chosen:
            decibels, right = measure(subject, options)
            cells.append(f"{decibels:.1f}" if right is None else f"{decibels:.1f} ({100 * right:.2f} %)")
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(Path(sys.argv[1])))
