"""Cross-layer equalization and bias correction on models with planted faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from precision_models import inputs, outputs, sqnr, unbalanced

import litesmith
from litesmith import _core, cli, lite
from litesmith.quantization import observe

if TYPE_CHECKING:
    from types import ModuleType

SAMPLES, UNSEEN = inputs(), inputs(30, seed=8)
MODEL = Path(__file__).parents[3] / "examples" / "digits" / "digits_cnn.keras"


def quantized(blob: bytes, **options: Any) -> bytes:
    made = litesmith.quantize(blob, representative_dataset=SAMPLES, lint=False, **options)
    assert isinstance(made, bytes)
    return made


def equalized(blob: bytes) -> tuple[bytes, int]:
    conversion = _core.Conversion.from_tflite(blob, "model", False, 2)
    pairs = conversion.equalize()
    return conversion.write(), pairs


def ratios(blob: bytes) -> list[float]:
    """Largest over smallest |weight| per channel of the first two filters."""
    interpreter = lite.Interpreter(model_content=blob)
    found = []
    for name, axes in (("first/w_equalized", (1, 2, 3)), ("second/w_equalized", (0, 1, 2))):
        index = next(d["index"] for d in interpreter.get_tensor_details() if d["name"] == name)
        peaks = np.abs(interpreter.get_tensor(index)).max(axis=axes)
        found.append(float(peaks.max() / peaks.min()))
    return found


def test_equalization_keeps_what_the_model_computes(schema: ModuleType) -> None:
    blob = unbalanced(schema, 1000)
    balanced, pairs = equalized(blob)
    assert pairs == 2
    assert max(ratios(balanced)) < 20  # 1000 and more before
    wanted = outputs(blob, UNSEEN)
    assert np.abs(wanted).max() > 0.1
    # relative: sums of up to 27 float32 products, their factors rounded once more
    assert np.abs(outputs(balanced, UNSEEN) - wanted).max() < 1e-5 * np.abs(wanted).max()


def test_equalization_stops_at_activations_that_do_not_scale(schema: ModuleType) -> None:
    relu6 = 3
    blob = unbalanced(schema, 1000, activation=relu6)
    balanced, pairs = equalized(blob)
    assert pairs == 0
    assert balanced == _core.Conversion.from_tflite(blob, "model", False, 2).write()


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_equalization_helps_filters_with_one_scale(schema: ModuleType, seed: int) -> None:
    blob = unbalanced(schema, 1000, seed)
    wanted = outputs(blob, UNSEEN)
    plain = sqnr(wanted, outputs(quantized(blob, per_channel=False), UNSEEN))
    better = sqnr(wanted, outputs(quantized(blob, per_channel=False, equalize=True), UNSEEN))
    assert plain < 20
    assert better > plain + 6  # dB: a bit and more


def test_observations_of_the_model_before_equalization_are_refused(schema: ModuleType) -> None:
    blob = unbalanced(schema, 1000)
    seen = observe(blob, SAMPLES)
    with pytest.raises(ValueError, match="these observations are of another model"):
        litesmith.quantize(blob, observations=seen, lint=False, equalize=True)


@pytest.mark.parametrize("options", [{"per_channel": False}, {"mode": "int16x8", "per_channel": False}])
def test_bias_correction_reduces_the_mean_error(schema: ModuleType, options: dict[str, Any]) -> None:
    blob = unbalanced(schema, 30)
    wanted = outputs(blob, UNSEEN)
    plain = outputs(quantized(blob, **options), UNSEEN) - wanted
    better = outputs(quantized(blob, **options, bias_correction=True), UNSEEN) - wanted
    assert np.abs(plain.mean(0)).mean() > 0.01
    assert np.abs(better.mean(0)).mean() < 0.5 * np.abs(plain.mean(0)).mean()


def test_errors_are_measured_of_weights_and_inputs_alone(schema: ModuleType) -> None:
    from litesmith.quantization.policy import QuantizationPolicy
    from litesmith.quantization.quantized_file import correct_biases, find_ranges
    from litesmith.quantization.sample_runs import run_samples

    conversion = _core.Conversion.from_tflite(unbalanced(schema, 30), "model", False, 2)
    policy = QuantizationPolicy(mode="int8", per_channel=False)
    ranges = find_ranges(conversion, policy, data=SAMPLES, lint=False)
    conversion.quantize(policy, ranges)
    measured = conversion.bias_correction(1)  # of what was quantized last
    run_samples(conversion, SAMPLES, measured.add, what="test")
    assert len(measured.errors) == 3
    assert all(len(error) == (4 if tensor == 9 else 16) for (_, tensor), error in measured.errors.items())
    assert np.abs(measured.errors[0, 9]).max() > 1e-4
    correct_biases(conversion, policy, ranges, SAMPLES, 2)
    conversion.quantize(policy, ranges)
    again = conversion.bias_correction(2)
    run_samples(conversion, SAMPLES, again.add, what="test")
    assert again.errors == measured.errors


def test_layers_in_float32_keep_their_biases(schema: ModuleType) -> None:
    blob = unbalanced(schema, 30)
    options: dict[str, Any] = {"layer_precision": {"*": "float32"}}
    assert np.array_equal(outputs(quantized(blob, **options, bias_correction=True), UNSEEN), outputs(blob, UNSEEN))


def test_bias_correction_needs_samples(schema: ModuleType) -> None:
    blob = unbalanced(schema, 30)
    with pytest.raises(ValueError, match="bias_correction runs the model on samples"):
        litesmith.quantize(blob, observations=observe(blob, SAMPLES), lint=False, bias_correction=True)
    with pytest.raises(ValueError, match="correcting biases: there are no samples"):
        litesmith.quantize(
            blob, representative_dataset=iter([[x[None]] for x in SAMPLES]), lint=False, bias_correction=True
        )
    with pytest.raises(TypeError, match="equalize is 'yes' but must be True or False"):
        litesmith.quantize(blob, "dynamic_range", equalize="yes")  # type: ignore[arg-type]


def test_both_give_the_same_bytes_for_any_number_of_threads(schema: ModuleType) -> None:
    blob = unbalanced(schema, 1000)
    one, other = (quantized(blob, equalize=True, bias_correction=True, num_threads=n) for n in (1, 3))
    assert one == other
    assert one != quantized(blob)
    assert one != quantized(blob, equalize=True)


def test_the_converter_takes_both() -> None:
    images = np.load(MODEL.parent / "ten_digits.npz")["images"].astype(np.float32)

    def converted(**attributes: Any) -> bytes:
        made = lite.TFLiteConverter.from_keras_model(str(MODEL))
        made.optimizations = [lite.Optimize.DEFAULT]
        made.representative_dataset, made.lint_calibration = images, False
        for name, value in attributes.items():
            setattr(made, name, value)
        return made.convert()

    wanted = litesmith.quantize(
        str(MODEL), representative_dataset=images, lint=False, equalize=True, bias_correction=True
    )
    assert converted(equalize=True, bias_correction=True) == wanted
    assert converted() != wanted


def test_the_command_takes_both(schema: ModuleType, tmp_path: Path) -> None:
    model, samples, out = tmp_path / "m.tflite", tmp_path / "x.npy", tmp_path / "q.tflite"
    model.write_bytes(unbalanced(schema, 30))
    np.save(samples, SAMPLES)
    arguments = ["quantize", str(model), "--samples", str(samples), "--no-lint", "-q", "-o", str(out)]
    assert cli.main([*arguments, "--bias-correction", "--equalize"]) == 0
    assert out.read_bytes() == quantized(model.read_bytes(), bias_correction=True, equalize=True)


def test_a_model_trained_for_int8_keeps_its_filters_and_biases(trained: bytes) -> None:
    rows = np.random.default_rng(0).uniform(-1, 1, (20, 4)).astype(np.float32)
    plain, prepared = (
        litesmith.quantize(trained, representative_dataset=rows, lint=False, bias_correction=wanted, equalize=wanted)
        for wanted in (False, True)
    )
    assert plain == prepared


@pytest.mark.parametrize("mode", ["dynamic_range", "float16"])
def test_biases_are_corrected_in_modes_without_ranges(schema: ModuleType, mode: str) -> None:
    blob = unbalanced(schema, 30)
    wanted = outputs(blob, UNSEEN)
    plain, better = (outputs(quantized(blob, mode=mode, bias_correction=on), UNSEEN) - wanted for on in (False, True))
    assert np.abs(better.mean(0)).mean() <= np.abs(plain.mean(0)).mean()
