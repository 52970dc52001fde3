"""The ``tflite_convert`` command: TensorFlow's flags for Keras files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.cli.exit_codes import as_exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Unknown flags are refused, not ignored."""
    parser = argparse.ArgumentParser(
        prog="tflite_convert",
        description="Convert a Keras model file to .tflite with the flags of TensorFlow's command of this name.",
        epilog="example: tflite_convert --keras_model_file=model.h5 --output_file=model.tflite",
    )
    parser.add_argument("--keras_model_file", type=Path, required=True, metavar="FILE", help="the .h5 or .keras file")
    parser.add_argument("--output_file", type=Path, required=True, metavar="FILE", help="the .tflite file to write")
    for name in ("experimental_new_converter", "experimental_new_quantizer"):
        parser.add_argument(
            f"--{name}", nargs="?", const=True, type=_boolean, help="accepted for compatibility; has no effect"
        )
    arguments = parser.parse_args(argv)
    return as_exit_code(lambda: _convert(arguments), debug=False)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.converter import TFLiteConverter
    from litesmith.files import write_atomically

    write_atomically(arguments.output_file, [TFLiteConverter.from_keras_model_file(arguments.keras_model_file).convert()])


if __name__ == "__main__":
    sys.exit(main())
