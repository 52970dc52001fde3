"""Keras files of the model-optimization toolkit (tests/fixtures/make_training_aware_files.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith import lite

FOLDER = Path(__file__).parents[2] / "fixtures" / "training_aware"


def converted(name: str, **attributes: Any) -> bytes:
    converter = lite.TFLiteConverter.from_keras_model(FOLDER / name)
    for attribute, value in attributes.items():
        setattr(converter, attribute, value)
    return converter.convert()


def golden(name: str) -> dict[str, Any]:
    with np.load(FOLDER / f"{name}.npz") as stored:
        return dict(stored)


def run(blob: bytes, x: Any) -> Any:
    interpreter = lite.Interpreter(model_content=blob)
    interpreter.allocate_tensors()
    results = []
    for sample in x:
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], sample[None])
        interpreter.invoke()
        results.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
    return np.array(results)


@pytest.mark.parametrize("name", ["branches", "chain", "pruned", "clustered"])
def test_the_float_model_computes_what_keras_computes(name: str) -> None:
    expected = golden(name)
    assert np.ptp(expected["y"], axis=0).max() > 0.01
    # 1e-5 of the output range: one rounding of a value that lies between two levels would show as 1e-2
    np.testing.assert_allclose(
        run(converted(f"{name}.h5"), expected["x"]), expected["y"], rtol=0, atol=1e-5 * np.ptp(expected["y"])
    )


@pytest.mark.parametrize("name", ["branches", "chain"])
def test_the_trained_ranges_make_the_int8_model_that_tensorflow_makes(name: str) -> None:
    expected = golden(name)
    blob = converted(f"{name}.h5", optimizations=[lite.Optimize.DEFAULT])
    interpreter = lite.Interpreter(model_content=blob)
    details = {it["index"]: it["quantization"] for it in interpreter.get_tensor_details()}
    operators = interpreter._get_ops_details()
    assert [op["op_name"] for op in operators] == expected["operators"].tolist()
    scales = np.array([details[op["outputs"][0]][0] for op in operators], np.float32)
    np.testing.assert_array_almost_equal_nulp(scales, expected["scales"], nulp=1)
    assert [details[op["outputs"][0]][1] for op in operators] == expected["zero_points"].tolist()
    np.testing.assert_array_equal(run(blob, expected["x"]), expected["int8_y"])


@pytest.mark.parametrize("name", ["branches", "chain"])
def test_numbered_and_named_variables_are_the_same_model(name: str) -> None:
    assert converted(f"{name}.h5") == converted(f"{name}.keras")


def test_samples_serve_where_training_left_no_range() -> None:
    """Activations of the toolkit's model keep their trained ranges beside calibrated ones."""
    expected = golden("chain")
    aware = converted("chain.h5", optimizations=[lite.Optimize.DEFAULT])
    both = converted("chain.h5", optimizations=[lite.Optimize.DEFAULT], representative_dataset=100 * expected["x"])
    np.testing.assert_array_equal(run(both, expected["x"]), run(aware, expected["x"]))
    assert both != aware  # the file says how it was made


def test_a_float_file_does_not_keep_the_steps_of_its_filters() -> None:
    interpreter = lite.Interpreter(model_content=converted("chain.h5"))
    quantized = [it for it in interpreter.get_tensor_details() if it["quantization_parameters"]["scales"].size]
    assert {np.dtype(it["dtype"]).name for it in quantized} == {"uint8"}


def test_pruned_weights_are_zero_and_clusters_are_few() -> None:
    def kernels(name: str) -> list[Any]:
        interpreter = lite.Interpreter(model_content=converted(name))
        interpreter.allocate_tensors()
        details = [it for it in interpreter.get_tensor_details() if it["name"].endswith("/kernel")]
        return [interpreter.get_tensor(it["index"]) for it in details]

    assert all(1 < np.unique(kernel).size <= 6 for kernel in kernels("clustered.h5"))
    assert len(kernels("pruned.h5")) == 3
