"""The ``tflite_convert`` command, also called ``toco``: TensorFlow's flags, those of its old converter included."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from litesmith.cli import tflite_convert_v1
from litesmith.cli.exit_codes import as_exit_code
from litesmith.cli.flag_values import boolean, comma_list

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "toco"]

# What flags were called in older versions.
_OLD_NAMES = {
    "--input_file": "--graph_def_file",
    "--savedmodel_directory": "--saved_model_dir",
    "--std_value": "--std_dev_values",
    "--batch_size": "--input_shapes",
    "--dump_graphviz": "--dump_graphviz_dir",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Unknown flags are refused, not ignored."""
    given = list(sys.argv[1:] if argv is None else argv)
    if _is_old(given):
        parser = tflite_convert_v1.make_parser()
        _refuse_old_names(parser, given)
        arguments, rest = parser.parse_known_args(given)
        _refuse_rest(parser, rest)
        tflite_convert_v1.check(parser, arguments)
        return as_exit_code(lambda: tflite_convert_v1.convert(arguments), debug=False)
    parser = _make_parser()
    _refuse_old_names(parser, given)
    arguments, rest = parser.parse_known_args(given)
    _refuse_rest(parser, rest)
    if (arguments.saved_model_dir is None) == (arguments.keras_model_file is None):
        parser.error("give --saved_model_dir=FOLDER or --keras_model_file=FILE, the model to convert")
    return as_exit_code(lambda: _convert(arguments), debug=False)


def toco(argv: Sequence[str] | None = None) -> int:
    """Run the command line of ``toco``, which is ``tflite_convert`` by its former name."""
    print("toco is deprecated; the command is called tflite_convert", file=sys.stderr)
    return main(argv)


def _is_old(given: list[str]) -> bool:
    for text in given:
        name, separator, value = text.partition("=")
        if name == "--enable_v1_converter":
            return not separator or value.lower() == "true"
    return False


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tflite_convert",
        description="Convert a SavedModel or a Keras model file to a .tflite file; takes TensorFlow's flags. For "
        "quantization and graphs take the flags of the old converter: tflite_convert --enable_v1_converter --help.",
        epilog="example: tflite_convert --saved_model_dir=model --output_file=model.tflite",
        allow_abbrev=False,
    )
    parser.add_argument("--saved_model_dir", type=Path, metavar="FOLDER", help="the folder of a SavedModel")
    parser.add_argument("--keras_model_file", type=Path, metavar="FILE", help="the .h5 or .keras file")
    parser.add_argument("--output_file", type=Path, required=True, metavar="FILE", help="the .tflite file to write")
    parser.add_argument(
        "--saved_model_tag_set", type=comma_list, metavar="TAGS", help="tags of the graph, with commas (default serve)"
    )
    parser.add_argument(
        "--saved_model_signature_key", type=comma_list, metavar="KEYS", help="signatures, with commas (default all)"
    )
    parser.add_argument(
        "--enable_v1_converter",
        nargs="?",
        const=True,
        type=boolean,
        metavar="BOOL",
        help="convert with the old converter and its flags",
    )
    for name in ("experimental_new_converter", "experimental_new_quantizer"):
        parser.add_argument(
            f"--{name}",
            nargs="?",
            const=True,
            type=boolean,
            metavar="BOOL",
            help="accepted for compatibility; has no effect",
        )
    return parser


def _refuse_old_names(parser: argparse.ArgumentParser, given: list[str]) -> None:
    said = []
    for text in given:
        name = text.partition("=")[0]
        for old, new in _OLD_NAMES.items():
            if name in (old, f"{old}s"):
                said.append(f"Use {new} instead of {name}")
    if said:
        tflite_convert_v1.end(parser, "; ".join(said))


def _refuse_rest(parser: argparse.ArgumentParser, rest: list[str]) -> None:
    old = [text.partition("=")[0] for text in rest if text.partition("=")[0] in tflite_convert_v1.flags()]
    if old:
        plural = "is a flag" if len(old) == 1 else "are flags"
        parser.error(f"{', '.join(old)} {plural} of the old converter: add --enable_v1_converter")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")


def _convert(arguments: argparse.Namespace) -> None:
    from litesmith.converter import TFLiteConverter
    from litesmith.files import require_writable, write_atomically

    output = require_writable(arguments.output_file)
    if arguments.keras_model_file is not None:
        converter = TFLiteConverter.from_keras_model_file(arguments.keras_model_file)
    else:
        converter = TFLiteConverter.from_saved_model(
            arguments.saved_model_dir,
            signature_keys=arguments.saved_model_signature_key,
            tags=None if arguments.saved_model_tag_set is None else set(arguments.saved_model_tag_set),
        )
    write_atomically(output, [converter.convert()])


if __name__ == "__main__":
    sys.exit(main())
