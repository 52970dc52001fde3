"""Weights of Keras' .h5 files: matched by the order in which Keras writes them, checked by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from litesmith.errors import ConverterError
from litesmith.sources.hdf5_file import Dataset, Group
from litesmith.sources.keras_weights import Slot, WeightTree, weight_tree

if TYPE_CHECKING:
    from litesmith.sources.keras_config import LayerDef, ModelDef
    from litesmith.sources.keras_record import Array

__all__ = ["H5Weights"]

_KERAS_1_NAMES = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance"}


@dataclass(frozen=True)
class _Saved:
    """One weight as the file names it, such as ``outer/dense_1/kernel:0``."""

    name: str
    group: Group

    @property
    def parts(self) -> list[str]:
        return re.sub(r":\d+$", "", self.name).split("/")

    def leaf(self, owner: str) -> str:
        """Name of the variable itself; Keras 1 puts the layer's name before it."""
        leaf = self.parts[-1]
        if leaf.startswith(owner + "_"):
            leaf = leaf[len(owner) + 1 :]
            return _KERAS_1_NAMES.get(leaf, leaf)
        return leaf

    def read(self) -> Array:
        found = self.group.child(self.name)
        if not isinstance(found, Dataset):
            raise ValueError(f'weight "{self.name}" is listed in "{self.group.path}" and missing; save the model again')
        return found.read()


class H5Weights:
    """The group ``model_weights`` of a file.

    Args:
        group: that group.
        model: the outermost model.
        major: Keras generation.
    """

    def __init__(self, group: Group, model: ModelDef, major: int) -> None:
        self._group = group
        self._model = model
        self._major = major

    def read(self, layer: LayerDef) -> list[tuple[str, Array]]:
        """Return names and values of a layer's weights, in the record's order."""
        return [(label, saved.read()) for label, saved in self._matched.get(id(layer), [])]

    @cached_property
    def _matched(self) -> dict[int, list[tuple[str, _Saved]]]:
        """Saved weights by layer, nested layers included."""
        matched: dict[int, list[tuple[str, _Saved]]] = {}
        for layer, saved in _groups_of_layers(self._group, self._model, self._major):
            tree = weight_tree(layer, self._major)
            if layer.model is None:
                matched[id(layer)] = _match_layer(tree, saved)
                continue
            pairs = _match_tree(tree, saved)
            for inner, slots in _layers_below(tree):
                if inner.all_known():
                    matched[id(inner.layer)] = [(label, pairs[slot]) for label, slot in slots]
                else:
                    mine = [item for item in saved if inner.name in item.parts[:-1]]
                    matched[id(inner.layer)] = _as_named(inner, mine)
        return matched


def _layers_below(tree: WeightTree) -> list[tuple[WeightTree, list[tuple[str, Slot]]]]:
    """List the layers of a nested model that are no models, each with its slots and their labels."""
    found = []
    for branch in tree.branches:
        if branch.tree.is_model:
            found.extend(_layers_below(branch.tree))
        else:
            found.append((branch.tree, [(slot.label, slot) for slot in branch.tree.all_slots()]))
    return found


def _groups_of_layers(group: Group, model: ModelDef, major: int) -> list[tuple[LayerDef, list[_Saved]]]:
    """Pair the model's layers with the saved groups: by name, else by order among those that have weights."""
    names = group.texts("layer_names")
    if names is None:
        raise ValueError('"model_weights" has no attribute "layer_names"; the file is damaged, save the model again')
    saved = {name: _saved_weights(group, name) for name in names}
    layers = [layer for layer in model.layers if not layer.is_operation]
    if all(layer.name in saved or not _has_weights(layer, major) for layer in layers):
        return [(layer, saved.get(layer.name, [])) for layer in layers]
    with_weights = [layer for layer in layers if _has_weights(layer, major)]
    filled = [items for items in saved.values() if items]
    if len(with_weights) != len(filled):
        missing = [layer.path for layer in with_weights if layer.name not in saved]
        raise ConverterError(
            f"the file has weights for {len(filled)} layers, the model description has {len(with_weights)} layers with "
            f"weights; without: {missing}; save the whole model again",
            missing,
        )
    return list(zip(with_weights, filled, strict=True))


def _has_weights(layer: LayerDef, major: int) -> bool:
    return bool(weight_tree(layer, major).all_slots())


def _saved_weights(group: Group, name: str) -> list[_Saved]:
    layer_group = group.group(name)
    if layer_group is None:
        raise ValueError(
            f'the weights of layer "{name}" are listed and missing; the file is damaged, save the model again'
        )
    return [_Saved(item, layer_group) for item in layer_group.texts("weight_names") or []]


def _match_layer(tree: WeightTree, saved: list[_Saved]) -> list[tuple[str, _Saved]]:
    if not tree.all_known():
        return _as_named(tree, saved)
    pairs = _match_tree(tree, saved)
    return [(slot.label, pairs[slot]) for slot in tree.all_slots()]


def _as_named(tree: WeightTree, saved: list[_Saved]) -> list[tuple[str, _Saved]]:
    """Take what the file lists, named below the layer's own name."""
    found = []
    for item in saved:
        parts = item.parts[:-1]
        inner = parts[parts.index(tree.name) + 1 :] if tree.name in parts else []
        found.append(("/".join([*inner, item.leaf(tree.name)]), item))
    return found


def _match_tree(tree: WeightTree, saved: list[_Saved]) -> dict[Slot, _Saved]:
    """Pair variables with saved weights.

    Keras writes all trainable variables of a layer or nested model, then all others; what is switched off counts among
    the others. Where names contradict that order, names decide.
    """
    slots = tree.file_order() if tree.all_known() else []
    if len(slots) == len(saved) and _names_agree(tree, slots, saved):
        return dict(zip(slots, saved, strict=True))
    by_name = _match_names(tree, saved)
    if by_name is not None:
        return by_name
    leaves = [item.leaf(slot.owner.name) for slot, item in zip(slots, saved, strict=False)]
    if len(slots) == len(saved) and leaves == [slot.name for slot in slots]:
        return dict(zip(slots, saved, strict=True))
    expected = [slot.label for slot in tree.all_slots()]
    raise ConverterError(
        f'layer "{tree.layer.path}" ({tree.class_name}) expects {len(expected)} weights {expected[:12]}, the file has '
        f"{len(saved)}: {[item.name for item in saved[:12]]}; save the whole model again with the Keras that built it",
        [tree.layer.path],
    )


def _names_agree(tree: WeightTree, slots: list[Slot], saved: list[_Saved]) -> bool:
    return all(
        item.leaf(slot.owner.name) == slot.name and (not tree.is_model or slot.owner.holder in item.parts[:-1])
        for slot, item in zip(slots, saved, strict=True)
    )


def _match_names(tree: WeightTree, saved: list[_Saved]) -> dict[Slot, _Saved] | None:
    """Pair by variable name within each layer of a nested model; None where that leaves a variable without a weight."""
    pairs: dict[Slot, _Saved] = {}
    taken: set[int] = set()
    for slot in tree.all_slots():
        for position, item in enumerate(saved):
            owners = item.parts[:-1]
            mine = (
                not tree.is_model or slot.owner.holder in owners or item.parts[-1].startswith(slot.owner.holder + "_")
            )
            if position not in taken and mine and item.leaf(slot.owner.holder) == slot.name:
                pairs[slot] = item
                taken.add(position)
                break
        else:
            return None
    left = [item for position, item in enumerate(saved) if position not in taken and "seed" not in item.parts[-1]]
    return None if left and tree.all_known() else pairs
