"""The commands `litesmith graph` and `summarize_graph`."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphs import every_kind

from litesmith import cli
from litesmith.tools import graph, summarize_graph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: it holds model.pb and nothing else."""
    graph.save(every_kind(), tmp_path / "model.pb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    """The exit code, however the command ends."""
    try:
        return cli.main(["graph", *arguments])
    except SystemExit as ended:
        return int(str(ended.code))


@pytest.mark.usefixtures("folder")
def test_list_prints_a_line_per_node(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "model.pb") == 0
    assert capsys.readouterr().out.splitlines() == [
        "Placeholder x",
        "Conv2D conv <- x, ^start",
        "Const weights",
        "Const texts",
        "NoOp start",
    ]


def test_to_pbtxt_and_to_pb_write_beside_the_source(folder: Path) -> None:
    assert run("to-pbtxt", "model.pb") == 0
    assert (folder / "model.pbtxt").read_text().startswith("node {")
    assert run("to-pb", "model.pbtxt", "-o", "again.pb") == 0
    assert (folder / "again.pb").read_bytes() == (folder / "model.pb").read_bytes()


def test_strip_and_fold_write_the_named_file(folder: Path) -> None:
    assert run("strip", "model.pb", "--outputs", "conv", "--inputs", "x", "-o", "small.pb") == 0
    assert [node.name for node in graph.load(folder / "small.pb").node] == ["x", "conv", "start"]
    assert run("fold", "model.pb", "-o", "folded.pbtxt") == 0
    assert graph.load(folder / "folded.pbtxt") == every_kind()


def test_dot_prints_or_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dot", "model.pb") == 0
    printed = capsys.readouterr().out
    assert run("dot", "model.pb", "-o", "graph.dot") == 0
    assert (folder / "graph.dot").read_text() == printed
    assert printed.startswith("digraph")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["list", "absent.pb"], 1, "absent.pb"),
        (["strip", "model.pb", "--outputs", "cnv", "-o", "a.pb"], 1, "did you mean 'conv'"),
        (["strip", "model.pb", "-o", "a.pb"], 1, "--outputs"),
        (["to-pb", "model.pb"], 1, "say where to write with -o"),
        (["fold", "model.pb", "-o", "no/where/a.pb"], 1, "does not exist"),
        (["strip", "model.pb", "--outputs", "conv"], 2, "usage: litesmith graph strip"),
        ([], 2, "usage: litesmith graph"),
        (["turn", "model.pb"], 2, "usage: litesmith graph"),
    ],
)
def test_faults_of_files_are_exit_code_1_and_wrong_arguments_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    before = sorted(folder.iterdir())
    assert run(*arguments) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert sorted(folder.iterdir()) == before


def test_help_shows_how_each_action_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    for action in ("list", "to-pbtxt", "to-pb", "strip", "fold", "dot"):
        assert f"litesmith graph {action} " in text


@pytest.mark.usefixtures("folder")
def test_summarize_graph_prints_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert summarize_graph.main(["--in_graph=model.pb"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Found 1 possible inputs: (name=x, type=float(1), shape=[?,3]) "
    assert "Found 8 (8) const parameters, 0 (0) variable parameters, and 1 control_edges" in lines
    assert summarize_graph.main(["--in_graph=model.pb", "--print_structure"]) == 0
    assert "Conv2D conv <- x, ^start" in capsys.readouterr().out.splitlines()
    assert summarize_graph.main(["--in_graph=absent.pb"]) == 1
    assert "error: absent.pb" in capsys.readouterr().err
