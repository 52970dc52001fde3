"""``max_accuracy_drop``: the target is met with the fewest layers in float32, or an error says how far one comes."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from precision_models import damaged, inputs, outputs, sqnr

import litesmith
from litesmith import lite
from litesmith.errors import ConverterError
from litesmith.quantization.accuracy_search import AccuracySearch
from litesmith.quantization.float_files import open_float_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SAMPLES, UNSEEN = inputs(), inputs(30, seed=8)
DIGITS = Path(__file__).parents[3] / "examples" / "digits"
MODEL = str(DIGITS / "digits_cnn.keras")
IMAGES = np.load(DIGITS / "ten_digits.npz")["images"].astype(np.float32)


def decibels_of(blob: bytes, samples: Any) -> Callable[[bytes], float]:
    """How near a model comes to a float one: SQNR, at most 100 dB."""
    wanted = outputs(blob, samples)

    def evaluate(candidate: bytes) -> float:
        got = outputs(candidate, samples)
        return 100.0 if np.array_equal(got, wanted) else min(100.0, sqnr(wanted, got))

    return evaluate


def report(model: Any, **options: Any) -> AccuracySearch:
    found = litesmith.report(model, samples=5, lint=False, **options).accuracy
    assert found is not None
    return found


def test_the_layer_with_planted_damage_is_the_one_that_goes_back(schema: ModuleType) -> None:
    blob = damaged(schema)
    evaluate = decibels_of(blob, UNSEEN)
    found = report(blob, representative_dataset=SAMPLES, max_accuracy_drop=80, evaluate=evaluate)
    assert found.quantized_value < found.target == 20 < found.value
    assert found.reverted == ("model/second",)
    assert found.evaluations == 3  # float, int8, and one layer: the damage is where the ranking says


def test_a_met_target_leaves_everything_as_it_is(schema: ModuleType) -> None:
    blob = damaged(schema)
    options: dict[str, Any] = {"representative_dataset": SAMPLES, "lint": False}
    found = litesmith.quantize(blob, max_accuracy_drop=100, evaluate=decibels_of(blob, UNSEEN), **options)
    assert found == litesmith.quantize(blob, **options)


def digits(**attributes: Any) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter.from_keras_model(MODEL)
    made.optimizations = [lite.Optimize.DEFAULT]
    made.representative_dataset, made.lint_calibration = IMAGES, False
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def float_digits() -> bytes:
    blob = litesmith.convert(MODEL)
    assert isinstance(blob, bytes)
    return blob


@pytest.mark.parametrize("drop", [40.0, 15.0, 8.0])  # dB; 1, 2 and 3 layers must go back
def test_no_smaller_set_of_layers_meets_the_target(drop: float) -> None:
    evaluate = decibels_of(float_digits(), IMAGES)
    made = digits(max_accuracy_drop=drop, evaluate=evaluate)
    blob = made.convert()
    found = made.accuracy_search
    assert found is not None
    assert found.value == evaluate(blob) >= found.target == 100 - drop > found.quantized_value
    paths = [path for path, _, _ in open_float_model(MODEL).layers()]
    for chosen in itertools.combinations(paths, len(found.reverted) - 1):
        precision = dict.fromkeys(chosen, "float32") or None
        assert evaluate(digits(layer_precision=precision).convert()) < found.target, chosen


def test_named_layers_keep_their_modes() -> None:
    evaluate = decibels_of(float_digits(), IMAGES)
    last = [path for path, _, _ in open_float_model(MODEL).layers()][-1]
    made = digits(max_accuracy_drop=30, evaluate=evaluate, layer_precision={last: "float32"})
    made.convert()
    assert made.accuracy_search is not None
    assert last not in made.accuracy_search.reverted


def test_a_report_lists_what_was_reverted(schema: ModuleType) -> None:
    blob = damaged(schema)
    options: dict[str, Any] = {"max_accuracy_drop": 80, "evaluate": decibels_of(blob, UNSEEN)}
    made = litesmith.report(blob, representative_dataset=SAMPLES, lint=False, **options)
    assert "with 1 layer in float32: model/second" in made.text()
    assert "model/second" in made.html()
    assert json.loads(made.json())["accuracy"]["reverted"] == ["model/second"]


def test_a_target_that_float32_cannot_meet_is_an_error_with_the_best_value() -> None:
    values = iter([0.9, *[0.5] * 2, 0.7, *[0.1] * 100])
    made = digits(max_accuracy_drop=0.1, evaluate=lambda _: next(values))
    with pytest.raises(
        ConverterError, match=r"0\.9 for the float model and must give at least 0\.8.* best value is 0\.7"
    ):
        made.convert()
    assert made.accuracy_search is None


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"max_accuracy_drop": 0.1}, ValueError, "max_accuracy_drop is set and evaluate is not"),
        ({"evaluate": len}, ValueError, "evaluate is set and max_accuracy_drop is not"),
        ({"max_accuracy_drop": -1, "evaluate": len}, ValueError, "must be a number of 0 or more"),
        ({"max_accuracy_drop": "1 %", "evaluate": len}, ValueError, "must be a number of 0 or more"),
        ({"max_accuracy_drop": 1, "evaluate": 3}, TypeError, "must be a function"),
        ({"max_accuracy_drop": 1, "evaluate": lambda _: float("nan")}, ValueError, "evaluate returned nan"),
    ],
)
def test_arguments_that_make_no_sense_are_errors(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        digits(**options).convert()


def test_ranking_needs_samples() -> None:
    values = iter([0.9, 0.1])
    with pytest.raises(ValueError, match="max_accuracy_drop ranks layers by their damage on samples"):
        litesmith.quantize(MODEL, "dynamic_range", max_accuracy_drop=0.1, evaluate=lambda _: next(values))


def test_the_same_search_gives_the_same_bytes() -> None:
    evaluate = decibels_of(float_digits(), IMAGES)
    one, other = (digits(max_accuracy_drop=44, evaluate=evaluate).convert() for _ in range(2))
    assert one == other
    assert one != digits().convert()
