"""SavedModels and checkpoints that TensorFlow has written: results, and what is said of damaged or incomplete ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.errors import ConverterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

# Relative to the largest result: float32 sums in another order.
TOLERANCE = 1e-5

SIGNATURES = [
    ("serving_half_plus_two_cpu", "serving_default"),
    ("serving_half_plus_two_cpu", "regress_x2_to_y3"),
    ("serving_half_plus_two_tf2", "serving_default"),
    ("serving_half_plus_two_tf2", "regress_x2_to_y3"),
    ("serving_half_plus_two_tf2", "classify_x2_to_y3"),
    ("serving_matrix_half_plus_two", "serving_default"),
]


def assert_close(got: NDArray[Any], want: NDArray[Any]) -> None:
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= TOLERANCE * np.abs(want).max()


def run(content: bytes, key: str | None, feeds: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    interpreter = lite.Interpreter(model_content=content)
    results: dict[str, NDArray[Any]] = interpreter.get_signature_runner(key)(**feeds)
    return results


@pytest.mark.parametrize(("name", "key"), SIGNATURES)
def test_signatures_give_tensorflows_results(shared: Path, name: str, key: str) -> None:
    stored = np.load(shared / "corpus" / "goldens" / f"{name}.sig.{key}.npz")
    feeds = {array.removeprefix("in:"): stored[array] for array in stored.files if array.startswith("in:")}
    content = lite.TFLiteConverter.from_saved_model(shared / "corpus" / "models" / name, signature_keys=[key]).convert()
    samples = len(next(iter(feeds.values())))
    assert samples > 1
    seen = []
    for i in range(samples):
        results = run(content, key, {feed: values[i] for feed, values in feeds.items()})
        for result, values in results.items():
            assert_close(values, stored[f"tf_out:{result}"][i])
            seen.append(values)
    assert np.abs(seen[0] - seen[-1]).max() > TOLERANCE


def golden(shared: Path, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    stored = np.load(shared / "corpus" / "goldens" / f"{name}.npz")
    return stored["in_0"], stored["tf_out_0"]


def first_output(content: bytes, value: NDArray[Any]) -> NDArray[Any]:
    interpreter = lite.Interpreter(model_content=content)
    detail = interpreter.get_input_details()[0]
    interpreter.resize_tensor_input(detail["index"], value.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(detail["index"], value)
    interpreter.invoke()
    output: NDArray[Any] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return output


@pytest.mark.parametrize("name", ["t2o_regression_savedmodel", "t2o_regression_checkpoint"])
def test_variables_of_tf1_have_their_trained_values(shared: Path, name: str) -> None:
    folder = shared / "corpus" / "models" / name
    if name.endswith("checkpoint"):
        converter = lite.TFLiteConverter.from_checkpoint(folder, ["X"], ["pred"], {"X": []})
    else:
        converter = lite.TFLiteConverter.from_saved_model(folder)
    content = converter.convert()
    inputs, want = golden(shared, name)
    assert np.ptp(want) > 0
    for value, expected in zip(inputs, want, strict=True):
        shape = () if name.endswith("checkpoint") else value.shape
        got = first_output(content, value.reshape(shape))
        assert_close(got.reshape(expected.shape), expected)


@pytest.fixture
def model(shared: Path, tmp_path: Path) -> Path:
    """A copy of a SavedModel that may be damaged."""
    folder = tmp_path / "model"
    shutil.copytree(shared / "corpus" / "models" / "serving_half_plus_two_tf2", folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    return folder


def convert(folder: Path, **arguments: Any) -> bytes:
    return lite.TFLiteConverter.from_saved_model(
        folder, **{"signature_keys": ["serving_default"], **arguments}
    ).convert()


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


DATA = "variables/variables.data-00000-of-00001"
INDEX = "variables/variables.index"

DAMAGES: list[tuple[Callable[[Path], Any], type[Exception], str]] = [
    (lambda m: (m / DATA).unlink(), OSError, "variables.data-00000-of-00001"),
    (lambda m: (m / INDEX).unlink(), OSError, "variables.index"),
    (lambda m: flip(m / DATA, 0), ValueError, "CRC is .* where the file says"),
    (lambda m: (m / DATA).write_bytes(b""), ValueError, "is cut off"),
    (lambda m: flip(m / INDEX, 3), ValueError, "CRC is .* where the file says"),
    (lambda m: (m / INDEX).write_bytes((m / INDEX).read_bytes()[:-9]), ValueError, "does not end as a table does"),
    (lambda m: (m / "saved_model.pb").write_bytes((m / "saved_model.pb").read_bytes()[:-9]), ValueError, "at byte"),
    (lambda m: (m / "saved_model.pb").rename(m / "saved_model.cpb"), ConverterError, "in chunks"),
]


@pytest.mark.parametrize(("damage", "error", "said"), DAMAGES)
def test_damage_ends_in_an_error_that_says_where(
    model: Path, damage: Callable[[Path], Any], error: type[Exception], said: str
) -> None:
    assert convert(model)
    damage(model)
    with pytest.raises(error, match=said):
        convert(model)


def test_a_link_out_of_the_folder_is_not_followed(model: Path, tmp_path: Path) -> None:
    (model / DATA).rename(tmp_path / "elsewhere")
    (model / DATA).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"leads out of .*cp -rL"):
        convert(model)


def test_a_checkpoint_that_is_not_there_names_those_that_are(shared: Path) -> None:
    folder = shared / "corpus" / "models" / "t2o_regression_checkpoint"
    with pytest.raises(OSError, match=r"no checkpoint '.*/modle'.*there are 'model'"):
        lite.TFLiteConverter.from_checkpoint(folder / "modle", ["X"], ["pred"]).convert()
