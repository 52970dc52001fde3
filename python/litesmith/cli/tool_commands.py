"""Tools on ``.tflite`` files as commands: ``litesmith strip_strings``, ``python -m litesmith.tools.strip_strings``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith.cli.exit_codes import as_exit_code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["TOOLS", "add_parsers", "run_tool"]

_INPUT: tuple[str, dict[str, Any]] = (
    "--input_tflite_file",
    {"type": Path, "required": True, "metavar": "FILE", "help": "the model to read"},
)
_OUTPUT: tuple[str, dict[str, Any]] = (
    "--output_tflite_file",
    {"type": Path, "required": True, "metavar": "FILE", "help": "the model to write"},
)


@dataclass(frozen=True)
class Tool:
    """A command: what its help says, its flags, and what it does."""

    help: str
    flags: tuple[tuple[str, dict[str, Any]], ...]
    run: Callable[[argparse.Namespace], None]


def _strip_strings(arguments: argparse.Namespace) -> None:
    from litesmith.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(arguments.input_tflite_file)
    flatbuffer_utils.strip_strings(model)
    flatbuffer_utils.write_model(model, arguments.output_tflite_file)


def _randomize_weights(arguments: argparse.Namespace) -> None:
    from litesmith.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(arguments.input_tflite_file)
    flatbuffer_utils.randomize_weights(model, arguments.random_seed, arguments.buffers_to_skip)
    flatbuffer_utils.write_model(model, arguments.output_tflite_file)


def _reverse_xxd(arguments: argparse.Namespace) -> None:
    from litesmith.tools import flatbuffer_utils

    model = flatbuffer_utils.xxd_output_to_object(arguments.input_cc_file)
    flatbuffer_utils.write_model(model, arguments.output_tflite_file)


def _visualize(arguments: argparse.Namespace) -> None:
    from litesmith.files import write_atomically
    from litesmith.tools.visualize import create_html

    write_atomically(arguments.output, [create_html(arguments.model).encode()])


def _c_source(arguments: argparse.Namespace) -> None:
    from litesmith.files import require_writable, write_atomically
    from litesmith.tools.c_source import convert_bytes_to_c_source

    for path in (arguments.output_source_file, arguments.output_header_file):
        require_writable(path)
    source, header = convert_bytes_to_c_source(
        arguments.input_tflite_file.read_bytes(),
        arguments.array_variable_name,
        arguments.line_width,
        arguments.include_guard,
        arguments.include_path,
        arguments.use_tensorflow_license,
    )
    write_atomically(arguments.output_source_file, [source.encode()])
    write_atomically(arguments.output_header_file, [header.encode()])


def _modify_interface(arguments: argparse.Namespace) -> None:
    from litesmith.files import write_atomically
    from litesmith.tools.model_interface import modify_model_io_type

    content = arguments.input_tflite_file.read_bytes()
    changed = modify_model_io_type(content, arguments.input_type.lower(), arguments.output_type.lower())
    write_atomically(arguments.output_tflite_file, [changed])


def _type_flag(what: str) -> dict[str, Any]:
    choices = ("INT8", "UINT8", "INT16", "FLOAT32")
    return {"type": str.upper, "choices": choices, "default": "FLOAT32", "help": f"type of the {what}"}


TOOLS = {
    "strip_strings": Tool("take names and descriptions out of a model", (_INPUT, _OUTPUT), _strip_strings),
    "randomize_weights": Tool(
        "replace the weights of a model by random values",
        (
            _INPUT,
            _OUTPUT,
            ("--random_seed", {"type": int, "default": 0, "metavar": "N", "help": "equal seeds give equal weights"}),
            ("--buffers_to_skip", {"type": int, "nargs": "*", "metavar": "N", "help": "buffers that stay"}),
        ),
        _randomize_weights,
    ),
    "reverse_xxd_dump_from_cc": Tool(
        "make a model of an array in a C source",
        (
            ("--input_cc_file", {"type": Path, "required": True, "metavar": "FILE", "help": "the C source"}),
            _OUTPUT,
        ),
        _reverse_xxd,
    ),
    "visualize": Tool(
        "write one HTML page about a model",
        (
            ("model", {"type": Path, "metavar": "MODEL", "help": "the .tflite file"}),
            ("output", {"type": Path, "metavar": "HTML", "help": "the page to write"}),
        ),
        _visualize,
    ),
    "convert_file_to_c_source": Tool(
        "write a model as an array in a C source",
        (
            _INPUT,
            ("--output_source_file", {"type": Path, "required": True, "metavar": "FILE", "help": "the source"}),
            ("--output_header_file", {"type": Path, "required": True, "metavar": "FILE", "help": "its header"}),
            ("--array_variable_name", {"required": True, "metavar": "NAME", "help": "name of the array"}),
            ("--line_width", {"type": int, "default": 80, "metavar": "N", "help": "width of lines (default 80)"}),
            ("--include_guard", {"metavar": "MACRO", "help": "of the header"}),
            ("--include_path", {"metavar": "PATH", "help": "what the source includes"}),
            ("--use_tensorflow_license", {"action": "store_true", "help": "begin with TensorFlow's license"}),
        ),
        _c_source,
    ),
    "modify_model_interface": Tool(
        "give a quantized model integer inputs and outputs",
        (_INPUT, _OUTPUT, ("--input_type", _type_flag("inputs")), ("--output_type", _type_flag("outputs"))),
        _modify_interface,
    ),
}


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add every tool as a command."""
    for name, tool in TOOLS.items():
        parser = commands.add_parser(name, help=tool.help, description=_sentence(tool))
        _add_flags(parser, tool)
        parser.set_defaults(handler=tool.run)


def run_tool(name: str, argv: Sequence[str] | None = None) -> int:
    """Run a tool by itself; returns the exit code."""
    tool = TOOLS[name]
    parser = argparse.ArgumentParser(prog=name, description=_sentence(tool), allow_abbrev=False)
    _add_flags(parser, tool)
    arguments = parser.parse_args(argv)
    return as_exit_code(lambda: tool.run(arguments), debug=False)


def _sentence(tool: Tool) -> str:
    return f"{tool.help[0].upper()}{tool.help[1:]}."


def _add_flags(parser: argparse.ArgumentParser, tool: Tool) -> None:
    for name, options in tool.flags:
        parser.add_argument(name, **options)
