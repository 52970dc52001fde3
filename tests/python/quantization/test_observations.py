"""Observations: what they hold, that parts add up, and that nothing but model and samples decides them."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from litesmith import _core, lite
from litesmith.quantization import Observations, observe
from litesmith.quantization.fingerprint import fingerprint64
from litesmith.quantization.float_files import open_float_model
from litesmith.quantization.policy import CALIBRATIONS

DIGITS = Path(__file__).parents[3] / "examples" / "digits"
IMAGES = np.load(DIGITS / "ten_digits.npz")["images"].astype(np.float32)
MODEL = DIGITS / "digits_cnn.keras"
ROWS = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)


def all_ranges(model: bytes, seen: Observations, calibration: str) -> dict[tuple[int, int], tuple[float, float]]:
    return open_float_model(model).ranges_of(seen.core, calibration, 255, False)


def test_ranges_and_channels_are_those_of_every_tensor_over_all_samples() -> None:
    blob = lite.TFLiteConverter.from_keras_model(str(MODEL)).convert()
    seen = {it.name: it for it in observe(blob, IMAGES, num_threads=1).tensors}
    interpreter = lite.Interpreter(model_content=blob, experimental_preserve_all_tensors=True)
    detail = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(detail["index"], IMAGES.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(detail["index"], IMAGES)
    interpreter.invoke()
    computed = {index for op in interpreter._get_ops_details() for index in op["outputs"]}
    peaks = {it.name: it.channel_peaks for it in observe(blob, [[IMAGES]], num_threads=2).core.tensors()}
    checked = with_channels = 0
    for it in interpreter.get_tensor_details():
        if it["dtype"] is np.float32 and it["index"] in computed | {detail["index"]}:
            values = interpreter.get_tensor(it["index"])
            assert (seen[it["name"]].min, seen[it["name"]].max) == (values.min(), values.max()), it["name"]
            assert seen[it["name"]].values == values.size
            if peaks[it["name"]]:  # a reshaped tensor has none of its own
                assert np.array_equal(peaks[it["name"]], np.abs(values).reshape(-1, values.shape[-1]).max(axis=0))
                with_channels += 1
            checked += 1
    assert checked == len(seen) > 4
    assert with_channels >= checked - 1


def test_numbers_of_threads_and_samples_are_checked(perceptron: bytes) -> None:
    for threads in (0, -1):
        with pytest.raises(ValueError, match="num_threads should >= 1"):
            observe(perceptron, ROWS, num_threads=threads)
    with pytest.raises(ValueError, match="first_sample is -1"):
        observe(perceptron, ROWS, first_sample=-1)


def test_extremes_name_their_samples(perceptron: bytes) -> None:
    rows = np.zeros((5, 4), np.float32)
    rows[1], rows[2], rows[4] = 3, 7, 7
    rows[3, 0] = -2
    x = next(it for it in observe(perceptron, rows).tensors if it.name == "x")
    assert (x.max, x.max_sample, x.second_max) == (7, 2, 7)
    assert (x.min, x.min_sample, x.second_min) == (-2, 3, 0)
    assert (x.samples, x.values) == (5, 20)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_parts_merged_in_any_order_are_one_pass_byte_for_byte(calibration: str, perceptron: bytes) -> None:
    whole = observe(perceptron, ROWS, calibration=calibration)
    parts = [
        observe(perceptron, ROWS[first : first + 10], calibration=calibration, first_sample=first)
        for first in range(0, 40, 10)
    ]
    random.Random(3).shuffle(parts)
    merged = parts[0].merge(*parts[1:])
    assert merged.to_bytes() == whole.to_bytes()
    assert merged.samples == 40
    assert parts[0].to_bytes() != whole.to_bytes()
    assert all_ranges(perceptron, merged, calibration) == all_ranges(perceptron, whole, calibration)


@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_pickled_observations_are_equal(calibration: str, perceptron: bytes) -> None:
    whole = observe(perceptron, ROWS, calibration=calibration)
    again = pickle.loads(pickle.dumps(whole))
    assert again == whole
    assert again.tensors == whole.tensors
    assert all_ranges(perceptron, again, calibration) == all_ranges(perceptron, whole, calibration)


def test_channels_keep_the_greatest_size_of_some_samples(perceptron: bytes) -> None:
    rows = ROWS.copy()
    rows[13] *= 100  # beyond the first eight only every sixteenth sample is looked at
    seen = next(it for it in observe(perceptron, rows).core.tensors() if it.name == "x")
    looked_at = [number for number in range(len(rows)) if number < 8 or number % 16 == 0]
    assert np.array_equal(seen.channel_peaks, np.abs(rows[looked_at]).max(axis=0))
    assert max(seen.channel_peaks) < np.abs(rows).max()


def test_observations_of_other_models_or_methods_do_not_merge(perceptron: bytes, logarithm: bytes) -> None:
    mine = observe(perceptron, ROWS)
    with pytest.raises(ValueError, match="observations of different models cannot be merged"):
        mine.merge(observe(logarithm, np.ones((1, 2), np.float32)))
    with pytest.raises(ValueError, match="different calibration methods"):
        mine.merge(observe(perceptron, ROWS, calibration="mse"))
    with pytest.raises(ValueError, match="made for another calibration method; they lack histograms"):
        all_ranges(perceptron, mine, "percentile")


def reads(model: bytes, content: bytes) -> bool:
    """Whether the bytes are taken; nothing but ValueError may come of others."""
    try:
        all_ranges(model, Observations.from_bytes(content), "percentile")
    except ValueError:
        return False
    return True


def test_damaged_bytes_are_refused_whatever_is_damaged(perceptron: bytes) -> None:
    good = observe(perceptron, ROWS[:3], calibration="percentile").to_bytes()
    generator = random.Random(0)
    for _ in range(100):
        for content in (good[: generator.randrange(len(good))], good + b"\0", b"\0" + good):
            with pytest.raises(ValueError, match="no calibration observations, or they are damaged"):
                Observations.from_bytes(content)
    refused = 0
    for _ in range(300):
        damaged = bytearray(good)
        damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        refused += not reads(perceptron, bytes(damaged))
    assert 20 < refused < 300


SCRIPT = """
import hashlib, sys
import numpy as np
from litesmith.quantization import observe, quantize
from litesmith.quantization.float_files import open_float_model
images = np.load(sys.argv[2])["images"].astype(np.float32)
for threads in (1, 2):
    whole = observe(sys.argv[1], images, calibration=sys.argv[3], num_threads=threads)
    ranges = open_float_model(sys.argv[1]).ranges_of(whole.core, sys.argv[3], 255, False)
    blob = quantize(sys.argv[1], "int8", observations=whole, calibration=sys.argv[3])
    print(hashlib.sha256(whole.to_bytes() + repr(ranges).encode() + blob).hexdigest())
"""


def digests(isa: str, calibration: str) -> list[str]:
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(MODEL), str(DIGITS / "ten_digits.npz"), calibration],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LITESMITH_ISA": isa},
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished.stdout.split()


@pytest.mark.parametrize("calibration", ["min_max", "entropy"])
def test_instruction_sets_and_threads_change_neither_what_is_observed_nor_the_quantized_file(calibration: str) -> None:
    found = {isa: digests(isa, calibration) for isa in _core.supported_isas()}
    assert len({digest for pair in found.values() for digest in pair}) == 1, found
    assert hashlib.sha256(b"").hexdigest() not in found["scalar"]


def ranges_of(rows: np.ndarray, perceptron: bytes, calibration: str) -> tuple[float, float]:
    return all_ranges(perceptron, observe(perceptron, rows, calibration=calibration), calibration)[0, 0]


def test_min_max_takes_every_value(perceptron: bytes) -> None:
    assert ranges_of(ROWS, perceptron, "min_max") == (ROWS.min(), ROWS.max())


def test_operands_that_tensorflow_overwrites_take_in_the_result(residual: bytes) -> None:
    rows = ROWS[:, :4]
    seen = observe(residual, rows)
    exact, as_tensorflow = (all_ranges(residual, seen, method) for method in ("exact_min_max", "min_max"))
    by_name = {it.name: (it.graph, it.tensor) for it in seen.core.tensors()}
    cut, kept, total = (by_name[name] for name in ("cut", "kept", "total"))
    assert exact[cut] == (max(rows.min(), -1), min(rows.max(), 1))
    low, high = exact[total]
    assert high > exact[cut][1]
    assert as_tensorflow[cut] == (min(low, exact[cut][0]), high)
    assert {key for key in exact if exact[key] != as_tensorflow[key]} == {cut}
    assert exact[kept] == (0, rows.max())


def test_a_moving_average_follows_the_samples(perceptron: bytes) -> None:
    low, high = ROWS[0].min(), ROWS[0].max()
    for row in ROWS.astype(np.float64):
        low += 0.05 * (row.min() - low)
        high += 0.05 * (row.max() - high)
    assert ranges_of(ROWS, perceptron, "moving_average") == pytest.approx((low, high), rel=1e-6)


def test_a_percentile_cuts_one_value_in_ten_thousand(perceptron: bytes) -> None:
    rows = np.random.default_rng(1).normal(size=(50_000, 4)).astype(np.float32)
    rows[7, 0], rows[9, 1] = 1000, -1000
    got = ranges_of([[rows]], perceptron, "percentile")  # type: ignore[arg-type]
    # bins are 1/256 of a power of two wide
    assert got == pytest.approx((np.quantile(rows, 1e-4), np.quantile(rows, 1 - 1e-4)), rel=1 / 128)


# one outlier of 100 against 200,000 normal values costs (100 - h)^2 where the rest costs 200,000 (h / 255)^2 / 12
@pytest.mark.parametrize(("calibration", "most"), [("mse", 85), ("entropy", 20)])
def test_methods_that_cut_shorten_outliers_and_leave_even_data_whole(
    calibration: str, most: float, perceptron: bytes
) -> None:
    random_rows = np.random.default_rng(2)
    normal = random_rows.normal(size=(50_000, 4)).astype(np.float32)
    normal[3, 3] = 100
    low, high = ranges_of([[normal]], perceptron, calibration)  # type: ignore[arg-type]
    assert 2 < high < most
    assert -6 < low < -2
    even = random_rows.uniform(-1, 1, size=(50_000, 4)).astype(np.float32)
    low, high = ranges_of([[even]], perceptron, calibration)  # type: ignore[arg-type]
    assert low < -0.95
    assert high > 0.95


def test_entropy_keeps_the_values_beside_a_spike(perceptron: bytes) -> None:
    """As behind a convolution over a picture's even background: most values equal, few large ones."""
    random_rows = np.random.default_rng(4)
    rows = random_rows.uniform(0, 4, size=(20_000, 4)).astype(np.float32)
    rows[:15_000] = 0.05
    high = ranges_of([[rows]], perceptron, "entropy")[1]  # type: ignore[arg-type]
    assert np.mean(rows > high) < 2e-3
    assert high > 3.9


def test_the_range_of_least_squared_error_beats_min_max(perceptron: bytes) -> None:
    rows = np.random.default_rng(3).laplace(size=(50_000, 4)).astype(np.float32)

    def error(bounds: tuple[float, float]) -> float:
        low, high = min(bounds[0], 0), max(bounds[1], 0)
        step = (high - low) / 255
        rounded = np.round((np.clip(rows, low, high) - low) / step) * step + low
        return float(((rounded - rows) ** 2).mean())

    data = [[rows]]
    found = ranges_of(data, perceptron, "mse")  # type: ignore[arg-type]
    assert error(found) < 0.9 * error(ranges_of(data, perceptron, "min_max"))  # type: ignore[arg-type]
    for factor in (0.8, 1.25):
        assert error(found) < error((found[0] * factor, found[1] * factor))


def test_a_constant_tensor_has_a_range_in_every_method(perceptron: bytes) -> None:
    for calibration in CALIBRATIONS:
        assert ranges_of(np.zeros((3, 4), np.float32), perceptron, calibration) == (0, 0)


def test_the_order_of_inputs_in_tensorflow_is_that_of_their_fingerprints() -> None:
    assert sorted(["zeta", "alpha", "mid"], key=lambda name: fingerprint64(name.encode())) == ["zeta", "mid", "alpha"]
    assert sorted(["output_0", "output_1"], key=lambda name: fingerprint64(name.encode())) == ["output_1", "output_0"]
