"""What a GraphDef has in it, as TensorFlow's ``summarize_graph`` tells it."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.cli.exit_codes import as_exit_code
from litesmith.cli.flag_values import boolean
from litesmith.tools.graph_nodes import is_control, node_name

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "summary"]

_VARIABLES = frozenset({"Variable", "VariableV2", "VarHandleOp"})
# Operators that end a graph without being its result.
_NO_OUTPUTS = frozenset({"Const", "Assign", "NoOp", "Placeholder"})
_UNITS = "kMBT"


def summary(graph: Any, name: str = "GRAPH") -> str:
    """The report: possible inputs, variables, possible outputs, sizes, operators.

    Args:
        graph: a GraphDef.
        name: the file, for the line that runs TensorFlow's benchmark.
    """
    placeholders = [node for node in graph.node if node.op == "Placeholder"]
    variables = [node for node in graph.node if node.op in _VARIABLES]
    used = {node_name(reference) for node in graph.node for reference in node.input}
    outputs = [node for node in graph.node if node.name not in used and node.op not in _NO_OUTPUTS]
    lines = [
        _found("possible inputs", placeholders, _source, "No inputs spotted."),
        _found("variables", variables, _source, "No variables spotted."),
        _found("possible outputs", outputs, lambda node: f"(name={node.name}, op={node.op}) ", "No outputs spotted."),
        _sizes(graph),
        *_devices(graph),
        _operators(graph),
        *_benchmark(name, placeholders + variables, outputs),
    ]
    return "\n".join(lines)


def _found(what: str, nodes: list[Any], describe: Any, none: str) -> str:
    return f"Found {len(nodes)} {what}: " + "".join(map(describe, nodes)) if nodes else none


def _source(node: Any) -> str:
    return f"(name={node.name}, type={_type_name(node)}({node.attr['dtype'].type}), shape={_shape(node) or 'None'}) "


def _type_name(node: Any) -> str:
    field = node.attr["dtype"].DESCRIPTOR.fields_by_name["type"]
    value = field.enum_type.values_by_number.get(node.attr["dtype"].type)
    name = value.name.removeprefix("DT_") if value else str(node.attr["dtype"].type)
    return name if name == "INVALID" else name.lower()


def _shape(node: Any, unknown: str = "?") -> str | None:
    if "shape" not in node.attr:
        return None
    shape = node.attr["shape"].shape
    if shape.unknown_rank:
        return "<unknown>"
    return "[" + ",".join(unknown if dim.size < 0 else str(dim.size) for dim in shape.dim) + "]"


def _sizes(graph: Any) -> str:
    held = {"Const": 0, "other": 0}
    for node in graph.node:
        if "value" in node.attr and node.attr["value"].HasField("tensor"):
            held["Const" if node.op == "Const" else "other"] += _elements(node.attr["value"].tensor.tensor_shape)
    constant, variable = held.values()
    control = sum(is_control(reference) for node in graph.node for reference in node.input)
    return (
        f"Found {constant} ({_short(constant)}) const parameters, {variable} ({_short(variable)}) variable parameters, "
        f"and {control} control_edges"
    )


def _elements(shape: Any) -> int:
    return prod(dim.size for dim in shape.dim)


def _short(number: int) -> str:
    if number < 1000:
        return str(number)
    power = 1
    while number >= 999.995 * 1000**power and power < len(_UNITS):
        power += 1
    return f"{number / 1000**power:.2f}{_UNITS[power - 1]}"


def _devices(graph: Any) -> list[str]:
    devices = Counter(node.device for node in graph.node if node.device)
    return (
        ["".join(f"{count} nodes assigned to device '{name}'" for name, count in sorted(devices.items()))]
        if devices
        else []
    )


def _operators(graph: Any) -> str:
    bodies = [node for function in graph.library.function for node in function.node_def]
    counts = Counter(node.op for node in [*graph.node, *bodies])
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "Op types used: " + ", ".join(f"{count} {name}" for name, count in ordered)


def _benchmark(name: str, inputs: list[Any], outputs: list[Any]) -> list[str]:
    shapes = [_shape(node, "-1") for node in inputs]
    command = (
        f"bazel run tensorflow/tools/benchmark:benchmark_model -- --graph={name} --show_flops "
        f"--input_layer={','.join(node.name for node in inputs)} "
        f"--input_layer_type={','.join(map(_type_name, inputs))} "
        f"--input_layer_shape={':'.join((shape or '').strip('[]').replace('<unknown>', '') for shape in shapes)} "
        f"--output_layer={','.join(node.name for node in outputs)}"
    )
    return ["To use with tensorflow/tools/benchmark:benchmark_model try these arguments:", command]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="summarize_graph",
        description="Show what a GraphDef file has in it: possible inputs and outputs, variables, sizes, operators.",
        epilog="example: summarize_graph --in_graph=frozen.pb",
        allow_abbrev=False,
    )
    parser.add_argument("--in_graph", type=Path, required=True, metavar="FILE", help="the .pb or .pbtxt file")
    parser.add_argument(
        "--print_structure",
        nargs="?",
        const=True,
        type=boolean,
        default=False,
        metavar="BOOL",
        help="also list every node with its operator and inputs",
    )
    arguments = parser.parse_args(argv)
    return as_exit_code(lambda: _print(arguments), debug=False)


def _print(arguments: argparse.Namespace) -> None:
    from litesmith.tools import graph as graphs

    graph = graphs.load(arguments.in_graph)
    print(summary(graph, str(arguments.in_graph)))
    if arguments.print_structure:
        print("\n".join(graphs.listing(graph)))


if __name__ == "__main__":
    sys.exit(main())
