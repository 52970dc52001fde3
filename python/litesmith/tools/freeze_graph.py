"""A graph and its checkpoint as one graph of constants: TensorFlow's ``freeze_graph``."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from litesmith import _core
from litesmith.cli.exit_codes import as_exit_code
from litesmith.cli.flag_values import boolean
from litesmith.files import require_writable, write_atomically
from litesmith.sources.graph_file import graph_of, read_message
from litesmith.tools.graph_nodes import nodes_by_name, require_nodes
from litesmith.tools.graph_strip import strip
from litesmith.tools.graph_variables import VARIABLES, variables_to_constants

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

__all__ = ["freeze_graph", "main"]

Path = str | os.PathLike[str]


def freeze_graph(
    input_graph: Path | None,
    input_saver: Path | None,
    input_binary: bool,
    input_checkpoint: Path | None,
    output_node_names: str,
    restore_op_name: str | None,
    filename_tensor_name: str | None,
    output_graph: Path | None,
    clear_devices: bool,
    initializer_nodes: str,
    variable_names_whitelist: str = "",
    variable_names_denylist: str = "",
    input_meta_graph: Path | None = None,
    input_saved_model_dir: Path | None = None,
    saved_model_tags: str = "serve",
    checkpoint_version: int = 2,
) -> Any:
    """Replace the variables of a graph by constants with a checkpoint's values, keeping what the outputs need.

    Resource variables are frozen too. Files are told apart by their content, text or wire format. ``input_binary``,
    ``restore_op_name``, ``filename_tensor_name`` and ``checkpoint_version`` have no effect; ``initializer_nodes`` must
    be empty, since nothing is run that could overwrite what the checkpoint has.

    Args:
        input_graph, input_meta_graph, input_saved_model_dir: one of a GraphDef file, a MetaGraphDef file (``.meta``)
            and a SavedModel's folder, of which ``saved_model_tags`` choose the graph.
        input_saver: a SaverDef file; read, but the graph itself says how its variables are restored.
        input_checkpoint: a checkpoint's prefix; a SavedModel has its own.
        output_node_names, variable_names_whitelist, variable_names_denylist: names with commas between: results,
            the only variables to freeze, variables that stay.
        output_graph: where to write the frozen graph in wire format; nothing is written without it.
        clear_devices: leave out where nodes are to run.

    Raises:
        ValueError: arguments contradict each other, a name is not in the graph, or a variable has no value.
    """
    del input_binary, restore_op_name, filename_tensor_name, checkpoint_version
    outputs, tags = _names(output_node_names), _names(saved_model_tags)
    _check_arguments(outputs, initializer_nodes, input_saver)
    target = require_writable(output_graph) if output_graph else None
    graph = _source(input_graph, input_meta_graph, input_saved_model_dir, tags)
    if clear_devices:
        _clear_devices(graph)
    values = _values(input_checkpoint, input_saved_model_dir, tags, graph, outputs)
    needed = strip(graph, outputs)
    frozen = variables_to_constants(needed, values, _kept(needed, variable_names_whitelist, variable_names_denylist))
    if target is not None:
        write_atomically(target, [frozen.SerializeToString(deterministic=True)])
    return frozen


def _clear_devices(graph: Any) -> None:
    for node in [*graph.node, *(each for function in graph.library.function for each in function.node_def)]:
        node.device = ""


def _names(text: str) -> list[str]:
    return [name for name in text.replace(" ", "").split(",") if name]


def _check_arguments(outputs: list[str], initializer_nodes: str, saver: Path | None) -> None:
    if saver:
        read_message(saver, "SaverDef")
    if not outputs:
        raise ValueError("output_node_names is empty; name the nodes that give the results, separated by commas")
    if initializer_nodes:
        raise ValueError(
            f"initializer_nodes is '{initializer_nodes}', but nothing is run here, and initializers would overwrite "
            "what the checkpoint has; leave it empty"
        )


def _source(graph: Path | None, meta: Path | None, saved: Path | None, tags: list[str]) -> Any:
    if sum(map(bool, (graph, meta, saved))) != 1:
        raise ValueError("give one of input_graph, input_meta_graph and input_saved_model_dir")
    source = str(graph or meta or saved)
    message = read_message(source)
    found = graph_of(_tagged(message, source, tags) if saved else message, source)
    if not graph:  # hints of meta graphs, which TensorFlow leaves out
        for node in found.node:
            node.attr.pop("_output_shapes", None)
    return found


def _tagged(message: Any, source: str, tags: list[str]) -> Any:
    if message.DESCRIPTOR.name != "SavedModel":
        raise ValueError(f"'{source}' is a {message.DESCRIPTOR.name}, not a SavedModel; give its folder")
    for meta in message.meta_graphs:
        if set(meta.meta_info_def.tags) == set(tags):
            return meta
    there = " and ".join("{" + ", ".join(sorted(meta.meta_info_def.tags)) + "}" for meta in message.meta_graphs)
    raise ValueError(f"'{source}' has no graph with the tags {{{', '.join(tags)}}}; it has {there}")


def _values(
    path: Path | None, saved: Path | None, tags: list[str], graph: Any, outputs: list[str]
) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    if saved:
        return _core.saved_model_variables(os.fspath(saved), set(tags), outputs)
    if not path:
        raise ValueError(
            "input_checkpoint is empty; give the prefix of a checkpoint, for instance model_dir/model.ckpt-320"
        )
    if not any(node.op in VARIABLES for node in graph.node):
        return {}
    try:
        return _core.checkpoint_variables(os.fspath(path), graph.SerializeToString(), "the graph", outputs)
    except OSError as error:
        raise ValueError(f"Input checkpoint '{path}' doesn't exist! {error}") from error


def _kept(graph: Any, whitelist: str, denylist: str) -> set[str]:
    frozen, kept = _names(whitelist), _names(denylist)
    variables = {node.name for node in graph.node if node.op in VARIABLES}
    require_nodes(nodes_by_name(graph), frozen)
    return {name for name in variables if name in kept or (frozen and name not in frozen)}


_FLAGS = (
    ("input_graph", "", "the GraphDef file, text or binary"),
    ("input_saver", "", "a SaverDef file"),
    ("input_checkpoint", "", "the checkpoint's prefix, for instance model_dir/model.ckpt-320"),
    ("output_graph", "", "the file to write"),
    ("output_node_names", "", "names of the output nodes, separated by commas"),
    ("restore_op_name", "save/restore_all", "accepted for compatibility; has no effect"),
    ("filename_tensor_name", "save/Const:0", "accepted for compatibility; has no effect"),
    ("initializer_nodes", "", "must be empty: nothing is run"),
    ("variable_names_whitelist", "", "names of the variables to freeze, separated by commas; default: all"),
    ("variable_names_denylist", "", "names of variables that stay variables"),
    ("input_meta_graph", "", "a MetaGraphDef file (.meta) instead of --input_graph"),
    ("input_saved_model_dir", "", "a SavedModel's folder instead of --input_graph and --input_checkpoint"),
    ("saved_model_tags", "serve", "tags of the graph in the SavedModel, separated by commas"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="freeze_graph",
        description="Write a graph and its checkpoint as one graph of constants; takes TensorFlow's flags.",
        epilog="example: freeze_graph --input_graph=graph.pbtxt --input_checkpoint=model.ckpt-320 "
        "--output_node_names=softmax --output_graph=frozen.pb",
        allow_abbrev=False,
    )
    for name, default, text in _FLAGS:
        parser.add_argument(f"--{name}", default=default, metavar="TEXT", help=text)
    for flag, stated, text in (
        ("input_binary", False, "accepted for compatibility; files are told apart by their content"),
        ("clear_devices", True, "leave out where nodes are to run (default: true)"),
    ):
        parser.add_argument(f"--{flag}", nargs="?", const=True, default=stated, type=boolean, metavar="BOOL", help=text)
    parser.add_argument("--checkpoint_version", type=int, default=2, help="accepted for compatibility; has no effect")
    arguments = parser.parse_args(argv)
    if not arguments.output_graph:
        parser.error("--output_graph=FILE is missing: the file to write")
    return as_exit_code(lambda: _run(arguments), debug=False)


def _run(arguments: argparse.Namespace) -> None:
    frozen = freeze_graph(**vars(arguments))
    print(f"{arguments.output_graph}: {len(frozen.node)} operators in the final graph", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
