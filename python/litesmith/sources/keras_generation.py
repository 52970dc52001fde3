"""What differs between live objects of Keras 3 and of Keras 2 (tf-keras), reached through the user's own modules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from litesmith.sources.keras_record import Array

__all__ = ["Generation", "Keras2", "Keras3", "generation_of"]

_ROOTS = ("keras", "tf_keras", "tensorflow.python.keras")


class Generation:
    """How to look into the live objects of one generation.

    Attributes:
        major: 2 or 3.
        version: full version.
        module: the user's keras module.
    """

    major: ClassVar[int]

    def __init__(self, module: Any, version: str) -> None:
        self.module = module
        self.version = version

    def is_tensor(self, value: Any) -> bool:
        """Whether a value is a symbolic tensor with a history."""
        return getattr(value, "_keras_history", None) is not None

    def base(self, value: Any, name: str) -> Any:
        """Return Keras' own class of a given name among the bases of a live object."""
        return next((cls for cls in type(value).__mro__ if cls.__name__ == name and is_own(cls)), None)

    def has_own_graph(self, model: Any) -> bool:
        """Whether a model is Functional and runs its recorded graph rather than a ``call`` of the user's."""
        base = self.base(model, "Functional")
        return base is not None and type(model).call is base.call and not self.is_sequential(model)

    def is_sequential(self, model: Any) -> bool:
        """Whether a model is a Sequential that runs its layers one after the other."""
        base = self.base(model, "Sequential")
        return base is not None and type(model).call is base.call

    def is_layer(self, value: Any) -> bool:
        """Whether a value is a layer (and no bare operation)."""
        return self.base(value, "Layer") is not None

    def operations(self, model: Any) -> list[Any]:
        """Layers and operations of a Functional model, in the order in which Keras saves them."""
        raise NotImplementedError

    def chain(self, model: Any) -> list[Any]:
        """Layers of a Sequential model with its InputLayer where there is one."""
        raise NotImplementedError

    def ends(self, model: Any) -> tuple[Any, Any]:
        """Structures of the symbolic inputs and outputs of a Functional model."""
        raise NotImplementedError

    def arguments(self, node: Any) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments of a recorded call."""
        raise NotImplementedError

    def describe(self, operation: Any) -> dict[str, Any]:
        """Return class and configuration of a layer or operation, as a file would hold them."""
        raise NotImplementedError

    def own_variables(self, layer: Any) -> list[Any]:
        """Return the variables that a layer itself created, without those of inner layers and random states."""
        raise NotImplementedError

    def array(self, variable: Any) -> Array:
        """Value of a variable or constant tensor."""
        raise NotImplementedError


def is_own(cls: type) -> bool:
    """Whether a class belongs to Keras itself."""
    name = cls.__module__
    return any(name == root or name.startswith(root + ".") for root in _ROOTS)


class Keras3(Generation):
    """Keras 3 on any backend."""

    major = 3

    def operations(self, model: Any) -> list[Any]:
        return list(model.operations)

    def chain(self, model: Any) -> list[Any]:
        return list(model._layers)

    def ends(self, model: Any) -> tuple[Any, Any]:
        return model._inputs_struct, model._outputs_struct

    def arguments(self, node: Any) -> tuple[list[Any], dict[str, Any]]:
        return list(node.arguments.args), dict(node.arguments.kwargs)

    def describe(self, operation: Any) -> dict[str, Any]:
        described = self.module.saving.serialize_keras_object(operation)
        return dict(described)

    def own_variables(self, layer: Any) -> list[Any]:
        return [*layer._trainable_variables, *layer._non_trainable_variables]

    def array(self, variable: Any) -> Array:
        return np.asarray(self.module.ops.convert_to_numpy(variable))


class Keras2(Generation):
    """Keras 2: tf-keras, or the Keras inside TensorFlow up to 2.15."""

    major = 2

    def operations(self, model: Any) -> list[Any]:
        return list(model._self_tracked_trackables)

    def chain(self, model: Any) -> list[Any]:
        return list(model._self_tracked_trackables)

    def ends(self, model: Any) -> tuple[Any, Any]:
        return model._nested_inputs, model._nested_outputs

    def arguments(self, node: Any) -> tuple[list[Any], dict[str, Any]]:
        spec = node.layer._call_spec
        first, args, kwargs = spec.split_out_first_arg(node.call_args, node.call_kwargs)
        return [first], {**dict(zip(spec.arg_names[1:], args, strict=False)), **kwargs}

    def describe(self, operation: Any) -> dict[str, Any]:
        return {"class_name": type(operation).__name__, "config": operation.get_config()}

    def own_variables(self, layer: Any) -> list[Any]:
        return [*layer._trainable_weights, *layer._non_trainable_weights]

    def array(self, variable: Any) -> Array:
        return np.asarray(variable.numpy())


def generation_of(model: Any) -> Generation | None:
    """Recognise a live Keras model by its classes; None for anything else. Imports nothing."""
    for cls in type(model).__mro__:
        if cls.__name__ != "Model" or not is_own(cls):
            continue
        root = next(root for root in reversed(_ROOTS) if cls.__module__.startswith(root))
        module = sys.modules.get(root)
        version = getattr(module, "__version__", None)
        if not isinstance(version, str):
            version = "3" if hasattr(cls, "export") and hasattr(cls, "_obj_type") else "2"
        return Keras3(module, version) if version.startswith("3") else Keras2(module, version)
    return None
