"""The small types that configure a conversion, with the names and members of ``tf.lite``."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["OpsSet", "Optimize", "RepresentativeDataset", "TargetSpec"]


class Optimize(enum.Enum):
    """What to optimise for; the two middle ones mean DEFAULT and are deprecated."""

    DEFAULT = "DEFAULT"
    OPTIMIZE_FOR_SIZE = "OPTIMIZE_FOR_SIZE"
    OPTIMIZE_FOR_LATENCY = "OPTIMIZE_FOR_LATENCY"
    EXPERIMENTAL_SPARSITY = "EXPERIMENTAL_SPARSITY"

    def __str__(self) -> str:
        return str(self.value)


class OpsSet(enum.Enum):
    """Which operators the written model may use."""

    TFLITE_BUILTINS = "TFLITE_BUILTINS"
    SELECT_TF_OPS = "SELECT_TF_OPS"
    TFLITE_BUILTINS_INT8 = "TFLITE_BUILTINS_INT8"
    EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 = (
        "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
    )
    EXPERIMENTAL_STABLEHLO_OPS = "EXPERIMENTAL_STABLEHLO_OPS"

    def __str__(self) -> str:
        return str(self.value)

    @staticmethod
    def get_options() -> list[str]:
        """Names of all members."""
        return [str(option) for option in OpsSet]


class RepresentativeDataset:
    """Wraps a zero-argument callable that yields calibration samples."""

    def __init__(self, input_gen: Callable[[], Iterable[Any]]) -> None:
        self.input_gen = input_gen


class TargetSpec:
    """What the device that will run the model offers."""

    def __init__(
        self,
        supported_ops: Iterable[OpsSet] | None = None,
        supported_types: Iterable[Any] | None = None,
        experimental_select_user_tf_ops: Iterable[str] | None = None,
        experimental_supported_backends: Iterable[str] | None = None,
    ) -> None:
        self.supported_ops: Iterable[OpsSet] = {OpsSet.TFLITE_BUILTINS} if supported_ops is None else supported_ops
        self.supported_types: Iterable[Any] = set() if supported_types is None else supported_types
        self.experimental_select_user_tf_ops: Iterable[str] = (
            set() if experimental_select_user_tf_ops is None else experimental_select_user_tf_ops
        )
        self.experimental_supported_backends = experimental_supported_backends
        self._experimental_custom_op_registerers: list[Any] = []
        self._experimental_supported_accumulation_type: Any = None

    def __repr__(self) -> str:
        ops = ", ".join(sorted(str(op) for op in self.supported_ops))
        types = ", ".join(sorted(str(dtype) for dtype in self.supported_types))
        return f"TargetSpec(supported_ops={{{ops}}}, supported_types={{{types}}})"
