"""Calibration data in every form, and what is wrong with a sample."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith import _core, lite
from litesmith.quantization import observe
from litesmith.quantization.calibration import calibrate
from litesmith.quantization.observations import Observations

DIGITS = Path(__file__).parents[3] / "examples" / "digits"
IMAGES = np.load(DIGITS / "ten_digits.npz")["images"].astype(np.float32)
ROWS = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
A, B = ROWS[:, :2], ROWS[:, 2:]
TOKENS = np.zeros((6, 2), np.int32)


class Sequence:
    """What a Keras Sequence looks like: batches of inputs and targets by index, and no iteration."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return ROWS[2 * index : 2 * index + 2], np.zeros(2)


class Foreign:
    """An array of another library: a shape and __array__."""

    def __init__(self, values: Any) -> None:
        self.values, self.shape = values, values.shape

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        del copy
        return self.values if dtype is None else self.values.astype(dtype)


def generator() -> Iterator[list[Any]]:
    for row in ROWS:
        yield [row[np.newaxis]]


FORMS: dict[str, Callable[[], Any]] = {
    "a function that yields lists": lambda: generator,
    "a RepresentativeDataset": lambda: lite.RepresentativeDataset(generator),
    "a function that returns a list": lambda: lambda: [[row[np.newaxis]] for row in ROWS],
    "a function that returns one batch in a dict": lambda: lambda: [{"image": ROWS}],
    "an array of rows": lambda: ROWS,
    "an array of float64": lambda: ROWS.astype(np.float64),
    "a foreign array": lambda: Foreign(ROWS),
    "a list of samples": lambda: [[row[np.newaxis]] for row in ROWS],
    "a list of bare arrays": lambda: [row[np.newaxis] for row in ROWS],
    "a list of arrays without batch": lambda: list(ROWS),
    "a list of nested lists": ROWS.tolist,
    "a dict of rows": lambda: {"image": ROWS},
    "a dict by the name of the tensor": lambda: {"x": ROWS},
    "a signature and a dict of rows": lambda: ("serving_default", {"image": ROWS}),
    "a list of dicts": lambda: [{"image": row[np.newaxis], "extra": 1} for row in ROWS],
    "a list of signatures with dicts": lambda: [("serving_default", {"image": row[np.newaxis]}) for row in ROWS],
    "a generator object": generator,
    "an iterator": lambda: iter([[row[np.newaxis]] for row in ROWS]),
    "batches of several sizes": lambda: [[ROWS[:1]], [ROWS[1:5]], [ROWS[5:]]],
    "a Keras Sequence": Sequence,
}


def seen(model: bytes, data: Any) -> dict[str, tuple[float, float]]:
    return {it.name: (it.min, it.max) for it in observe(model, data, num_threads=1).tensors}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_data_gives_the_same_ranges(form: str, perceptron: bytes) -> None:
    ranges = seen(perceptron, FORMS[form]())
    expected = (float(ROWS.min()), float(ROWS.max()))
    assert ranges["x"] == expected
    assert ranges == seen(perceptron, ROWS)
    assert ranges != seen(perceptron, ROWS[:3])


def seen_of_digits(data: Any) -> dict[str, tuple[float, float]]:
    return {it.name: (it.min, it.max) for it in observe(DIGITS / "digits_cnn.keras", data).tensors}


def test_torch_loaders_give_their_inputs() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    images = torch.from_numpy(IMAGES)

    class Pairs(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return len(images)

        def __getitem__(self, index: int) -> Any:
            return images[index], 1

    class Stream(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[Any]:
            return ((image[None], 0) for image in images)

    alone = torch.utils.data.TensorDataset(images)
    whole = seen_of_digits(IMAGES)
    assert whole != seen_of_digits(IMAGES[:2])
    loader = torch.utils.data.DataLoader
    for data in (images, Pairs(), Stream(), loader(Pairs(), batch_size=4), loader(alone, batch_size=3), list(images)):
        assert seen_of_digits(data) == whole


def test_keras_data_sets_give_their_inputs() -> None:
    keras = pytest.importorskip("keras", reason="keras, or the backend that KERAS_BACKEND names, is not installed")

    class Batches(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
        def __len__(self) -> int:
            return 5

        def __getitem__(self, index: int) -> Any:
            return IMAGES[2 * index : 2 * index + 2], np.zeros(2)

    assert seen_of_digits(Batches()) == seen_of_digits(IMAGES)


def test_tensorflow_data_sets_give_their_inputs() -> None:
    tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
    data = tf.data.Dataset.from_tensor_slices((IMAGES, np.zeros(len(IMAGES))))
    whole = seen_of_digits(IMAGES)
    for one in (data, data.batch(4), data.filter(lambda *_: True).batch(3), tf.constant(IMAGES)):
        assert seen_of_digits(one) == whole
    assert seen_of_digits(lambda: ([image[tf.newaxis]] for image, _ in data)) == whole


@pytest.mark.parametrize(
    "data",
    [
        [A, B, TOKENS],
        {"alpha": A, "mid": B, "tokens": TOKENS},
        {"tokens": TOKENS.astype(np.int64), "mid": B, "alpha": A},
        [[A[i : i + 1], B[i : i + 1], TOKENS[i : i + 1]] for i in range(6)],
        [(A[i : i + 1], B[i : i + 1], TOKENS[i : i + 1]) for i in range(6)],
        lambda: [{"alpha": A, "mid": B, "tokens": TOKENS}],
    ],
)
def test_several_inputs_come_by_name_or_in_order(data: Any, difference: bytes) -> None:
    ranges = seen(difference, data)
    assert ranges["alpha"] == (A.min(), A.max())
    assert ranges["result"] == ((A - B).min(), (A - B).max())
    assert set(ranges) == {"alpha", "mid", "result"}


def test_a_fixed_batch_takes_multiples_of_it(pictures: bytes) -> None:
    batch = np.random.default_rng(1).normal(size=(4, 4, 6, 3)).astype(np.float32)
    whole = seen(pictures, [[batch]])
    assert whole["y"] == (0.0, batch.max())
    assert whole == seen(pictures, [[batch[:2]], [batch[2:]]])


def test_each_signature_has_its_own_samples(two_functions: bytes) -> None:
    x = np.array([-1, 2], np.float32)
    result = observe(two_functions, [("double", {"x": x}), ("cut", {"x": 3 * x})])
    assert [(it.min, it.max) for it in result.tensors if it.name == "y"] == [(-2, 4), (0, 6)]


GOOD = np.zeros((1, 4), np.float32)
BAD_SAMPLES: list[tuple[Any, type[Exception], list[str]]] = [
    ([], ValueError, ["gave no samples", "it is empty"]),
    (np.zeros((0, 4), np.float32), ValueError, ["gave no samples"]),
    (lambda: iter(()), ValueError, ["gave no samples"]),
    (lambda: None, ValueError, ["returned None", "must yield samples"]),
    (3, TypeError, ["representative_dataset is a int", "Keras Sequence"]),
    ("images.npy", TypeError, ["representative_dataset is a str"]),
    ([3.5], ValueError, ["You need to provide either a dictionary with input names and values, a tuple", "sample 0"]),
    (
        [[GOOD], (GOOD, GOOD)],
        ValueError,
        ["You need to provide either a dictionary with input names and values in the second argument in the tuple"],
    ),
    ([("serving_default", GOOD)], ValueError, ["in the second argument in the tuple", "sample 0"]),
    ([("nope", {"image": GOOD})], ValueError, ['Invalid signature_key provided: "nope".', "'serving_default'"]),
    ([{"picture": GOOD}], KeyError, ["'image'", "sample 0", "'picture'"]),
    (
        [[GOOD], [GOOD, GOOD]],
        ValueError,
        ["Invalid input shapes: expected 1 items got 2 items.", "sample 1", "'image'"],
    ),
    (
        [[GOOD], [np.zeros((1, 4), np.uint8)]],
        ValueError,
        ["Got value of type UINT8 but expected type FLOAT32 for input 0, name: x ", "sample 1", "'image'", "/ 255"],
    ),
    (
        [[np.zeros((1, 9), np.float32)]],
        RuntimeError,
        [
            (
                "Attempting to resize dimension 1 of tensor 0 with value 4 to 9. "
                "ResizeInputTensorStrict only allows mutating unknown dimensions identified by -1."
            ),
            "Sample 0 has the shape [1, 9] for input 'image', which takes [?, 4]",
        ],
    ),
    ([[np.zeros((1, 2, 4), np.float32)]], RuntimeError, ["of 2 dimensions 3", "ResizeInputTensorStrict"]),
    ([[GOOD], [GOOD + np.nan]], ValueError, ["sample 1", "'image'", "nan at [0, 0]"]),
    ([[GOOD], [GOOD], [GOOD - np.inf]], ValueError, ["sample 2", "'image'", "-inf"]),
    ([[GOOD.astype(np.float64) + 1e300]], ValueError, ["sample 0", "1e+300", "does not fit float32"]),
    ([[np.zeros((0, 4), np.float32)]], ValueError, ["sample 0", "is empty"]),
    ([[[[1, 2], [3]]]], ValueError, ["sample 0", "'image'"]),
]


@pytest.mark.parametrize(("data", "kind", "texts"), BAD_SAMPLES)
def test_a_bad_sample_is_named_with_what_was_expected(
    data: Any, kind: type[Exception], texts: list[str], perceptron: bytes
) -> None:
    with pytest.raises(kind) as caught:
        observe(perceptron, data)
    for text in texts:
        assert text in str(caught.value)


def test_columns_of_different_lengths_are_refused(difference: bytes) -> None:
    with pytest.raises(ValueError, match=r"6 rows for input 'alpha' and 5 for 'mid'"):
        observe(difference, {"alpha": A, "mid": B[:5], "tokens": TOKENS})


def test_token_ids_that_do_not_fit_are_refused(difference: bytes) -> None:
    with pytest.raises(ValueError, match=r"sample 0: the input 'tokens' takes int32"):
        observe(difference, {"alpha": A, "mid": B, "tokens": TOKENS.astype(np.int64) + 2**40})


def test_several_signatures_want_their_key(two_functions: bytes) -> None:
    with pytest.raises(ValueError, match=r"which of the signatures 'double', 'cut'"):
        observe(two_functions, [[np.zeros(2, np.float32)]])


def test_an_iterator_at_its_end_says_so(perceptron: bytes) -> None:
    data = generator()
    observe(perceptron, data)
    with pytest.raises(ValueError, match="an iterator can be gone through once"):
        observe(perceptron, data)


def test_what_a_data_set_raises_comes_out_unchanged(perceptron: bytes) -> None:
    def broken() -> Iterator[Any]:
        yield [GOOD]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(perceptron, broken)


def test_infinity_inside_the_model_names_sample_tensor_and_operator(logarithm: bytes) -> None:
    samples = [[np.ones((1, 2), np.float32)], [np.array([[1, -1]], np.float32)]]
    with pytest.raises(ValueError, match=r"sample 1 of the calibration data makes the tensor 'y' -inf \(LOG"):
        observe(logarithm, samples)
    assert observe(logarithm, samples[:1]).samples == 1


def test_channels_first_pictures_are_recognised(pictures: bytes) -> None:
    with pytest.raises(RuntimeError, match="channels first: transpose"):
        observe(pictures, [[np.zeros((2, 3, 4, 6), np.float32)]])


def test_the_first_sample_is_checked_before_the_model_runs(perceptron: bytes) -> None:
    conversion = _core.Conversion.from_tflite(perceptron, "model", False, 2)
    with pytest.raises(ValueError, match="sample 0"):
        calibrate(conversion, [[GOOD + np.nan], [GOOD]])
    with pytest.raises(ValueError, match="has not been observed"):
        conversion.observations()


def order_warnings(model: bytes, data: Any) -> list[str]:
    conversion = _core.Conversion.from_tflite(model, "model", False, 2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert isinstance(calibrate(conversion, data, check_order=True), Observations)
    return [str(one.message) for one in caught]


def test_samples_without_names_warn_where_tensorflow_orders_inputs_otherwise(difference: bytes) -> None:
    said = order_warnings(difference, [A, B, TOKENS])
    assert len(said) == 1
    assert "alpha, mid, tokens" in said[0]
    assert "{'alpha': ..., 'mid': ...}" in said[0]
    assert order_warnings(difference, {"alpha": A, "mid": B, "tokens": TOKENS}) == []
