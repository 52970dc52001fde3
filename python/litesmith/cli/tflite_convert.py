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

# Flags of TensorFlow's command that ask for other sources or for files of other kinds.
_OTHER_FLAGS = frozenset(
    "saved_model_dir saved_model_tag_set saved_model_signature_key graph_def_file input_arrays output_arrays "
    "input_shapes output_format inference_type inference_input_type std_dev_values mean_values "
    "default_ranges_min default_ranges_max "
    "allow_custom_ops custom_opdefs dump_graphviz_dir dump_graphviz_video conversion_summary_dir "
    "drop_control_dependency reorder_across_fake_quant change_concat_input_ranges".split()
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Unknown flags are refused, not ignored."""
    parser = argparse.ArgumentParser(
        prog="tflite_convert",
        description="Convert a Keras model file to a .tflite file; takes TensorFlow's flags.",
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
    _add_quantization(parser)
    arguments, rest = parser.parse_known_args(argv)
    _refuse(parser, rest)
    _check_quantization(parser, arguments)
    if arguments.keras_model_file is None:
        parser.error("--keras_model_file=FILE is missing: the model to convert")
    return as_exit_code(lambda: _convert(arguments), debug=False)


def _add_quantization(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--post_training_quantize",
        "--quantize_weights",
        action="store_true",
        help="store large weights as int8; with --enable_v1_converter, as in TensorFlow",
    )
    parser.add_argument(
        "--quantize_to_float16",
        action="store_true",
        help="store weights as float16 instead; with --post_training_quantize",
    )


def _check_quantization(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    if arguments.quantize_to_float16 and not arguments.post_training_quantize:
        parser.error("--quantize_to_float16 has no effect without --post_training_quantize")
    if arguments.post_training_quantize and not arguments.enable_v1_converter:
        parser.error("--post_training_quantize is a flag of the old converter: add --enable_v1_converter")


def _refuse(parser: argparse.ArgumentParser, rest: list[str]) -> None:
    flags = [text.split("=")[0] for text in rest if text.startswith("-")]
    others = [flag for flag in flags if flag.lstrip("-") in _OTHER_FLAGS]
    if others:
        parser.error(f"this version converts Keras files and has no {', '.join(others)}")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.converter import TFLiteConverter
    from litesmith.files import require_writable, write_atomically
    from litesmith.options import Optimize

    output = require_writable(arguments.output_file)
    converter = TFLiteConverter.from_keras_model_file(arguments.keras_model_file)
    if arguments.post_training_quantize:
        converter.optimizations = [Optimize.DEFAULT]
    if arguments.quantize_to_float16:
        converter.target_spec.supported_types = ["float16"]
    write_atomically(output, [converter.convert()])


if __name__ == "__main__":
    sys.exit(main())
