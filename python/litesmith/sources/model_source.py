"""Where a converter's model comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.conversion_request import ConversionRequest

__all__ = ["ImportedModel", "ModelSource"]


class ImportedModel(NamedTuple):
    """A model that has been read.

    Attributes:
        conversion: the float model, not lowered yet.
        classes: Keras classes by layer path where the request asks for layers; empty where layers have none.
    """

    conversion: _core.Conversion
    classes: dict[str, str]


class ModelSource(Protocol):
    """A model that a converter was made for; nothing of it is read before it is asked for."""

    @property
    def name(self) -> str:
        """What a report calls the model: the name of its file, or its own."""
        ...

    def describe(self) -> str:
        """What it is in half a line, such as the path of a file or ``live model 'mnist'``."""
        ...

    def input_arrays(self) -> list[str]:
        """Names of the inputs, without ``:0``.

        Raises:
            OSError, ValueError, ConverterError: see ``import_``.
        """
        ...

    def import_(self, request: ConversionRequest) -> ImportedModel:
        """Read the model.

        Raises:
            ConverterError: something in it has no TFLite form; lists all of it.
            ValueError: the model is damaged or contradicts itself, or lacks what was asked for.
            OSError: a file is missing or unreadable.
        """
        ...
