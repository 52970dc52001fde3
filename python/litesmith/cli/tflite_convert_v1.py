"""The flags of ``tflite_convert --enable_v1_converter``."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from litesmith.cli.flag_values import boolean, comma_list, element_type, numbers, shapes

if TYPE_CHECKING:
    from litesmith.converter import TFLiteConverterV1

__all__ = ["check", "convert", "end", "flags", "make_converter", "make_parser"]

_FORMATS = {"TFLITE": 2, "GRAPHVIZ_DOT": 3}
_RULE_BROKEN = 1


def make_parser() -> argparse.ArgumentParser:
    """The parser of all flags."""
    parser = argparse.ArgumentParser(
        prog="tflite_convert",
        description="Convert a graph, a SavedModel or a Keras model file to a .tflite file, with the flags of "
        "TensorFlow's old converter.",
        epilog="example: tflite_convert --enable_v1_converter --graph_def_file=frozen.pb --input_arrays=input "
        "--output_arrays=softmax --output_file=model.tflite",
        allow_abbrev=False,
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--graph_def_file", type=Path, metavar="FILE", help="a frozen graph, .pb or .pbtxt")
    source.add_argument("--saved_model_dir", type=Path, metavar="FOLDER", help="the folder of a SavedModel")
    source.add_argument("--keras_model_file", type=Path, metavar="FILE", help="the .h5 or .keras file")
    parser.add_argument("--output_file", type=Path, required=True, metavar="FILE", help="the file to write")
    _add_arrays(parser)
    _add_quantization(parser)
    _add_operators(parser)
    _add_drawings(parser)
    _add_without_effect(parser)
    return parser


@functools.cache
def flags() -> frozenset[str]:
    """The names of all flags."""
    return frozenset(name for action in make_parser()._actions for name in action.option_strings)


def end(parser: argparse.ArgumentParser, text: str) -> NoReturn:
    """End the process as TensorFlow's command does where flags do not fit together: usage, message, exit code 1."""
    parser.print_usage(sys.stderr)
    parser.exit(_RULE_BROKEN, f"{parser.prog}: error: {text}\n")


def _add_arrays(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input_arrays", type=comma_list, metavar="NAMES", help="inputs, with commas")
    parser.add_argument(
        "--input_shapes", type=shapes, metavar="SHAPES", help="their shapes, with colons: 1,28,28,1:1,10"
    )
    parser.add_argument("--output_arrays", type=comma_list, metavar="NAMES", help="outputs, with commas")
    parser.add_argument(
        "--saved_model_tag_set", type=comma_list, metavar="TAGS", help="tags of the graph, with commas (default serve)"
    )
    parser.add_argument("--saved_model_signature_key", metavar="KEY", help="the signature (default serving_default)")


def _add_quantization(parser: argparse.ArgumentParser) -> None:
    types = "FLOAT, INT8, UINT8 or QUANTIZED_UINT8"
    parser.add_argument("--inference_type", type=element_type, metavar="TYPE", help=f"of the arrays: {types}")
    parser.add_argument("--inference_input_type", type=element_type, metavar="TYPE", help=f"of the inputs: {types}")
    parser.add_argument(
        "--std_dev_values",
        type=numbers,
        metavar="NUMBERS",
        help="of the inputs, with --mean_values: real = (q-mean)/std",
    )
    parser.add_argument("--mean_values", type=numbers, metavar="NUMBERS", help="of the inputs, with --std_dev_values")
    parser.add_argument("--default_ranges_min", type=float, metavar="X", help="of arrays for which the graph has none")
    parser.add_argument("--default_ranges_max", type=float, metavar="X", help="of arrays for which the graph has none")
    parser.add_argument(
        "--post_training_quantize", "--quantize_weights", action="store_true", help="store large weights as int8"
    )
    parser.add_argument(
        "--quantize_to_float16",
        action="store_true",
        help="with --post_training_quantize: store weights as float16 instead",
    )
    parser.add_argument(
        "--reorder_across_fake_quant", action="store_true", help="accepted for compatibility; has no effect"
    )
    parser.add_argument(
        "--change_concat_input_ranges",
        type=boolean,
        metavar="BOOL",
        help="accepted for compatibility; has no effect",
    )


def _add_operators(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow_custom_ops",
        nargs="?",
        const=True,
        type=boolean,
        metavar="BOOL",
        help="keep operators that TensorFlow Lite lacks as custom operators",
    )
    parser.add_argument("--custom_opdefs", metavar="TEXT", help="with --allow_custom_ops; not needed")
    parser.add_argument("--target_ops", type=comma_list, metavar="SETS", help="such as TFLITE_BUILTINS,SELECT_TF_OPS")
    parser.add_argument(
        "--experimental_select_user_tf_ops",
        type=comma_list,
        metavar="NAMES",
        help="operators of your own; with SELECT_TF_OPS in --target_ops",
    )


def _add_drawings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output_format",
        type=str.upper,
        choices=tuple(_FORMATS),
        default="TFLITE",
        help="GRAPHVIZ_DOT writes a drawing of the model in place of the model",
    )
    parser.add_argument("--dump_graphviz_dir", type=Path, metavar="FOLDER", help="write drawings before and after")
    parser.add_argument("--dump_graphviz_video", action="store_true", help="has no effect, as in TensorFlow")
    parser.add_argument("--conversion_summary_dir", type=Path, metavar="FOLDER", help="write a page on the conversion")


def _add_without_effect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drop_control_dependency", action="store_true", help="always done")
    for name in ("enable_v1_converter", "experimental_new_converter", "experimental_new_quantizer"):
        parser.add_argument(
            f"--{name}",
            nargs="?",
            const=True,
            type=boolean,
            metavar="BOOL",
            help="accepted for compatibility; has no effect",
        )


def check(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End the process with exit code 1 where flags do not fit together."""
    given = vars(arguments)

    def together(first: str, second: str) -> None:
        if (given[first] is None) != (given[second] is None):
            end(parser, f"--{first} and --{second} must be used together")

    def alike(first: str, second: str) -> None:
        if given[first] is not None and given[second] is not None and len(given[first]) != len(given[second]):
            end(parser, f"--{first} and --{second} must have the same number of items")

    if arguments.graph_def_file and not (arguments.input_arrays and arguments.output_arrays):
        end(parser, "--input_arrays and --output_arrays are required with --graph_def_file")
    if arguments.input_shapes and not arguments.input_arrays:
        end(parser, "--input_shapes must be used with --input_arrays")
    alike("input_shapes", "input_arrays")
    together("std_dev_values", "mean_values")
    alike("std_dev_values", "mean_values")
    together("default_ranges_min", "default_ranges_max")
    if arguments.dump_graphviz_video and arguments.dump_graphviz_dir is None:
        end(parser, "--dump_graphviz_video must be used with --dump_graphviz_dir")
    if arguments.custom_opdefs and not arguments.allow_custom_ops:
        end(parser, "--custom_opdefs must be used with --allow_custom_ops")
    if arguments.experimental_select_user_tf_ops and "SELECT_TF_OPS" not in (arguments.target_ops or ()):
        end(parser, "--experimental_select_user_tf_ops must be used with SELECT_TF_OPS in --target_ops")


def convert(arguments: argparse.Namespace) -> None:
    """Convert what the flags name.

    Raises:
        ValueError, TypeError, ConverterError, OSError: see ``TFLiteConverterV1``.
    """
    from litesmith.files import require_writable, write_atomically

    output = require_writable(arguments.output_file)
    write_atomically(output, [make_converter(arguments).convert()])


def make_converter(arguments: argparse.Namespace) -> TFLiteConverterV1:
    """The converter that the flags describe.

    Raises:
        ValueError, TypeError, OSError: see ``TFLiteConverterV1``; also values that do not fit the model.
    """
    converter = _source(arguments)
    _set_types(converter, arguments)
    _set_operators(converter, arguments)
    converter.output_format = _FORMATS[arguments.output_format]
    converter.dump_graphviz_dir = arguments.dump_graphviz_dir
    converter.conversion_summary_dir = arguments.conversion_summary_dir
    return converter


def _source(arguments: argparse.Namespace) -> TFLiteConverterV1:
    from litesmith.converter import TFLiteConverterV1

    by_name = dict(zip(arguments.input_arrays or (), arguments.input_shapes or (), strict=False)) or None
    inputs, outputs = arguments.input_arrays, arguments.output_arrays
    if arguments.graph_def_file is not None:
        return TFLiteConverterV1.from_frozen_graph(arguments.graph_def_file, inputs, outputs, by_name)
    if arguments.keras_model_file is not None:
        return TFLiteConverterV1.from_keras_model_file(arguments.keras_model_file, inputs, by_name, outputs)
    return TFLiteConverterV1.from_saved_model(
        arguments.saved_model_dir,
        inputs,
        by_name,
        outputs,
        tag_set=None if arguments.saved_model_tag_set is None else set(arguments.saved_model_tag_set),
        signature_key=arguments.saved_model_signature_key,
    )


def _set_types(converter: TFLiteConverterV1, arguments: argparse.Namespace) -> None:
    from litesmith import dtypes
    from litesmith.options import Optimize

    if arguments.post_training_quantize:
        if arguments.inference_type not in (None, dtypes.float32):
            print("--post_training_quantize takes a float model: inference_type is FLOAT", file=sys.stderr)
            arguments.inference_type = None
        converter.optimizations = [Optimize.DEFAULT]
        if arguments.quantize_to_float16:
            converter.target_spec.supported_types = [dtypes.float16]
    elif arguments.quantize_to_float16:
        print("--quantize_to_float16 has no effect without --post_training_quantize", file=sys.stderr)
    if arguments.inference_type is not None:
        converter.inference_type = arguments.inference_type
    if arguments.inference_input_type is not None:
        converter.inference_input_type = arguments.inference_input_type
    if arguments.mean_values is not None:
        names = converter.get_input_arrays()
        if len(names) != len(arguments.mean_values):
            raise ValueError(
                f"--mean_values has {len(arguments.mean_values)} numbers and the model {len(names)} inputs: "
                f"{', '.join(names)}; give one number for each"
            )
        pairs = zip(arguments.mean_values, arguments.std_dev_values, strict=True)
        converter.quantized_input_stats = dict(zip(names, pairs, strict=True))
    if arguments.default_ranges_min is not None:
        converter.default_ranges_stats = (arguments.default_ranges_min, arguments.default_ranges_max)
    converter.reorder_across_fake_quant = arguments.reorder_across_fake_quant
    converter.change_concat_input_ranges = bool(arguments.change_concat_input_ranges)


def _set_operators(converter: TFLiteConverterV1, arguments: argparse.Namespace) -> None:
    from litesmith.options import OpsSet

    if arguments.allow_custom_ops is not None:
        converter.allow_custom_ops = arguments.allow_custom_ops
    if arguments.target_ops:
        unknown = sorted(set(arguments.target_ops) - set(OpsSet.get_options()))
        if unknown:
            raise ValueError(f"--target_ops has no {', '.join(unknown)}; there are {', '.join(OpsSet.get_options())}")
        converter.target_spec.supported_ops = {OpsSet(name) for name in arguments.target_ops}
    if arguments.experimental_select_user_tf_ops:
        converter.target_spec.experimental_select_user_tf_ops = arguments.experimental_select_user_tf_ops
