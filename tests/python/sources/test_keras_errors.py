"""Bad Keras files end in the documented exception, whose text names the file, the fault and the way out."""

from __future__ import annotations

import io
import json
import pickle
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from litesmith.errors import ConverterError, ModelLimitError, UnsafeModelError
from litesmith.sources import hdf5_file, keras_graph, keras_zip
from litesmith.sources.keras_file import load_file
from litesmith.sources.keras_source import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _h5(path: Path, config: Any, weights: dict[str, dict[str, Any]], **options: Any) -> Path:
    with h5py.File(path, "w", **options) as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.15.0"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, members in weights.items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [name.encode() for name in members]
            for name, value in members.items():
                inner[name] = value
    return path


def _dense(**config: Any) -> dict[str, Any]:
    layer = {"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3], **config}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}


GOOD = {"d": {"d/kernel:0": np.ones((3, 2), "f4"), "d/bias:0": np.ones(2, "f4")}}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing.h5: no such file"):
        load(tmp_path / "nothing.h5")


def test_a_saved_model_folder_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").touch()

    with pytest.raises(
        IsADirectoryError, match=r"SavedModel folder, which this version does not read; save the model with model\.save"
    ):
        load(tmp_path)


def test_neither_model_nor_path_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="expected a Keras model or the path of a Keras file, got int"):
        load(3)


@pytest.mark.parametrize(
    ("content", "error", "text"),
    [
        (b"", OSError, "is empty"),
        (b"\x1c\0\0\0TFL3" + bytes(64), ValueError, "already converted"),
        (b"\x08\x01\x12\x05", ValueError, "TensorFlow protobuf"),
        (b'{"class_name": "Sequential"}', ValueError, "without weights"),
        (b"\x80\x04abc", ValueError, "pickle, which is never loaded"),
        (b"GIF89a", ValueError, "no .h5, .hdf5 or .keras file"),
        (b"PK\x03\x04" + bytes(30), OSError, "damaged or cut short"),
        (b"\x89HDF\r\n\x1a\n" + bytes(30), OSError, "damaged"),
    ],
)
def test_another_kind_of_file_is_told(tmp_path: Path, content: bytes, error: type[Exception], text: str) -> None:
    path = tmp_path / "m.h5"
    path.write_bytes(content)

    with pytest.raises(error, match=text) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_weights_without_a_model_ask_for_the_whole_model(tmp_path: Path) -> None:
    path = tmp_path / "w.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"dense"]

    with pytest.raises(ValueError, match=r"holds weights without the model: save the whole model with model\.save"):
        load(path)


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.99])
@pytest.mark.parametrize("name", ["keras2_nested.h5", "keras3_called.keras"])
def test_a_file_cut_short_is_an_os_error(tmp_path: Path, keras_files: Path, name: str, keep: float) -> None:
    data = (keras_files / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * keep)])

    with pytest.raises(OSError, match=r"cut short|damaged"):
        load(path)


def test_missing_weights_name_the_layer_and_both_lists(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", _dense(), {"d": {"d/kernel:0": np.ones((3, 2), "f4")}})

    with pytest.raises(ConverterError, match=r'layer "d" \(Dense\) expects 2 weights .*the file has 1') as caught:
        load(path)
    assert caught.value.errors == ["d"]


def test_too_many_weights_are_refused(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", _dense(use_bias=False), GOOD)

    with pytest.raises(ConverterError, match=r"expects 1 weights .*the file has 2"):
        load(path)


def test_missing_weights_of_an_archive_name_the_layer(archive: Callable[..., Path], tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_group("layers/conv2d/vars")["0"] = np.ones((3, 3, 1, 2), "f4")
    path = archive(model__weights__h5=(tmp_path / "w.h5").read_bytes())

    with pytest.raises(ConverterError, match=r'layer "conv" \(Conv2D\) expects 2 weights .* has 1 at "layers/conv2d"'):
        load(path)


def test_an_unknown_input_shape_says_how_to_fix_it(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", _dense(batch_input_shape=None), GOOD)

    with pytest.raises(ValueError, match=r"unknown: put keras\.Input"):
        load(path)


def test_a_subclassed_model_in_a_file_asks_for_the_live_one(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", {"class_name": "Mine", "config": {"units": 3}}, {})

    with pytest.raises(ValueError, match="pass the live model to from_keras_model"):
        load(path)


@pytest.mark.parametrize("class_name", ["Lambda", "TorchModuleWrapper", "TFSMLayer", "pkg>Lambda"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_stored_code_is_never_run(tmp_path: Path, class_name: str, wrapped: bool) -> None:
    layer = {"class_name": class_name, "config": {"name": "evil", "function": ["bytecode", None, None]}}
    if wrapped:
        layer = {"class_name": "TimeDistributed", "config": {"name": "evil", "layer": layer}}
    config = _dense()
    config["config"]["layers"].append(layer)
    path = _h5(tmp_path / "m.h5", config, GOOD)

    with pytest.raises(UnsafeModelError, match=r'layer "evil" holds .* pass the live model'):
        load(path)


def test_a_custom_layer_passes_through_with_its_registered_name(tmp_path: Path) -> None:
    config = _dense()
    config["config"]["layers"].append({"class_name": "pkg>Mine", "config": {"name": "mine", "trainable": True}})
    path = _h5(tmp_path / "m.h5", config, {**GOOD, "mine": {"mine/inner/w:0": np.ones(3, "f4")}})

    layer = json.loads(load(path).graph)["layers"][-1]
    assert (layer["class_name"], layer["registered_name"]) == ("pkg>Mine", "pkg>Mine")
    assert [item["name"] for item in layer["weights"]] == ["inner/w"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "..\\x", "C:/x"])
def test_archive_members_that_leave_the_archive_are_unsafe(archive: Callable[..., Path], name: str) -> None:
    with pytest.raises(UnsafeModelError, match="leaves the archive"):
        load(archive(**{name: b"x"}))


def test_a_symbolic_link_in_an_archive_is_unsafe(archive: Callable[..., Path]) -> None:
    path = archive()
    with zipfile.ZipFile(path, "a") as target:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")

    with pytest.raises(UnsafeModelError, match="symbolic link"):
        load(path)


def test_a_member_that_expands_too_far_is_refused(archive: Callable[..., Path]) -> None:
    with pytest.raises(ModelLimitError, match=r"declares 7.* but stores"):
        load(archive(model__weights__h5=bytes(70 << 20)))


def test_too_many_members_are_refused(archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_zip, "MAX_MEMBERS", 3)

    with pytest.raises(ModelLimitError, match="has 4 members, at most 3 are read"):
        load(archive(more=b""))


def test_pickled_weights_are_refused(archive: Callable[..., Path]) -> None:
    stream = io.BytesIO()
    np.savez(stream, layers=np.array({"0": 1}, dtype=object))

    with pytest.raises(UnsafeModelError, match="pickles that are never loaded"):
        load(archive(model__weights__h5=None, model__weights__npz=stream.getvalue()))


def test_other_archives_are_told_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones(3))
    with zipfile.ZipFile(tmp_path / "t.pt", "w") as target:
        target.writestr("archive/data.pkl", pickle.dumps(1))

    with pytest.raises(ValueError, match="NumPy archive"):
        load_file(tmp_path / "a.npz")
    with pytest.raises(ValueError, match="PyTorch file"):
        load_file(tmp_path / "t.pt")


def test_json_that_is_nested_too_deep_is_refused(archive: Callable[..., Path]) -> None:
    for depth in (300, 100_000):
        config = b'{"class_name": ' + b"[" * depth + b"]" * depth + b"}"
        with pytest.raises(ModelLimitError, match="nested deeper than 256"):
            load(archive(config__json=config))


def test_models_that_call_each_other_twice_are_bounded(
    archive: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_graph, "MAX_CALLS", 1000)

    def tensor(layer: str, call: int) -> dict[str, Any]:
        return {
            "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [layer, call, 0]}}],
            "kwargs": {},
        }

    start = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4]}, "inbound_nodes": []}
    inner: dict[str, Any] = {"class_name": "Dropout", "config": {"name": "y", "trainable": True}}
    for _ in range(40):
        inner["inbound_nodes"] = [tensor("x", 0), tensor("y", 0)]
        base = 2 if "input_layers" in inner["config"] else 1
        ends = {"input_layers": ["x", 0, 0], "output_layers": ["y", base, 0]}
        config = {"name": "y", "layers": [start, {**inner, "name": "y"}], **ends}
        inner = {"class_name": "Functional", "config": config}

    with pytest.raises(ModelLimitError, match="expand to more than 1000 layer calls"):
        load(archive(config__json=json.dumps(inner).encode()))


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_links_out_of_the_hierarchy_are_unsafe(tmp_path: Path, libver: str) -> None:
    for link in (h5py.SoftLink("/elsewhere"), h5py.ExternalLink("other.h5", "/x")):
        path = _h5(tmp_path / "m.h5", _dense(), GOOD, libver=libver)
        with h5py.File(path, "r+", libver=libver) as file:
            file["elsewhere"] = np.ones((3, 2), "f4")
            del file["model_weights/d/d/kernel:0"]
            file["model_weights/d/d/kernel:0"] = link

        with pytest.raises(UnsafeModelError, match=r'kernel:0" is a link to elsewhere, which is never followed'):
            load(path)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_values_in_other_files_are_unsafe(tmp_path: Path, libver: str) -> None:
    (tmp_path / "secret").write_bytes(bytes(64))
    path = _h5(tmp_path / "m.h5", _dense(), GOOD, libver=libver)
    with h5py.File(path, "r+", libver=libver) as file:
        del file["model_weights/d/d/kernel:0"]
        external = [(str(tmp_path / "secret"), 0, 24)]
        file["model_weights/d/d"].create_dataset("kernel:0", (3, 2), "f4", external=external)

    with pytest.raises(UnsafeModelError, match="stored in another file"):
        load(path)


def test_virtual_datasets_are_unsafe(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", _dense(), GOOD)
    with h5py.File(path, "r+") as file:
        del file["model_weights/d/d/kernel:0"]
        layout = h5py.VirtualLayout((3, 2), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (3, 2))
        file["model_weights/d/d"].create_virtual_dataset("kernel:0", layout)

    with pytest.raises((UnsafeModelError, OSError), match=r"other file|another file|newer"):
        load(path)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("options", [{}, {"chunks": (1000, 1000), "compression": "gzip"}])
def test_a_shape_without_bytes_behind_it_is_refused(tmp_path: Path, libver: str, options: dict[str, Any]) -> None:
    path = _h5(tmp_path / "m.h5", _dense(), GOOD, libver=libver)
    with h5py.File(path, "r+", libver=libver) as file:
        del file["model_weights/d/d/kernel:0"]
        file["model_weights/d/d"].create_dataset("kernel:0", (50_000, 50_000), "f4", **options)

    with pytest.raises(ModelLimitError, match="declares 10000000000 bytes but stores 0"):
        load(path)


def test_many_shapes_without_bytes_are_refused_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5_file, "FLOOR_BYTES", 1000)
    path = _h5(tmp_path / "m.h5", _dense(), GOOD)
    with hdf5_file.open_hdf5(str(path), path.stat().st_size) as file:
        file.account(1000 * path.stat().st_size, "the first")
        with pytest.raises(ModelLimitError, match="up to the second"):
            file.account(1, "the second")


def test_groups_nested_too_deep_are_refused(archive: Callable[..., Path], tmp_path: Path) -> None:
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_group("/".join(["g"] * 40))

    with pytest.raises(ModelLimitError, match="deeper than 32 groups"):
        load(archive(model__weights__h5=(tmp_path / "w.h5").read_bytes()))


def test_text_in_the_place_of_numbers_is_refused(tmp_path: Path) -> None:
    path = _h5(tmp_path / "m.h5", _dense(), {"d": {"d/kernel:0": "text", "d/bias:0": np.ones(2, "f4")}})

    with pytest.raises(OSError, match="it holds no numbers"):
        load(path)
