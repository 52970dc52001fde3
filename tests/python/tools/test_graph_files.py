"""GraphDef files: text and wire format are the same graph, and what is damaged is refused with its place."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from graphs import every_kind
from tensorflow_process import tensorflow_python

from litesmith.sources import graph_file, graph_text, message_classes
from litesmith.tools import graph

PLACE = re.compile(r"'cut\.pbtxt', line \d+, column \d+: ")


@pytest.fixture(scope="module")
def text() -> bytes:
    return graph.to_text(every_kind()).encode()


def test_text_and_wire_format_are_the_same_graph_both_ways(tmp_path: Path) -> None:
    original = every_kind()
    graph.save(original, tmp_path / "a.pb")
    graph.convert_pb_to_pbtxt(tmp_path / "a.pb", tmp_path / "b.pbtxt")
    graph.convert_pbtxt_to_pb(tmp_path / "b.pbtxt", tmp_path / "c.pb")
    assert (tmp_path / "b.pbtxt").read_text().startswith('node {\n  name: "x"')
    assert (tmp_path / "c.pb").read_bytes() == (tmp_path / "a.pb").read_bytes()
    for name in ("a.pb", "b.pbtxt", "c.pb"):
        assert graph.load(tmp_path / name) == original


def test_a_file_is_what_its_content_says_whatever_its_name(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "text.pb").write_bytes(text)
    (tmp_path / "wire.pbtxt").write_bytes(every_kind().SerializeToString())
    assert graph.load(tmp_path / "text.pb") == graph.load(tmp_path / "wire.pbtxt") == every_kind()


def test_other_ways_to_write_the_same_text_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pbtxt"
    path.write_text(
        "# a comment\nnode < name: 'a' 'b'; op: \"\\x41\\144d\", input: [\"x\", 'y'] "
        'attr { key: "T" value { type: 1 } } >'
    )
    node = graph.load(path).node[0]
    assert (node.name, node.op, list(node.input), node.attr["T"].type) == ("ab", "Add", ["x", "y"], 1)


def refusal(read: Callable[[], Any]) -> str:
    """What the ValueError says; empty where there is none."""
    try:
        read()
    except ValueError as error:
        return str(error)
    return ""


def test_every_truncation_of_a_text_is_a_graph_or_an_error_with_line_and_column(text: bytes) -> None:
    said = [refusal(partial(graph_text.parse_text, text[:size], "cut.pbtxt")) for size in range(1, len(text))]
    refused = [each for each in said if each]
    assert [each for each in refused if not PLACE.match(each)] == []
    assert len(refused) > len(text) / 2


def test_changed_characters_of_a_text_give_a_graph_or_an_error_with_line_and_column(text: bytes) -> None:
    seeded = random.Random(1)
    said = []
    for _ in range(600):
        changed = bytearray(text)
        changed[seeded.randrange(len(text))] = seeded.choice([*b'{}":<>[]\\#\n\x00\xff 9a', seeded.randrange(256)])
        said.append(refusal(partial(graph_text.parse_text, bytes(changed), "cut.pbtxt")))
    refused = [each for each in said if each]
    assert [each for each in refused if not PLACE.match(each)] == []
    assert len(refused) > 200


@pytest.mark.parametrize(
    ("content", "line", "column", "reason"),
    [
        (b'node {\n  name: "a"\n  colour: 3\n}', 3, 3, "colour"),
        (b'node {\n  attr { key: "T" value { type: DT_FLOT } }\n}', 2, 33, "DT_FLOT"),
        (b'node {\n  name: "\xe9"\n}', 2, 10, "0xe9"),
        (b'node {\n  name: "a"', 2, 9, '"}"'),
        (b"node {\n" + b"attr { value { func {" * 3000, 1, 1, "nested"),
    ],
)
def test_what_is_wrong_in_a_text_is_named_with_its_place(
    tmp_path: Path, content: bytes, line: int, column: int, reason: str
) -> None:
    path = tmp_path / "bad.pbtxt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"bad\.pbtxt', line {line}, column {column}: .*{re.escape(reason)}"):
        graph.load(path)


def test_every_truncation_of_a_binary_graph_is_a_graph_or_an_error_that_names_the_file() -> None:
    whole = every_kind().SerializeToString()
    said = [refusal(partial(graph_file.parse_message, whole[:size], "cut.pb")) for size in range(len(whole))]
    refused = [each for each in said if each]
    assert [each for each in refused if not each.startswith("'cut.pb'")] == []
    assert len(refused) > len(whole) * 0.9


def test_a_missing_file_and_a_folder_without_a_graph_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.pb"):
        graph.load(tmp_path / "absent.pb")
    with pytest.raises(ValueError, match=r"holds no saved_model\.pb"):
        graph.load(tmp_path)


def test_without_protobuf_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.pbtxt").write_text("node { }")
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    message_classes.message_pool.cache_clear()
    with pytest.raises(ImportError, match=r"pip install litesmith\[text\]"):
        graph.load(tmp_path / "a.pbtxt")


def test_nothing_is_registered_where_tensorflow_keeps_its_messages() -> None:
    code = (
        "from google.protobuf import descriptor_pool\nfrom litesmith.sources.message_classes import new_message\n"
        "new_message('SavedModel')\n"
        "try:\n    descriptor_pool.Default().FindMessageTypeByName('tensorflow.SavedModel')\n"
        "except KeyError:\n    print('clean')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "clean\n"


def test_tensorflows_own_files_read_as_its_text_form_has_them(shared: Path) -> None:
    pairs = sorted((shared / "scenarios" / "05_tf1_graphs").glob("*.pb"))
    assert len(pairs) > 10
    for path in pairs:
        loaded = graph.load(path)
        assert loaded == graph.load(path.with_suffix(".pbtxt")), path.name
        assert len(loaded.node) > 3, path.name


def test_meta_graphs_and_saved_models_have_their_graph_read(shared: Path) -> None:
    scenarios = shared / "scenarios"
    assert len(graph.load(scenarios / "05_tf1_graphs" / "model_dir" / "model.ckpt-320.meta").node) == 494
    assert len(graph.load(scenarios / "02_savedmodel_optimizations" / "k2_saved_model" / "1").node) == 67


_COMPARE = """
from tensorflow.core.protobuf import saved_model_pb2, saver_pb2, trackable_object_graph_pb2
from litesmith.sources.message_classes import message_pool

pool = message_pool().pool
seen, wrong = set(), []

def compare(theirs, ours):
    if theirs.full_name in seen:
        return
    seen.add(theirs.full_name)
    if set(theirs.fields_by_name) != set(ours.fields_by_name):
        wrong.append((theirs.full_name, sorted(set(theirs.fields_by_name) ^ set(ours.fields_by_name))))
    for name in set(theirs.fields_by_name) & set(ours.fields_by_name):
        a, b = theirs.fields_by_name[name], ours.fields_by_name[name]
        one = lambda f: f.containing_oneof.name if f.containing_oneof else None
        said = lambda f: (f.number, f.type, f.is_repeated, one(f))
        if said(a) != said(b):
            wrong.append((theirs.full_name, name, said(a), said(b)))
        values = lambda f: {value.name: value.number for value in f.enum_type.values}
        if a.enum_type and values(a) != values(b):
            wrong.append((a.enum_type.full_name, name))
        if a.message_type and b.message_type:
            compare(a.message_type, b.message_type)

for theirs in (saved_model_pb2.SavedModel, saver_pb2.SaverDef, trackable_object_graph_pb2.TrackableObjectGraph):
    compare(theirs.DESCRIPTOR, pool.FindMessageTypeByName(theirs.DESCRIPTOR.full_name))
assert len(seen) > 60, len(seen)
print(wrong)
"""


@pytest.mark.oracle
@pytest.mark.slow
def test_the_tables_are_tensorflows_and_both_live_in_one_process() -> None:
    done = subprocess.run([tensorflow_python(), "-c", _COMPARE], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr[-2000:]
