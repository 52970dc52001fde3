"""Models as objects: nothing of a file is lost, and damage is an error."""

from __future__ import annotations

import copy
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from litesmith import _core, lite
from litesmith.errors import ModelLimitError
from litesmith.tools import flatbuffer_utils, schema

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits"


@pytest.fixture(scope="module")
def digits() -> bytes:
    return lite.TFLiteConverter.from_keras_model_file(DIGITS / "digits_cnn.keras").convert()


def corpus(shared: Path) -> list[Path]:
    return sorted((shared / "corpus" / "models").rglob("*.tflite"))


def same(mine: Any, theirs: Any, where: str) -> None:
    """Fails at the first field in which objects of the two kinds differ."""
    if isinstance(mine, schema.TableObject):
        assert type(mine).__name__ == type(theirs).__name__, where
        for name, value in vars(mine).items():
            same(value, getattr(theirs, name), f"{where}.{name}")
    elif isinstance(mine, list):
        assert len(mine) == len(theirs), where
        for index, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            same(one, other, f"{where}[{index}]")
    elif isinstance(mine, np.ndarray):
        np.testing.assert_array_equal(mine, theirs, err_msg=where)
    else:
        assert mine == theirs, where


def test_objects_equal_those_of_flatbuffers_own_classes(shared: Path, schema: ModuleType) -> None:
    compared = 0
    for path in corpus(shared)[::12]:
        content = path.read_bytes()
        try:
            mine = flatbuffer_utils.read_model(path)
        except ValueError:
            continue
        theirs = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(content), 0))
        if any(buffer.offset > 1 for buffer in theirs.buffers or []):
            continue
        same(mine, theirs, path.name)
        compared += 1
    assert compared > 20


def test_files_written_from_objects_say_what_the_file_said(shared: Path) -> None:
    compared = 0
    for path in corpus(shared)[::5]:
        content = path.read_bytes()
        try:
            said = _core.describe_content(content, path.name)
        except (ValueError, RuntimeError):
            continue
        written = flatbuffer_utils.convert_object_to_bytearray(flatbuffer_utils.read_model(path))
        assert _core.describe_content(written, path.name) == said, path.name
        again = flatbuffer_utils.convert_object_to_bytearray(flatbuffer_utils.read_model_from_bytearray(written))
        assert again == written, path.name
        compared += 1
    assert compared > 50


def test_every_byte_missing_at_the_end_is_an_error_or_a_model(digits: bytes) -> None:
    refused = 0
    for size in [*range(0, 400, 7), *range(400, len(digits), 977)]:
        try:
            flatbuffer_utils.read_model_from_bytearray(digits[:size])
        except ValueError:
            refused += 1
    assert refused > 50


def test_random_damage_is_an_error_or_a_model(digits: bytes) -> None:
    random = np.random.default_rng(7)
    refused = 0
    for _ in range(300):
        damaged = bytearray(digits)
        for place in random.integers(8, len(damaged), 12):
            damaged[place] = random.integers(256)
        for place in random.integers(8, 2000, 6):
            damaged[place] = random.integers(256)
        try:
            flatbuffer_utils.read_model_from_bytearray(bytes(damaged))
        except (ValueError, ModelLimitError):
            refused += 1
    assert refused > 10


def test_a_missing_file_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match=r"Input file not found at 'missing.tflite'"):
        flatbuffer_utils.read_model("missing.tflite")


def test_wrong_values_are_errors_that_name_table_and_field(digits: bytes) -> None:
    model = flatbuffer_utils.read_model_from_bytearray(digits)
    cases: list[tuple[Any, str, Any, str]] = [
        (model.subgraphs[0].tensors[0], "shape", ["one"], "TensorT.shape"),
        (model.subgraphs[0].tensors[0], "shape", [2**40], "TensorT.shape"),
        (model.subgraphs[0].operators[0], "opcodeIndex", -1, "OperatorT.opcodeIndex"),
        (model.subgraphs[0].operators[0], "builtinOptions", schema.AbsOptionsT(), "OperatorT.builtinOptions"),
        (model, "subgraphs", [3], "ModelT.subgraphs"),
    ]
    for table, field, value, said in cases:
        kept = getattr(table, field)
        setattr(table, field, value)
        with pytest.raises(ValueError, match=said):
            flatbuffer_utils.convert_object_to_bytearray(model)
        setattr(table, field, kept)
    assert flatbuffer_utils.convert_object_to_bytearray(model)


def test_objects_made_by_hand_have_the_schemas_defaults_and_refuse_other_fields() -> None:
    options = schema.Conv2DOptionsT(strideW=2)
    assert (options.strideW, options.strideH, options.dilationWFactor, options.padding) == (
        2,
        0,
        1,
        schema.Padding.SAME,
    )
    with pytest.raises(TypeError, match="stride"):
        schema.Conv2DOptionsT(stride=2)
    with pytest.raises(AttributeError, match="NoSuchOptionsT"):
        schema.NoSuchOptionsT  # noqa: B018


def test_data_behind_the_flatbuffer_come_into_it(digits: bytes) -> None:
    model = flatbuffer_utils.read_model_from_bytearray(digits)
    inside = flatbuffer_utils.convert_object_to_bytearray(model)
    index, weights = max(enumerate(model.buffers), key=lambda pair: 0 if pair[1].data is None else len(pair[1].data))
    content = bytes(weights.data)
    weights.data, weights.offset, weights.size = None, 2, len(content)
    place = len(flatbuffer_utils.convert_object_to_bytearray(model))
    weights.offset = place
    outside = flatbuffer_utils.convert_object_to_bytearray(model, extra_buffer=content)
    assert len(outside) == place + len(content)
    read = flatbuffer_utils.read_model_from_bytearray(outside)
    assert bytes(read.buffers[index].data) == content
    assert flatbuffer_utils.convert_object_to_bytearray(read) == inside
    with pytest.raises(ValueError, match=f"buffer {index}"):
        flatbuffer_utils.read_model_from_bytearray(outside[:-1])


def test_the_object_form_can_be_copied_and_changed(digits: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.tflite").write_bytes(digits)
    model = flatbuffer_utils.read_model_with_mutable_tensors(tmp_path / "m.tflite")
    other = copy.deepcopy(model)
    other.subgraphs[0].tensors[0].shape[0] = 5
    assert model.subgraphs[0].tensors[0].shape[0] == 1
    other.description = "changed"
    flatbuffer_utils.write_model(other, tmp_path / "other.tflite")
    assert flatbuffer_utils.read_model(tmp_path / "other.tflite").description == b"changed"
