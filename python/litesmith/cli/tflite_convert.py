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

# Flags of TensorFlow's command that ask for other sources or for something else than a float32 model.
_OTHER_FLAGS = frozenset(
    "saved_model_dir saved_model_tag_set saved_model_signature_key graph_def_file input_arrays output_arrays "
    "input_shapes output_format inference_type inference_input_type std_dev_values mean_values "
    "default_ranges_min default_ranges_max post_training_quantize quantize_weights quantize_to_float16 "
    "allow_custom_ops custom_opdefs dump_graphviz_dir dump_graphviz_video conversion_summary_dir "
    "drop_control_dependency reorder_across_fake_quant change_concat_input_ranges".split()
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Unknown flags are refused, not ignored."""
    parser = argparse.ArgumentParser(
        prog="tflite_convert",
        description="Convert a Keras model file to a float32 .tflite file; takes TensorFlow's flags.",
        epilog="example: tflite_convert --keras_model_file=model.h5 --output_file=model.tflite",
        allow_abbrev=False,
    )
    parser.add_argument("--keras_model_file", type=Path, metavar="FILE", help="the .h5 or .keras file")
    parser.add_argument("--output_file", type=Path, required=True, metavar="FILE", help="the .tflite file to write")
    for name in ("enable_v1_converter", "experimental_new_converter", "experimental_new_quantizer"):
        parser.add_argument(
            f"--{name}",
            nargs="?",
            const=True,
            type=_boolean,
            metavar="BOOL",
            help="accepted for compatibility; has no effect",
        )
    arguments, rest = parser.parse_known_args(argv)
    _refuse(parser, rest)
    if arguments.keras_model_file is None:
        parser.error("--keras_model_file=FILE is missing: the model to convert")
    return as_exit_code(lambda: _convert(arguments), debug=False)


def _refuse(parser: argparse.ArgumentParser, rest: list[str]) -> None:
    flags = [text.split("=")[0] for text in rest if text.startswith("-")]
    others = [flag for flag in flags if flag.lstrip("-") in _OTHER_FLAGS]
    if others:
        parser.error(f"this version converts Keras files to float32 models and has no {', '.join(others)}")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.converter import TFLiteConverter
    from litesmith.files import require_writable, write_atomically

    output = require_writable(arguments.output_file)
    write_atomically(output, [TFLiteConverter.from_keras_model_file(arguments.keras_model_file).convert()])


if __name__ == "__main__":
    sys.exit(main())
