"""What a quantized model shall be: the record that crosses into the core."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CALIBRATIONS", "MODES", "QuantizationPolicy", "StatedRanges"]

MODES = ("float32", "float16", "dynamic_range", "int8", "int16x8")
CALIBRATIONS = ("min_max", "exact_min_max", "moving_average", "percentile", "mse", "entropy")


@dataclass(frozen=True)
class StatedRanges:
    """Ranges that are stated instead of measured, as TensorFlow 1 wants them; those of FAKE_QUANT come first.

    Attributes:
        inputs: (mean, deviation) by name of an input: real = (integer - mean) / deviation.
        otherwise: (least, greatest) value of other tensors; None leaves operators without a range in float32.
    """

    inputs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    otherwise: tuple[float, float] | None = None


@dataclass(frozen=True)
class QuantizationPolicy:
    """Everything that decides how a float model is quantized. The defaults are TensorFlow's.

    Attributes:
        mode: one of ``MODES``.
        allow_float: int16x8: operators without an integer form stay float32 instead of ending in an error.
        input_type: ``float32``, ``int8`` or ``uint8`` with int8; ``float32`` or ``int16`` with int16x8.
        output_type: the same for outputs.
        integer_type: int8 only: ``uint8`` for unsigned activations and filters with one scale and a zero point.
        stated: int8 only: ranges that are stated; operators without a range then stay float32.
        bias_type: int16x8 only: ``int64``, or ``int32``.
        per_channel: convolution weights have a scale for each channel.
        per_channel_dense: weights of dense layers have, too.
        bfloat16: float32 and float16 only: the file says that values may be computed as bfloat16.
        accumulation_type: of sums in files with reduced precision: ``float32``, or ``float16`` with float16.
        sparse: weights of which 30 % or more are zero are stored sparsely, after quantization.
        layers: modes that differ from ``mode``, by layer path.
    """

    mode: str = "float32"
    allow_float: bool = True
    input_type: str = "float32"
    output_type: str = "float32"
    integer_type: str = "int8"
    stated: StatedRanges | None = None
    bias_type: str = "int64"
    per_channel: bool = True
    per_channel_dense: bool = True
    bfloat16: bool = False
    accumulation_type: str = "float32"
    sparse: bool = False
    layers: Mapping[str, str] = field(default_factory=dict)

    def with_layers(self, layers: Mapping[str, str]) -> QuantizationPolicy:
        """The same with these modes of layers; int16x8 layers of another model have biases of that mode's own type."""
        bias_type = self.bias_type if self.mode == "int16x8" else "int64"
        return replace(self, layers=layers, bias_type=bias_type if layers else self.bias_type)

    @property
    def modes(self) -> frozenset[str]:
        """The mode of the model and those of single layers."""
        return frozenset({self.mode, *self.layers.values()})

    @property
    def is_float(self) -> bool:
        """Nothing is quantized."""
        return self.modes == {"float32"}

    @property
    def changes_nothing(self) -> bool:
        """The file is that of the float model."""
        return self.is_float and not (self.bfloat16 or self.sparse)

    @property
    def needs_ranges(self) -> bool:
        """Activations of the model or of some layers become integers."""
        return self.stated is None and not self.modes.isdisjoint({"int8", "int16x8"})

    @property
    def grid(self) -> tuple[int, bool]:
        """Steps between the lowest and the highest activation, and whether zero is in the middle."""
        return (65534, True) if "int8" not in self.modes and self.needs_ranges else (255, False)
