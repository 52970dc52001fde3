"""The calibration linter: every planted fault raises its own warning and no other, good data none."""

from __future__ import annotations

import pickle
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from real_samples import digits, handwriting, photographs, spectrograms
from tiny_models import Graph, Operator, Tensor, build

import litesmith
from litesmith import cli, lite
from litesmith.errors import CalibrationWarning
from litesmith.quantization import Observations, observe
from litesmith.quantization.calibration import calibrate
from litesmith.quantization.float_files import open_float_model
from litesmith.quantization.linter import CODES, Finding, lint

MODEL = Path(__file__).parents[3] / "examples" / "digits" / "digits_cnn.keras"
RANDOM = np.random.default_rng(0)


def found(model: Any, data: Any, **options: Any) -> tuple[Finding, ...]:
    conversion = open_float_model(model)
    return lint(conversion, calibrate(conversion, data, **options))


def codes(model: Any, data: Any) -> list[str]:
    return [it.code for it in found(model, data)]


def with_one(images: np.ndarray, factor: float) -> np.ndarray:
    changed = images.copy()
    changed[17] *= factor
    return changed


FAULTS: dict[str, tuple[str, Callable[[np.ndarray], Any]]] = {
    "ten images": ("few-samples", lambda x: x[:10]),
    "one image": ("few-samples", lambda x: x[:1]),
    "the same image each time": ("equal-samples", lambda x: [[x[:1]]] * 100),
    "nearly the same image": ("equal-samples", lambda x: x[:1] + np.linspace(0, 1e-4, 100)[:, None, None, None]),
    "three images again and again": ("equal-samples", lambda x: [[x[i % 3][None]] for i in range(100)]),
    "black images": ("equal-samples", lambda x: 0 * x),
    "0 to 255": ("scale-255", lambda x: np.round(x * 255)),
    "uniform noise": ("noise", lambda x: RANDOM.random(x.shape)),
    "normal noise": ("noise", lambda x: RANDOM.normal(size=x.shape)),
    "whole numbers of noise": ("noise", lambda x: RANDOM.integers(0, 256, x.shape).astype(np.float32)),
    "one sample a hundred times as large": ("outlier", lambda x: with_one(x, 100)),
    "a hundred-thousandth of the values": ("constant-output", lambda x: x * 1e-5),
    "ten times the values": ("saturated-output", lambda x: x * 10),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_bad_generator_raises_its_own_warning_and_no_other(fault: str) -> None:
    code, spoil = FAULTS[fault]
    assert codes(MODEL, spoil(digits())) == [code]


def test_good_images_raise_none_whatever_the_form() -> None:
    images = digits()
    for data in (images, images.astype(np.float64), [[images[k : k + 50]] for k in range(0, 200, 50)], [[images]]):
        assert codes(MODEL, data) == []


@pytest.fixture(scope="module")
def detectors(schema: ModuleType) -> bytes:
    """x [-1, 16] -> FULLY_CONNECTED with RELU, where channel c is 4 (x_c - 0.5) -> y."""
    graph = Graph(
        tensors=[
            Tensor("x", (1, 16), signature=(-1, 16)),
            Tensor("weights", (16, 16), data=4 * np.eye(16, dtype=np.float32)),
            Tensor("bias", (16,), data=np.full(16, -2, np.float32)),
            Tensor("y", (1, 16), signature=(-1, 16)),
        ],
        operators=[
            Operator(
                "FULLY_CONNECTED", (0, 1, 2), (3,), options=("FullyConnectedOptions", {"fusedActivationFunction": 1})
            )
        ],
        inputs=(0,),
        outputs=(3,),
    )
    return build(schema, graph)


def test_channels_that_no_sample_reaches_are_dead(detectors: bytes) -> None:
    rows = RANDOM.beta(2, 2, (200, 16)).astype(np.float32)
    assert codes(detectors, rows) == []
    rows[:, 4:] *= 0.5
    (finding,) = found(detectors, rows)
    assert finding.code == "dead-channels"
    assert "12 of 16 channels" in finding.text
    assert finding.tensor == "y"


def test_channels_that_training_has_left_dead_are_no_fault_of_the_data(shared: Path) -> None:
    model = shared / "corpus" / "models" / "tiny_vww.h5"
    images = photographs(shared, 96) / 255
    seen = observe(model, images)
    empty = [it for it in seen.core.tensors() if np.mean(np.array(it.channel_peaks or [1]) == 0) > 0.5]
    assert empty
    assert codes(model, images) == []


def test_a_missing_colour_is_named(schema: ModuleType) -> None:
    tensors = [Tensor("x", (1, 8, 8, 3), signature=(-1, 8, 8, 3)), Tensor("y", (1, 8, 8, 3), signature=(-1, 8, 8, 3))]
    blob = build(schema, Graph(tensors, [Operator("RELU", (0,), (1,))], (0,), (1,)))
    images = np.repeat(digits(), 3, axis=-1)
    assert codes(blob, images) == []
    images[..., 1] = 0
    (finding,) = found(blob, images)
    assert (finding.code, finding.tensor) == ("dead-channels", "x")
    assert "channel 1 of the input 'x'" in finding.text


def scaled_model(schema: ModuleType, factor: float) -> bytes:
    """x [-1, 8, 8, 1] * factor -> y."""
    shape, open_shape = (1, 8, 8, 1), (-1, 8, 8, 1)
    tensors = [
        Tensor("x", shape, signature=open_shape),
        Tensor("factor", (1,), data=np.array([factor], np.float32)),
        Tensor("y", shape, signature=open_shape),
    ]
    return build(schema, Graph(tensors, [Operator("MUL", (0, 1), (2,), options=("MulOptions", {}))], (0,), (2,)))


def test_values_of_0_to_1_are_wrong_where_the_model_scales_them_itself(schema: ModuleType) -> None:
    rescaling = scaled_model(schema, 1 / 255)
    assert codes(rescaling, digits()) == ["scale-1"]
    assert codes(rescaling, np.round(digits() * 255)) == []
    assert codes(scaled_model(schema, 0.5), digits()) == []


@pytest.mark.parametrize(("weight", "expected"), [(0.1, ["scale-255"]), (0.001, [])])
def test_without_bounded_outputs_the_first_layer_shows_the_scale(
    weight: float, expected: list[str], schema: ModuleType
) -> None:
    tensors = [
        Tensor("x", (1, 64), signature=(-1, 64)),
        Tensor("weights", (2, 64), data=np.full((2, 64), weight, np.float32)),
        Tensor("y", (1, 2), signature=(-1, 2)),
    ]
    operator = Operator("FULLY_CONNECTED", (0, 1, -1), (2,), options=("FullyConnectedOptions", {}))
    blob = build(schema, Graph(tensors, [operator], (0,), (2,)))
    assert codes(blob, np.round(digits() * 255).reshape(-1, 64)) == expected


def test_an_input_that_nothing_depends_on_is_named(difference: bytes) -> None:
    rows = RANDOM.beta(2, 5, (100, 2)).astype(np.float32)
    samples = [
        {"alpha": a[None], "mid": b[None], "tokens": np.ones((1, 2), np.int32)}
        for a, b in zip(rows, rows[::-1], strict=True)
    ]
    (finding,) = found(difference, samples)
    assert (finding.code, finding.tensor) == ("unused-input", "tokens")


def test_an_input_that_is_one_number_is_named(difference: bytes) -> None:
    samples = [
        {"alpha": row[None], "mid": np.full((1, 2), 3, np.float32), "tokens": np.ones((1, 2), np.int32)}
        for row in RANDOM.beta(2, 5, (100, 2)).astype(np.float32)
    ]
    assert ("equal-samples", "mid") in [(it.code, it.tensor) for it in found(difference, samples)]


def test_an_outlier_names_sample_layer_and_tensor() -> None:
    (finding,) = found(MODEL, with_one(digits(), 100))
    assert (finding.sample, finding.tensor) == (17, "image")
    assert "sample 17 alone sets the range of the input 'image'" in finding.text
    assert "0 to 100 with it, 0 to 1 without" in finding.text


CLEAN: dict[str, tuple[str, Callable[[Path], np.ndarray]]] = {
    "MNIST, Keras 2": ("scenarios/03_full_integer/k2_cnn.h5", handwriting),
    "MNIST, Keras 3": ("scenarios/03_full_integer/k3_cnn.h5", handwriting),
    "photographs": ("corpus/models/tiny_vww_float.tflite", lambda shared: photographs(shared, 96) / 255),
    "photographs of 0 to 255, as trained": ("corpus/models/tiny_resnet8.h5", lambda shared: photographs(shared, 32)),
    "sound": ("corpus/models/tiny_ad.h5", lambda shared: 8.7 * spectrograms(shared, 5, 128).reshape(-1, 640)),
}


@pytest.mark.parametrize("kind", CLEAN)
def test_real_data_of_real_models_raises_none(kind: str, shared: Path) -> None:
    model, data = CLEAN[kind]
    assert codes(shared / model, data(shared)) == []


def test_real_models_fed_with_a_wrong_scale_say_so(shared: Path) -> None:
    for model in ("k2_cnn.h5", "k3_cnn.h5"):
        path = shared / "scenarios" / "03_full_integer" / model
        assert codes(path, np.round(handwriting(shared) * 255)) == ["scale-255"]
    assert codes(shared / "corpus" / "models" / "tiny_vww.h5", photographs(shared, 96)) == ["scale-255"]


def rectangles() -> np.ndarray:
    masks = np.zeros((100, 16, 16, 1), np.float32)
    for mask, (top, left) in zip(masks, RANDOM.integers(0, 10, (100, 2)), strict=True):
        mask[top : top + 6, left : left + 6] = 1
    return masks


def vibrations() -> np.ndarray:
    time = np.linspace(0, 20, 128)[:, None]
    waves = np.sin(time * RANDOM.uniform(0.5, 3, (100, 1, 3)) + RANDOM.uniform(0, 6, (100, 1, 3)))
    return waves + RANDOM.normal(scale=0.3, size=waves.shape)


def table(name: str) -> np.ndarray:
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed; ./dev test installs it")
    rows = getattr(datasets, f"load_{name}")().data
    return RANDOM.permutation((rows - rows.mean(axis=0)) / rows.std(axis=0))[:150]


UNUSUAL: dict[str, Callable[[], np.ndarray]] = {
    "masks": rectangles,
    "masks of dots": lambda: (RANDOM.random((100, 16, 16, 1)) < 0.1).astype(np.float32),
    "one-hot": lambda: np.eye(40)[RANDOM.integers(0, 40, 200)],
    "boards in planes": lambda: np.eye(12)[RANDOM.integers(0, 12, (100, 8, 8))],
    "an accelerometer": vibrations,
    "a table of tumours": lambda: table("breast_cancer"),
    "a table of wines": lambda: table("wine"),
    "independent features": lambda: RANDOM.normal(size=(200, 8)),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_unusual_but_good_data_raises_none(kind: str, schema: ModuleType) -> None:
    data = UNUSUAL[kind]().astype(np.float32)
    shape = data.shape[1:]
    tensors = [Tensor(name, (1, *shape), signature=(-1, *shape)) for name in ("x", "y")]
    assert codes(build(schema, Graph(tensors, [Operator("TANH", (0,), (1,))], (0,), (1,))), data) == []


def test_speech_looks_like_no_noise(schema: ModuleType, shared: Path) -> None:
    rows = spectrograms(shared, 49, 10)[..., np.newaxis]
    tensors = [Tensor(name, (1, 49, 10, 1), signature=(-1, 49, 10, 1)) for name in ("x", "y")]
    blob = build(schema, Graph(tensors, [Operator("TANH", (0,), (1,))], (0,), (1,)))
    assert "noise" not in codes(blob, rows)
    assert codes(blob, RANDOM.normal(size=rows.shape)) == ["noise"]


def converter(data: Any) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter.from_keras_model(str(MODEL))
    made.optimizations = [lite.Optimize.DEFAULT]
    made.representative_dataset = data
    made._experimental_calibrate_only = True
    return made


def test_the_converter_warns_at_the_line_of_its_caller_and_can_be_silenced() -> None:
    with pytest.warns(CalibrationWarning, match=r"\[few-samples\]") as caught:
        converter(digits(5)).convert()
    assert caught[0].filename == __file__
    quiet = converter(digits(5))
    quiet.lint_calibration = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quiet.convert()
        warnings.filterwarnings("ignore", r".*\[few-samples\]")
        converter(digits(5)).convert()


def test_calibrator_function_and_command_warn_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blob = lite.TFLiteConverter.from_keras_model(str(MODEL)).convert()
    same = np.repeat(digits(1), 40, axis=0)
    with pytest.warns(CalibrationWarning, match=r"\[equal-samples\]"):
        lite.Calibrator(blob).calibrate(same)
    with pytest.warns(CalibrationWarning, match=r"\[equal-samples\]"):
        litesmith.quantize(blob, representative_dataset=same)
    (tmp_path / "model.tflite").write_bytes(blob)
    np.save(tmp_path / "x.npy", same)
    command = ["quantize", str(tmp_path / "model.tflite"), "--samples", str(tmp_path / "x.npy")]
    assert cli.main(command) == 0
    assert "warning: calibration data [equal-samples]" in capsys.readouterr().err
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lite.Calibrator(blob, lint=False).calibrate(same)
        litesmith.quantize(blob, representative_dataset=same, lint=False)
        assert cli.main([*command, "--no-lint"]) == 0
    assert "warning" not in capsys.readouterr().err


def test_merged_parts_are_judged_like_one_pass_and_keep_the_texts() -> None:
    images = with_one(digits(), 100)
    whole = observe(MODEL, images)
    parts = [observe(MODEL, images[k : k + 40], first_sample=k) for k in range(0, 200, 40)]
    random.Random(1).shuffle(parts)
    merged = pickle.loads(pickle.dumps(parts[0].merge(*parts[1:])))
    assert merged.to_bytes() == whole.to_bytes()
    with pytest.warns(CalibrationWarning):
        litesmith.quantize(MODEL, observations=merged)
    assert merged.warnings == tuple(str(it) for it in found(MODEL, images))
    assert "[outlier]" in merged.warnings[0]


def test_a_report_says_what_the_linter_found() -> None:
    made = converter(np.repeat(digits(1), 40, axis=0))
    made._experimental_calibrate_only = False
    with pytest.warns(CalibrationWarning):
        report = made.report(samples=3)
    assert [text for text in report.warnings if "[equal-samples]" in text] == list(report.warnings) != []
    made.lint_calibration = False
    assert made.report(samples=3).warnings == ()


def test_empty_and_scalar_results_and_samples_of_any_length_are_no_trouble(schema: ModuleType) -> None:
    tensors = [
        Tensor("x", (1,), signature=(-1,)),
        Tensor("begin", (1,), "INT32", data=np.zeros(1, np.int32)),
        Tensor("size", (1,), "INT32", data=np.zeros(1, np.int32)),
        Tensor("nothing", (0,)),
        Tensor("axis", (1,), "INT32", data=np.zeros(1, np.int32)),
        Tensor("mean", ()),
    ]
    operators = [
        Operator("SLICE", (0, 1, 2), (3,), options=("SliceOptions", {})),
        Operator("MEAN", (0, 4), (5,), options=("ReducerOptions", {})),
    ]
    blob = build(schema, Graph(tensors, operators, (0,), (3, 5)))
    samples = [[RANDOM.random(length).astype(np.float32)] for length in range(2, 50)]
    assert codes(blob, samples) == []


def test_what_is_kept_of_samples_has_a_bound() -> None:
    small, large = (len(observe(MODEL, np.tile(digits(), (n, 1, 1, 1))).to_bytes()) for n in (1, 8))
    assert large < 1.05 * small
    assert isinstance(Observations.from_bytes(observe(MODEL, digits(3)).to_bytes()), Observations)


def test_every_code_is_planted_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in CODES if f'"{code}"' not in text] == []
