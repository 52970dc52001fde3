"""Files of every Keras generation give the record that the contract promises."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from litesmith.sources.keras_file import load_file
from litesmith.sources.keras_source import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _without_form(graph: dict[str, Any]) -> dict[str, Any]:
    """Drop what .h5 and .keras spell differently: the form of configurations and the module of operations."""
    layers = [{**layer, "config": None, "module": layer["module"] is not None} for layer in graph["layers"]]
    return {**graph, "layers": layers}


def test_nested_model_called_twice_shares_its_layers(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    model = opened(keras_files / "keras2_nested.h5")

    assert model.calls() == [
        ("x", []),
        ("inner/frozen", [[0, 0]]),
        ("inner/norm", [[1, 0]]),
        ("inner/free", [[2, 0]]),
        ("inner/frozen", [[3, 0]]),
        ("inner/norm", [[4, 0]]),
        ("inner/free", [[5, 0]]),
        ("sum", [[3, 0], [6, 0]]),
        ("double", [[7, 0], [0, 0]]),
    ]
    assert [item["index"] for layer in model.graph["layers"] for item in layer["weights"]] == list(range(8))


def test_arguments_hold_tensors_by_position(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    model = opened(keras_files / "keras2_nested.h5")

    assert model.graph["calls"][7]["args"] == [[{"tensor": 0}, {"tensor": 1}]]
    assert model.graph["calls"][8]["args"] == [{"tensor": 0}]
    assert model.graph["calls"][8]["kwargs"] == {"y": {"tensor": 1}, "name": None}


def test_outputs_keep_order_and_repeated_names_get_numbers(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    graph = opened(keras_files / "keras2_nested.h5").graph

    assert graph["outputs"] == [
        {"call": 8, "tensor": 0, "name": "double"},
        {"call": 7, "tensor": 0, "name": "sum"},
        {"call": 8, "tensor": 0, "name": "double_1"},
    ]
    assert graph["inputs"] == [{"call": 0, "name": "x", "shape": [None, 4], "dtype": "float32"}]
    assert (graph["input_structure"], graph["output_structure"]) == ("single", "list")


@pytest.mark.parametrize(
    ("path", "name", "number"),
    [
        ("inner/norm", "gamma", 0),
        ("inner/norm", "beta", 1),
        ("inner/free", "kernel", 2),
        ("inner/free", "bias", 3),
        ("inner/frozen", "kernel", 4),
        ("inner/frozen", "bias", 5),
        ("inner/norm", "moving_mean", 6),
        ("inner/norm", "moving_variance", 7),
    ],
)
def test_a_frozen_layer_shifts_the_order_of_weights(
    keras_files: Path, opened: Callable[[Path], Any], path: str, name: str, number: int
) -> None:
    assert np.all(opened(keras_files / "keras2_nested.h5").weight(path, name) == number)


def test_split_layer_names_and_a_sequential_of_old_form_are_read(
    keras_files: Path, opened: Callable[[Path], Any]
) -> None:
    model = opened(keras_files / "keras2_split_names.h5")

    assert [path for path, _ in model.calls()] == ["dense_1_input", "dense_1", "dropout_1", "dense_2"]
    assert model.graph["inputs"][0]["shape"] == [None, 3]
    assert np.all(model.weight("dense_2", "kernel") == 2)
    assert len(model.layer("dense_2")["weights"]) == 1


def test_keras_1_names_of_weights_become_those_of_today(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    model = opened(keras_files / "keras1_dense.h5")

    assert (model.graph["keras_version"], model.graph["keras_major"]) == ("", 1)
    assert [item["name"] for item in model.layer("dense_1")["weights"]] == ["kernel", "bias"]
    assert np.all(model.weight("norm", "moving_mean") == 4)


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_dicts_give_their_keys_as_names_in_sorted_order(
    keras_files: Path, opened: Callable[[Path], Any], suffix: str
) -> None:
    graph = opened(keras_files / f"keras3_branches.{suffix}").graph

    assert (graph["input_structure"], graph["input_keys"]) == ("dict", ["left", "right"])
    assert [port["name"] for port in graph["inputs"]] == ["left", "right"]
    assert (graph["output_structure"], graph["output_keys"]) == ("dict", ["drop", "sum"])
    assert [port["name"] for port in graph["outputs"]] == ["drop", "sum"]


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_operations_are_told_from_layers_and_keep_their_arguments(
    keras_files: Path, opened: Callable[[Path], Any], suffix: str
) -> None:
    model = opened(keras_files / f"keras3_branches.{suffix}")
    calls = {model.graph["layers"][call["layer"]]["path"]: call for call in model.graph["calls"]}

    assert model.layer("add")["class_name"] == "Add"
    assert model.layer("add")["module"].startswith("keras.src.ops")
    assert model.layer("drop")["module"] is None
    part = {"slice": [None, None, None]}
    assert calls["get_item"]["args"] == [{"tensor": 0}, [part, {"slice": [0, 2, None]}]]
    assert calls["get_item_1"]["args"] == [{"tensor": 0}, [{"ellipsis": True}, {"slice": [1, None, None]}]]
    constant = calls["multiply"]["args"][1]["constant"]
    np.testing.assert_array_equal(model.record.weights[constant], np.array([1, 2, 3], np.float32))


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_each_weight_of_nested_models_is_found(keras_files: Path, opened: Callable[[Path], Any], suffix: str) -> None:
    model = opened(keras_files / f"keras3_branches.{suffix}")

    firsts = {
        (layer["path"], item["name"]): float(model.record.weights[item["index"]].flat[0])
        for layer in model.graph["layers"]
        for item in layer["weights"]
    }
    norm = {("inner/norm", name): 2.0 + i for i, name in enumerate(["gamma", "beta", "moving_mean", "moving_variance"])}
    assert firsts == {
        ("inner/first", "kernel"): 0,
        ("inner/first", "bias"): 1,
        **norm,
        ("inner/dense", "kernel"): 6,
        ("inner/dense", "bias"): 7,
        ("twice/own", "kernel"): 8,
        ("twice/own", "bias"): 9,
    }


@pytest.mark.parametrize("name", ["branches", "called", "half"])
def test_h5_and_keras_of_one_model_agree(keras_files: Path, opened: Callable[[Path], Any], name: str) -> None:
    one, two = (opened(keras_files / f"keras3_{name}.{suffix}") for suffix in ("h5", "keras"))

    assert _without_form(one.graph) == _without_form(two.graph)
    for a, b in zip(one.record.weights, two.record.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_of_wrappers_are_named_by_the_attributes_that_hold_them(
    keras_files: Path, opened: Callable[[Path], Any]
) -> None:
    model = opened(keras_files / "keras3_wrappers.keras")

    def names(path: str) -> list[str]:
        return [item["name"] for item in model.layer(path)["weights"]]

    cell = ["kernel", "recurrent_kernel", "bias"]
    assert names("both_ways") == [f"{way}_layer/cell/{name}" for way in ("forward", "backward") for name in cell]
    assert names("per_step") == ["layer/kernel", "layer/bias"]
    assert names("cells") == [f"cell/cells/{i}/{name}" for i in range(3) for name in cell]
    assert names("attend")[:2] == ["query_dense/kernel", "query_dense/bias"]
    order = [int(float(model.record.weights[item["index"]].flat[0])) for item in model.layer("cells")["weights"]]
    assert order == list(range(order[0], order[0] + 9))


def test_a_model_built_by_a_call_keeps_the_batch_of_that_call(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    graph = opened(keras_files / "keras3_called.keras").graph

    assert graph["inputs"][0]["shape"] == [1, 5, 5, 1]


def test_bfloat16_becomes_float32_with_a_notice(keras_files: Path, opened: Callable[[Path], Any]) -> None:
    model = opened(keras_files / "keras3_half.keras")

    assert {array.dtype for array in model.record.weights} == {np.dtype("float32")}
    np.testing.assert_allclose(model.weight("dense", "kernel").ravel(), np.arange(8) / 8)
    assert len(model.graph["notices"]) == 1
    assert 'dtype policy "bfloat16"' in model.graph["notices"][0]


def test_weights_are_contiguous_aligned_and_little_endian(keras_files: Path) -> None:
    for path in sorted(keras_files.iterdir()):
        for array in load_file(path).weights:
            assert array.flags.c_contiguous
            assert array.flags.aligned
            assert array.dtype == array.dtype.newbyteorder("<")


def test_weights_in_shards_are_put_together(
    keras_files: Path, opened: Callable[[Path], Any], archive: Callable[..., Path], tmp_path: Path
) -> None:
    whole = opened(keras_files / "keras3_called.keras")
    names = [layer["name"] for layer in whole.graph["layers"] if layer["weights"]]
    shards = {}
    for number, name in enumerate(names):
        with h5py.File(tmp_path / "shard", "w") as file:
            for index, item in enumerate(whole.layer(name)["weights"]):
                group = file.require_group(f"layers/{['conv2d', 'dense'][number]}/vars")
                group[str(index)] = whole.weight(name, item["name"])
        shards[f"model_{number:05}__weights__h5"] = (tmp_path / "shard").read_bytes()

    parts = opened(archive(model__weights__h5=None, model__weights__json=b"{}", **shards))
    assert parts.record.graph == whole.record.graph
    for a, b in zip(parts.record.weights, whole.record.weights, strict=True):
        np.testing.assert_array_equal(a, b)


def test_paths_of_older_versions_and_of_windows_are_found(
    keras_files: Path, opened: Callable[[Path], Any], archive: Callable[..., Path], tmp_path: Path
) -> None:
    whole = opened(keras_files / "keras3_called.keras")
    old = "_layer_checkpoint_dependencies"
    for spelling in (f"{old}/{{}}/vars", "layers\\{}/vars", f"{old}\\{{}}\\vars"):
        with h5py.File(tmp_path / "w.h5", "w") as file:
            for layer, place in (("conv", "conv2d"), ("dense", "dense")):
                group = file.create_group(spelling.format(place))
                for index, item in enumerate(whole.layer(layer)["weights"]):
                    group[str(index)] = whole.weight(layer, item["name"])
        found = opened(archive(model__weights__h5=(tmp_path / "w.h5").read_bytes()))

        assert [float(a.sum()) for a in found.record.weights] == [float(a.sum()) for a in whole.record.weights]


def test_the_graph_holds_no_sharing_marks_and_loading_repeats(keras_files: Path) -> None:
    for path in sorted(keras_files.iterdir()):
        record = load(str(path))

        assert "shared_object_id" not in record.graph
        assert record.graph == load(path).graph
        assert record.source == str(path)


def test_importing_the_sources_loads_no_framework() -> None:
    code = (
        "import sys, litesmith.sources.keras_source\n"
        "print([name for name in ('keras', 'tensorflow', 'tf_keras', 'torch', 'jax', 'h5py') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def _shared_files(shared: Path) -> list[Path]:
    folders = [shared / "corpus" / "models", shared / "scenarios"]
    return sorted(path for folder in folders for kind in ("h5", "keras") for path in folder.rglob(f"*.{kind}"))


def test_every_shared_keras_file_loads(shared: Path) -> None:
    files = _shared_files(shared)
    assert len(files) > 200

    for path in files:
        record = load_file(path)
        graph = json.loads(record.graph)
        assert graph["calls"], path
        assert record.weights, path
        used = sorted(item["index"] for layer in graph["layers"] for item in layer["weights"])
        assert used == sorted(set(used)), path


def test_shared_models_saved_in_both_formats_agree(shared: Path) -> None:
    pairs = [(path, path.with_suffix(".keras")) for path in _shared_files(shared) if path.suffix == ".h5"]
    pairs = [pair for pair in pairs if pair[1].exists()]
    assert len(pairs) > 100

    for one, two in pairs:
        a, b = load_file(one), load_file(two)
        assert _without_form(json.loads(a.graph)) == _without_form(json.loads(b.graph)), one
        for x, y in zip(a.weights, b.weights, strict=True):
            np.testing.assert_array_equal(x, y, err_msg=str(one))


def test_the_resnet_of_mlperf_tiny_is_complete(shared: Path, opened: Callable[[Path], Any]) -> None:
    model = opened(shared / "corpus" / "models" / "tiny_resnet8.h5")

    assert len(model.graph["layers"]) == 30
    assert model.weight("dense", "kernel").shape == (64, 10)
    assert model.graph["outputs"] == [{"call": 29, "tensor": 0, "name": "dense"}]
