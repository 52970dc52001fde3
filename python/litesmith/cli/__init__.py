"""The ``litesmith`` command."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from litesmith.cli import (
    convert_command,
    graph_command,
    inspect_command,
    quantize_command,
    report_command,
    run_command,
    tool_commands,
)
from litesmith.cli.exit_codes import WRONG_ARGUMENTS, as_exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_EPILOG = """examples:
  litesmith convert model.h5                       writes model.tflite beside it
  litesmith convert model.keras -o small.tflite
  litesmith convert saved_model                    the folder of a SavedModel, writes saved_model.tflite beside it
  litesmith convert frozen.pb --inputs image --outputs scores
  litesmith quantize model.tflite --samples x.npy  int8 weights and activations, writes model_int8.tflite
  litesmith quantize model.tflite --mode float16   half the size, no samples needed
  litesmith report model.tflite --samples x.npy    which layers lose how much by that
  litesmith inspect model.tflite                   operators, tensors, sizes, signatures
  litesmith graph list frozen.pb                   nodes of a TensorFlow graph; also to-pbtxt, strip, fold, dot
  litesmith run model.tflite --input x.npy         prints the outputs
  litesmith run model.tflite --input a=a.npy --input b=b.npy --output results.npz

exit codes: 0 done, 1 the model or a file is at fault (one line says why), 2 wrong arguments, 130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="litesmith",
        description="Convert models of Keras and TensorFlow to TensorFlow Lite; quantize, look into, change and run "
        ".tflite files.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"litesmith {_version()}")
    parser.add_argument("--debug", action="store_true", help="show the Python traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in (convert_command, quantize_command, report_command, run_command, inspect_command, graph_command):
        module.add_parser(commands)
    tool_commands.add_parsers(commands)
    arguments = parser.parse_args(argv)
    if "handler" not in arguments:
        parser.print_help(sys.stderr)
        return WRONG_ARGUMENTS
    return as_exit_code(lambda: arguments.handler(arguments), debug=arguments.debug)


def _version() -> str:
    from litesmith import __version__

    return __version__
