"""Drawings of V1 converters: DOT in place of the model, dumps before and after, the summary page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from litesmith import _core
from litesmith.compat.v1 import lite
from litesmith.reports.dot_graph import dot_graph
from litesmith.reports.model_page import model_page

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "digits" / "digits_cnn.keras"
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_STATEMENT = re.compile(
    r"""(digraph\ S|subgraph\ S)\ \{ | \} | (graph|node|edge|S)\ \[[^\[\]]*\]; | label=S;
    | S\ ->\ S\ \[label=S\];""",
    re.VERBOSE,
)


def converter(**attributes: Any) -> lite.TFLiteConverter:
    made = lite.TFLiteConverter.from_keras_model_file(DIGITS)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def require_dot(text: str) -> None:
    """Fails where a line is no statement of the language, or braces do not match."""
    for line in text.splitlines():
        bare = _STRING.sub("S", line.strip())
        assert _STATEMENT.fullmatch(bare), line
    bare = _STRING.sub("S", text)
    assert bare.count("{") == bare.count("}")


def require_page(text: str) -> None:
    """Fails where elements do not nest or something is fetched from elsewhere."""

    class Nesting(HTMLParser):
        open_tags: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in {"meta", "rect", "path"}:
                self.open_tags.append(tag)
            assert not any(name in {"src", "href"} for name, _ in attrs)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert self.open_tags.pop() == tag

    parser = Nesting()
    parser.open_tags = []
    parser.feed(text)
    assert parser.open_tags == []


def test_graphviz_dot_in_place_of_the_model_draws_every_operator() -> None:
    text = converter(output_format=lite.constants.GRAPHVIZ_DOT).convert().decode()
    model = json.loads(_core.describe_content(converter().convert(), "digits"))
    require_dot(text)
    for operator in model["graphs"][0]["operators"]:
        assert f'label="{operator["name"]}\\n{operator["layer"]}"' in text
    assert "float32[?, 8, 8, 1]" in text
    assert text.startswith('digraph "digits_cnn')


def test_dumps_show_the_model_as_read_and_as_written(tmp_path: Path) -> None:
    content = converter(dump_graphviz_dir=tmp_path / "new" / "folder").convert()
    assert content == converter().convert()
    texts = {path.name: path.read_text("utf-8") for path in (tmp_path / "new" / "folder").iterdir()}
    assert sorted(texts) == ["toco_AFTER_TRANSFORMATIONS.dot", "toco_AT_IMPORT.dot"]
    for text in texts.values():
        require_dot(text)
    assert "BATCH_NORMALIZATION" in texts["toco_AT_IMPORT.dot"]
    assert "BATCH_NORMALIZATION" not in texts["toco_AFTER_TRANSFORMATIONS.dot"]


def test_the_summary_says_what_became_of_the_operators(tmp_path: Path) -> None:
    converter(conversion_summary_dir=str(tmp_path)).convert()
    page = (tmp_path / "toco_conversion_summary.html").read_text("utf-8")
    require_page(page)
    row = '<td>BATCH_NORMALIZATION</td><td class="number">1</td><td class="number">0</td>'
    assert row in page
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "toco_conversion_summary.html",
        "toco_tf_graph.dot",
        "toco_tflite_graph.dot",
    ]


def test_names_of_any_kind_are_escaped() -> None:
    hostile = '<b>"quoted" \\ back\nline &amp; {x} [y]'
    tensor = {"name": hostile, "type": "float32", "shape": [-1, 2], "constant": False, "bytes": 0, "quantization": ""}
    operator = {"name": hostile, "inputs": [0, -1], "outputs": [1], "layer": hostile}
    model = {
        "description": hostile,
        "graphs": [
            {"name": hostile, "inputs": [0], "outputs": [1], "tensors": [tensor, tensor], "operators": [operator]}
        ],
        "signatures": [{"key": hostile, "graph": 0, "inputs": [hostile], "outputs": [hostile]}],
        "metadata": [{"name": hostile, "bytes": 3}],
    }
    text = dot_graph(model, hostile)
    require_dot(text)
    assert text.count('\\"quoted\\"') >= 6
    page = model_page(model, hostile, 10)
    require_page(page)
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("attributes", "error", "said"),
    [
        ({"output_format": 1}, ValueError, "GRAPHVIZ_DOT"),
        ({"dump_graphviz_dir": 3}, TypeError, "dump_graphviz_dir is 3"),
        ({"conversion_summary_dir": DIGITS}, FileExistsError, "digits_cnn"),
    ],
)
def test_wrong_wishes_are_errors(attributes: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        converter(**attributes).convert()
