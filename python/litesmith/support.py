"""What this version converts and runs, as tables."""

from __future__ import annotations

__all__ = ["supported"]

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def supported() -> dict[str, Table]:
    """Tables by name, each a heading and rows of text.

    Returns:
        ``layers``, ``operations`` and ``activations`` of Keras and ``tensorflow_operators`` of TensorFlow graphs that
        convert, and ``operators`` of TensorFlow Lite with the newest version that is read and whether they run.
    """
    from litesmith import _core

    return {
        "layers": (("layer", "also known as", "remarks"), list(_core.supported_keras_layers())),
        "operations": (("operation", "also known as", "remarks"), list(_core.supported_keras_operations())),
        "activations": (("activation", "also known as", "remarks"), list(_core.supported_keras_activations())),
        "tensorflow_operators": (("operator", "remarks"), list(_core.supported_tensorflow_operators())),
        "operators": (("operator", "newest version", "remarks"), list(_core.supported_operators())),
    }
