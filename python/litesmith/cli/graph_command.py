"""``litesmith graph``: GraphDef files listed, converted, cut down and drawn."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["add_parser"]

_Subparsers = argparse._SubParsersAction

_EPILOG = """examples:
  litesmith graph list frozen.pb                        a line per node: operator, name, inputs
  litesmith graph to-pbtxt frozen.pb                    writes frozen.pbtxt beside it
  litesmith graph to-pb graph.pbtxt -o graph.pb
  litesmith graph strip frozen.pb --outputs softmax --inputs image -o small.pb
  litesmith graph strip frozen.pb --operators Identity,CheckNumerics --outputs softmax -o small.pb
  litesmith graph fold frozen.pb -o folded.pb           what depends on constants alone becomes a constant
  litesmith graph dot frozen.pb | dot -Tsvg -o graph.svg

Files are .pb or .pbtxt, told apart by their content; a .meta file or a SavedModel's folder is read too.
Freezing a graph with its checkpoint: freeze_graph --help. Needs protobuf: pip install litesmith[text]
"""


def add_parser(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    """Add the command, its actions and their options."""
    parser = commands.add_parser(
        "graph",
        help="list, convert, strip, fold and draw GraphDef files (.pb, .pbtxt)",
        description="Look into TensorFlow's GraphDef files and rewrite them, without TensorFlow.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add(actions, "list", "print a line per node: operator, name, inputs", _list)
    _add(actions, "to-pbtxt", "write the file as text", _to_pbtxt, output="FILE.pbtxt beside it")
    _add(actions, "to-pb", "write the file in wire format", _to_pb, output="FILE.pb beside it")
    strip = _add(actions, "strip", "leave out what the outputs do not need", _strip, output="required")
    strip.add_argument("--outputs", type=_names, default=[], metavar="NAMES", help="nodes to keep with what they need")
    strip.add_argument("--inputs", type=_names, default=[], metavar="NAMES", help="nodes that become placeholders")
    strip.add_argument(
        "--operators", type=_names, default=[], metavar="OPS", help="operators to take out, such as Identity"
    )
    fold = _add(actions, "fold", "compute what depends on constants alone", _fold, output="required")
    fold.add_argument("--outputs", type=_names, default=[], metavar="NAMES", help="nodes to keep in any case")
    _add(actions, "dot", "draw the graph: text for Graphviz", _dot, output="standard output")


def _add(
    actions: _Subparsers[argparse.ArgumentParser],
    name: str,
    text: str,
    handler: Callable[[argparse.Namespace], None],
    output: str = "",
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.add_argument("graph", type=Path, metavar="GRAPH", help="the .pb or .pbtxt file, or a SavedModel's folder")
    if output:
        parser.add_argument(
            "-o",
            "--output",
            type=Path,
            required=output == "required",
            metavar="FILE",
            help="the file to write" if output == "required" else f"the file to write (default: {output})",
        )
    parser.set_defaults(handler=handler)
    return parser


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _list(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph

    _print(graph.listing(graph.load(arguments.graph)))


def _to_pbtxt(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph

    graph.convert_pb_to_pbtxt(arguments.graph, _beside(arguments, ".pbtxt"))


def _to_pb(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph

    graph.convert_pbtxt_to_pb(arguments.graph, _beside(arguments, ".pb"))


def _beside(arguments: argparse.Namespace, suffix: str) -> Path:
    given: Path | None = arguments.output
    source: Path = arguments.graph
    if given is None and (source.is_dir() or source.suffix == suffix):
        raise ValueError(f"say where to write with -o: '{source}' has no name to make one ending in {suffix} of")
    return given or source.with_suffix(suffix)


def _strip(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph

    if not (arguments.outputs or arguments.operators):
        raise ValueError("say what to keep with --outputs, or what to take out with --operators")
    stripped = graph.strip(
        graph.load(arguments.graph), arguments.outputs, arguments.inputs, operators=arguments.operators
    )
    graph.save(stripped, arguments.output)


def _fold(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph

    graph.save(graph.fold(graph.load(arguments.graph), arguments.outputs), arguments.output)


def _dot(arguments: argparse.Namespace) -> None:
    from litesmith.files import write_atomically
    from litesmith.tools import graph

    text = graph.dot(graph.load(arguments.graph))
    if arguments.output is None:
        _print(text.splitlines())
    else:
        write_atomically(arguments.output, [text.encode("utf-8")])


def _print(lines: Iterable[str]) -> None:
    print("\n".join(lines))
