"""``litesmith report``: what quantization does to each layer of a model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from litesmith.cli.quantization_options import MODES_AND_SAMPLES, add_options, keywords, plain_warnings

__all__ = ["add_parser"]

_DESCRIPTION = """Quantize a float32 model, run it beside the float model and show how far apart the layers are.

Prints a table, a line per layer in the order of the model; * marks the three layers that lose most by themselves.
Nothing but the report is written. All modes need --samples: both models run on them.

columns:
  SQNR dB         signal to noise at the layer's result when the whole model is quantized; higher is better
  alone dB        the same when only this layer is: low values show where the loss comes from
  cosine          1 when both results have the same direction
  max error       largest difference, in the unit of the result
  saturated       share of values beyond the range that the quantized result can hold
"""

_EPILOG = """examples:
  litesmith report model.tflite --samples images.npy
  litesmith report model.tflite --samples images.npy -o report.html
  litesmith report model.keras --mode int16x8 --samples images.npy -o report.json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "report",
        help="show which layers of a model lose how much when it is quantized",
        description=f"{_DESCRIPTION}\n{MODES_AND_SAMPLES}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="write the report as .html (with charts), .json or .txt"
    )
    parser.add_argument(
        "--at-most", type=int, default=100, metavar="N", help="compare on no more than N of the samples (default 100)"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="with -o: print nothing but warnings and errors")
    parser.set_defaults(handler=_report)


def _report(arguments: argparse.Namespace) -> None:
    from litesmith.files import require_writable
    from litesmith.quantization.float_files import report
    from litesmith.reports.quantization_report import require_form

    output: Path | None = arguments.output
    if output is not None:
        require_form(output)
        require_writable(output)
    if arguments.samples is None:
        raise ValueError("a report runs both models on samples: give --samples FILE, about 100 typical inputs")
    with plain_warnings():
        result = report(arguments.model, arguments.mode, samples=arguments.at_most, **keywords(arguments))
    if output is None:
        print(result.text())
        return
    result.save(output)
    if not arguments.quiet:
        print(f"{result.headline()} -> {output}", file=sys.stderr)
