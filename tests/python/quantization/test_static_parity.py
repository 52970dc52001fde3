"""int8 and int16x8 of float files that TensorFlow wrote and calibrated, against what TensorFlow makes of them."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from file_difference import difference
from tensorflow_process import tensorflow_python

from litesmith import _core
from litesmith.quantization import observe
from litesmith.quantization.policy import QuantizationPolicy

if TYPE_CHECKING:
    from types import ModuleType

Ranges = dict[tuple[int, int], tuple[float, float]]

MODELS = Path(__file__).with_name("parity_models.py")
POLICIES: dict[str, dict[str, Any]] = {
    "int8": {"mode": "int8"},
    "int8_edges": {"mode": "int8", "input_type": "int8", "output_type": "int8"},
    "uint8_edges": {"mode": "int8", "input_type": "uint8", "output_type": "uint8"},
    "int8_per_tensor": {"mode": "int8", "per_channel": False},
    "int16x8": {"mode": "int16x8"},
    "int16x8_edges": {"mode": "int16x8", "input_type": "int16", "output_type": "int16"},
    "int16x8_only": {"mode": "int16x8", "allow_float": False},
}
_SHARED = "TensorFlow gives operators with different input scales one bias, which is right for one of them"
_WITHOUT_KERNEL = "TensorFlow writes int16 operators that no runtime has; here they stay float32"
# Models whose int16x8 files are meant to differ, and why.
MEANT_TO_DIFFER = {
    "activations": _WITHOUT_KERNEL,
    "arithmetic": _WITHOUT_KERNEL,
    "normalized_attention": _WITHOUT_KERNEL,
    "dense_blocks": _SHARED,
    "recurrent": _SHARED,
    "shared_weights": _SHARED,
    "choices": "TensorFlow leaves the operands of SELECT with scales of their own",
    "great_biases": "TensorFlow gives filters of zeros the scale 0",
    "layout": "TensorFlow leaves the value that PADV2 pads with in float32",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """NAME.ranges.tflite and NAME.FORM.tflite for every model and form that TensorFlow can make."""
    folder = tmp_path_factory.mktemp("parity")
    finished = subprocess.run(
        [tensorflow_python(), MODELS, folder], capture_output=True, text=True, check=False, timeout=1200
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    errors = json.loads(finished.stdout.splitlines()[-1])
    assert len(errors) > 20
    return folder


def quantized(blob: bytes, ranges: Ranges | None = None, **policy: Any) -> bytes:
    conversion = _core.Conversion.from_tflite(blob, "model", False, 2)
    conversion.quantize(QuantizationPolicy(**policy), conversion.recorded_ranges() if ranges is None else ranges)
    return conversion.write()


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("form", POLICIES)
def test_files_have_tensorflows_operators_parameters_and_weights(files: Path, schema: ModuleType, form: str) -> None:
    made = sorted(files.glob(f"*.{form}.tflite"))
    assert len(made) > (12 if form.startswith("int16x8") else 24)
    found = {}
    for theirs in made:
        name = theirs.name.split(".")[0]
        float_blob = files.joinpath(f"{name}.ranges.tflite").read_bytes()
        ours = quantized(float_blob, **POLICIES[form])
        assert difference(schema, ours, float_blob), f"{name}: the comparison cannot tell {form} from float32"
        found[name] = difference(schema, ours, theirs.read_bytes())
    expected = set(MEANT_TO_DIFFER) & found.keys() if form.startswith("int16x8") else set()
    wrong = {name: texts[:5] for name, texts in found.items() if bool(texts) != (name in expected)}
    assert not wrong, json.dumps(wrong, indent=1)


# Single operators whose int8 file is meant to differ, and why.
OPERATORS_MEANT_TO_DIFFER = {
    "DENSIFY": "a sparse constant of a float file becomes a dense one when the file is read",
    "EXPAND_DIMS": "TensorFlow writes RESHAPE, as the converter here does before it quantizes",
    "SQUEEZE": "TensorFlow writes RESHAPE, as the converter here does before it quantizes",
    "FAKE_QUANT": "TensorFlow takes its range for a quantized tensor's",
    "REVERSE_SEQUENCE": "no runtime has it in int8",
    "SLICE": "TensorFlow turns int64 positions into int32",
    "SVDF": "recurrent operators stay float32 here",
    "UNIDIRECTIONAL_SEQUENCE_RNN": "TensorFlow writes another operator",
}


@pytest.mark.oracle
@pytest.mark.slow
def test_single_operators_are_quantized_as_tensorflow_does(shared: Path, schema: ModuleType, tmp_path: Path) -> None:
    archive = shared / "corpus_single_op"
    if not archive.is_dir():
        pytest.skip(f"no archive of single operators in '{archive}'")
    command = [tensorflow_python(), MODELS.with_name("parity_single_ops.py"), archive, tmp_path]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    assert finished.returncode == 0, finished.stderr[-3000:]
    wrong = {}
    made = sorted(tmp_path.glob("*.int8.tflite"))
    assert len(made) > 80
    for theirs in made:
        name = theirs.name.split(".")[0]
        try:
            ours = quantized(tmp_path.joinpath(f"{name}.ranges.tflite").read_bytes(), mode="int8")
            found = difference(schema, ours, theirs.read_bytes())
        except ValueError as error:
            found = [str(error)]
        if bool(found) != (name in OPERATORS_MEANT_TO_DIFFER):
            wrong[name] = found[:3]
    assert not wrong, json.dumps(wrong, indent=1)


STORED = {
    "int8": POLICIES["int8_edges"],
    "int8_float_io": POLICIES["int8"],
    "int8_per_tensor": {**POLICIES["int8_edges"], "per_channel": False},
    "uint8_io": POLICIES["uint8_edges"],
    "int16x8": POLICIES["int16x8"],
    "int16x8_int16_io": POLICIES["int16x8_edges"],
}


# TensorFlow 2.15, which wrote the k2 files, has one scale per dense layer.
@pytest.mark.parametrize(("model", "per_channel_dense"), [("k2_cnn", False), ("k3_cnn", True)])
def test_stored_files_follow_from_the_samples_that_they_were_made_from(
    shared: Path, schema: ModuleType, model: str, per_channel_dense: bool
) -> None:
    folder = shared / "scenarios" / "03_full_integer" / "tflite"
    if not folder.is_dir():
        pytest.skip(f"no stored files in '{folder}'")
    with gzip.open(shared / "scenarios" / "data" / "t10k-images-idx3-ubyte.gz") as packed:
        pixels = np.frombuffer(packed.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    float_blob = folder.joinpath(f"{model}_float.tflite").read_bytes()
    observations = observe(float_blob, (pixels[:300] / 255).astype(np.float32))
    ranges = _core.Conversion.from_tflite(float_blob, model, False, 2).ranges_of(
        observations.core, "min_max", 255, False
    )
    found = {}
    for name, stored_policy in STORED.items():
        policy = {**stored_policy, "per_channel_dense": per_channel_dense}
        theirs = folder.joinpath(f"{model}_{name}.tflite").read_bytes()
        # our float kernels sum in another order, hence ranges that differ by some 1e-7
        found[name] = difference(schema, quantized(float_blob, ranges, **policy), theirs, scale_tolerance=1e-5)
    assert difference(schema, quantized(float_blob, ranges, **STORED["int8"]), float_blob)
    assert not any(found.values()), json.dumps(found, indent=1)
