"""Tables of SavedModels give TensorFlow's values, here and in LiteRT."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litesmith import lite
from litesmith.errors import ConverterError
from tests.python.oracle_process import Question, ask

_RECORDS = Path(__file__).resolve().parents[2] / "fixtures" / "tensorflow_tables" / "table_models.json.gz"
RECORDS: dict[str, dict[str, Any]] = json.loads(gzip.decompress(_RECORDS.read_bytes()))


def _written(record: dict[str, Any], folder: Path) -> Path:
    for name, content in record["files"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return folder


def _array(values: list[Any], dtype: Any) -> Any:
    if dtype not in (np.object_, np.bytes_):
        return np.array(values, dtype)
    return np.array([value.encode() if isinstance(value, str) else value for value in values], np.object_)


def _operators(model: bytes) -> set[str]:
    details = lite.Interpreter(model_content=model)
    return {op["op_name"] for op in details._get_ops_details()}


@pytest.mark.parametrize("name", RECORDS)
def test_keys_have_the_values_that_tensorflow_finds(name: str, tmp_path: Path) -> None:
    record = RECORDS[name]
    model = lite.TFLiteConverter.from_saved_model(_written(record, tmp_path)).convert()
    runner = lite.Interpreter(model_content=model).get_signature_runner()
    key_type = runner.get_input_details()["keys"]["dtype"]
    results = runner(keys=_array(record["keys"], key_type))
    want = _array(record["values"], results["values"].dtype.type)
    assert len(set(record["values"])) > 1
    assert results["values"].tolist() == want.tolist()
    assert results["size"] == record["size"]


def test_litert_finds_them_too_where_it_has_the_operators(tmp_path: Path) -> None:
    questions, wanted = [], []
    for number, record in enumerate(RECORDS.values()):
        model = lite.TFLiteConverter.from_saved_model(_written(record, tmp_path / str(number))).convert()
        if "HASHTABLE" in _operators(model):
            continue  # its wheels leave tables out
        keys = lite.Interpreter(model_content=model).get_input_details()[0]
        for key, value in zip(record["keys"], record["values"], strict=True):
            questions.append(Question(model, [np.array([key], keys["dtype"])]))
            wanted.append(value)
    assert len(questions) > 20, "tables of integers need no HASHTABLE"
    for answer, value in zip(ask(questions, "BUILTIN_REF", tmp_path), wanted, strict=True):
        assert not answer.refusal
        assert value in [float(output.ravel()[0]) for output in answer.outputs]


@pytest.mark.parametrize(
    ("name", "operators"),
    [
        ("strings to int64", {"CALL_ONCE", "HASHTABLE", "HASHTABLE_FIND"}),
        ("int64 to strings", {"CALL_ONCE", "HASHTABLE", "HASHTABLE_FIND"}),
        ("strings to float32", {"CALL_ONCE", "HASHTABLE", "HASHTABLE_FIND", "GATHER"}),
        ("int64 to int64, close", {"GATHER", "MAXIMUM", "MINIMUM", "SUB"}),
    ],
)
def test_tables_need_few_operators(name: str, operators: set[str], tmp_path: Path) -> None:
    model = lite.TFLiteConverter.from_saved_model(_written(RECORDS[name], tmp_path)).convert()
    assert _operators(model) == operators


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("column to column", "one,11\n\n", ["vocabulary file", "line 2", "empty"]),
        ("column to column", "one\n", ["vocabulary file", "line 1", "column 1", "there are 1"]),
        ("column to column", "one,x\n", ["line 1", "'x' is no int64"]),
        ("column to column", "one,1\none,2\n", ["a second time"]),
        ("the first two lines", "one\n", ["has 1 lines", "shall have 2"]),
        ("lines to their numbers", None, ["vocabulary", "assets"]),
    ],
)
def test_vocabulary_files_that_do_not_fit_are_refused(
    name: str, content: str | None, words: list[str], tmp_path: Path
) -> None:
    folder = _written(RECORDS[name], tmp_path)
    file = folder / "assets" / "vocabulary.txt"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with pytest.raises((ValueError, ConverterError)) as raised:
        lite.TFLiteConverter.from_saved_model(folder).convert()
    for word in words:
        assert word in str(raised.value)
