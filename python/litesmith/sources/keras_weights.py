"""Which variables a Keras layer has, in what order, and where files keep them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from litesmith.sources.keras_config import LayerDef, ModelDef, base_class, dtype_name, parse_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Branch", "Slot", "WeightTree", "snake_case", "weight_tree"]

Config = dict[str, Any]


@dataclass(frozen=True)
class Own:
    """A variable that a layer itself creates."""

    name: str
    trainable: bool = True


@dataclass
class Branch:
    """A layer inside a layer: label in the record, attribute paths that .keras files may use for it."""

    label: str
    attributes: tuple[str, ...]
    tree: WeightTree


@dataclass
class WeightTree:
    """The variables of a layer or nested model.

    Attributes:
        trainable: the layer's switch and that of the wrapper around it.
        own: variables of the layer itself.
        known: False where only the file can tell which variables there are.
        wrapped: the layer inside a wrapper whose own variables only the file tells.
        holder: name of the layer of a model to which this one belongs as an inner layer, or its own name.
    """

    name: str
    class_name: str
    trainable: bool
    layer: LayerDef
    own: list[Slot] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    known: bool = True
    is_model: bool = False
    wrapped: WeightTree | None = None
    holder: str = ""

    def all_known(self) -> bool:
        """Whether the variables of this layer and of all below are known beforehand."""
        return self.known and all(branch.tree.all_known() for branch in self.branches)

    def all_slots(self) -> list[Slot]:
        """List the variables in the order of creation: own ones, then those of inner layers in turn."""
        return [*self.own, *(slot for branch in self.branches for slot in branch.tree.all_slots())]

    def file_order(self) -> list[Slot]:
        """List the variables as .h5 files do: the trainable ones of the whole tree, then the others."""
        trainable, others = self._split()
        return trainable + others

    def _split(self) -> tuple[list[Slot], list[Slot]]:
        parts = [branch.tree._split() for branch in self.branches]
        trainable = [slot for slot in self.own if slot.trainable]
        others = [slot for slot in self.own if not slot.trainable]
        if not self.trainable and not self.is_model:
            return [], [*trainable, *others, *(slot for part in parts for half in part for slot in half)]
        trainable += [slot for part in parts for slot in part[0]]
        others += [slot for part in parts for slot in part[1]]
        return (trainable, others) if self.trainable else ([], trainable + others)


@dataclass(eq=False)
class Slot:
    """One variable: its name, the layer that owns it, and its name below the layer of the record."""

    name: str
    trainable: bool
    owner: WeightTree
    label: str = ""


def snake_case(class_name: str) -> str:
    """Class name as .keras files spell it in paths: ``ReLU`` is ``re_lu``, ``Conv2D`` is ``conv2d``."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _names(*names: str) -> Callable[[Config], list[Own]]:
    return lambda _config: [Own(name) for name in names]


def _with_bias(*names: str) -> Callable[[Config], list[Own]]:
    def rule(config: Config) -> list[Own]:
        bias = config.get("use_bias", config.get("bias", True))
        return [Own(name) for name in (*names, "bias")[: None if bias else -1]]

    return rule


def _einsum_dense(config: Config) -> list[Own]:
    return [Own("kernel"), *([] if config.get("bias_axes") is None else [Own("bias")])]


def _scale_center(config: Config) -> list[Own]:
    rms = config.get("rms_scaling") is True
    gamma = [Own("gamma")] if config.get("scale", True) or rms else []
    return gamma + ([Own("beta")] if config.get("center", True) and not rms else [])


def _batch_normalization(config: Config) -> list[Own]:
    return [*_scale_center(config), Own("moving_mean", False), Own("moving_variance", False)]


def _normalization(config: Config) -> list[Own]:
    if config.get("mean") is not None:
        return []
    return [Own("mean", False), Own("variance", False), Own("count", False)]


def _attention(config: Config) -> list[Own]:
    scale = [Own("scale")] if config.get("use_scale") else []
    return scale + ([Own("concat_score_weight")] if config.get("score_mode") == "concat" else [])


def _additive_attention(config: Config) -> list[Own]:
    return [Own("scale")] if config.get("use_scale", True) else []


_OWN: dict[str, Callable[[Config], list[Own]]] = {
    **dict.fromkeys(
        (
            *("Dense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
            *("DepthwiseConv1D", "DepthwiseConv2D"),
            *("LocallyConnected1D", "LocallyConnected2D"),
        ),
        _with_bias("kernel"),
    ),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _with_bias("depthwise_kernel", "pointwise_kernel")),
    **dict.fromkeys(("LSTMCell", "GRUCell", "SimpleRNNCell"), _with_bias("kernel", "recurrent_kernel")),
    **dict.fromkeys(("CuDNNLSTM", "CuDNNGRU"), _names("kernel", "recurrent_kernel", "bias")),
    **dict.fromkeys(("BatchNormalization", "SyncBatchNormalization"), _batch_normalization),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization"), _scale_center),
    **dict.fromkeys(("Bidirectional", "TimeDistributed", "RNN", "StackedRNNCells", "Wrapper"), _names()),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _names()),
    **dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention"), _names()),
    "Attention": _attention,
    "AdditiveAttention": _additive_attention,
    "EinsumDense": _einsum_dense,
    "Embedding": _names("embeddings"),
    "Normalization": _normalization,
    "PReLU": _names("alpha"),
    "RMSNormalization": _names("scale"),
    "SpectralNormalization": lambda _config: [Own("vector_u", False)],
}

_WITHOUT_WEIGHTS_TEXT = """
InputLayer Activation ActivityRegularization Add AlphaDropout Average AveragePooling1D AveragePooling2D AveragePooling3D
CenterCrop Concatenate Cropping1D Cropping2D Cropping3D Dot Dropout ELU Flatten GaussianDropout GaussianNoise
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D
GlobalMaxPooling3D Identity LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum Multiply Permute
ReLU RepeatVector Rescaling Reshape Resizing Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D Subtract
ThresholdedReLU UnitNormalization UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
TFOpLambda SlicingOpLambda ClassMethod InstanceProperty InstanceMethod TensorFlowOpLayer
"""
_WITHOUT_WEIGHTS = frozenset(_WITHOUT_WEIGHTS_TEXT.split())

_CELLS = {"LSTM": "LSTMCell", "GRU": "GRUCell", "SimpleRNN": "SimpleRNNCell"}
_INNER = {
    "TimeDistributed": "layer",
    "Wrapper": "layer",
    "SpectralNormalization": "layer",
    "RNN": "cell",
}
_TOOLKIT_WRAPPERS = frozenset({"QuantizeWrapper", "QuantizeWrapperV2"})
_PROJECTIONS = ("query_dense", "key_dense", "value_dense", "output_dense")


def weight_tree(layer: LayerDef, major: int) -> WeightTree:
    """Describe the variables of a layer, of all its inner layers, or of a nested model.

    Args:
        layer: as the configuration describes it.
        major: Keras generation, which names some variables otherwise.
    """
    tree = _tree(layer, major)
    _label(tree, tree.name, "")
    return tree


def _label(tree: WeightTree, holder: str, prefix: str) -> None:
    tree.holder = holder
    for slot in tree.own:
        slot.label = prefix + slot.name
    for branch in tree.branches:
        if tree.is_model and not prefix:
            _label(branch.tree, branch.tree.name, "")
        else:
            _label(branch.tree, holder, f"{prefix}{branch.label}/")


def _tree(layer: LayerDef, major: int) -> WeightTree:
    kind = base_class(layer.class_name)
    tree = WeightTree(layer.name, kind, layer.trainable, layer)
    if layer.model is not None:
        tree.is_model = True
        tree.branches = _model_branches(layer.model, major)
        return tree
    if layer.is_operation or (kind in _WITHOUT_WEIGHTS and layer.registered_name is None):
        return tree
    policy = dtype_name(layer.config.get("dtype")) or ""
    special = "_from_" in policy or layer.config.get("renorm") or (major < 2 and kind in _CELLS)
    if kind not in _OWN or layer.registered_name is not None or special:
        tree.known = False
        if kind in _TOOLKIT_WRAPPERS and isinstance(layer.config.get("layer"), dict):
            tree.wrapped = _tree(parse_layer(layer.config["layer"], layer.path, major), major)
        return tree
    tree.own = [Slot(own.name, own.trainable, tree) for own in _OWN[kind](layer.config)]
    if major < 3 and kind.startswith("DepthwiseConv"):
        tree.own[0].name = "depthwise_kernel"
    tree.branches = list(_branches(layer, kind, major))
    return tree


def _model_branches(model: ModelDef, major: int) -> list[Branch]:
    """Describe the layers of a model.

    .keras files count per class: ``layers/dense``, ``layers/dense_1``; operations do not count, nor does the
    InputLayer of a Sequential model.
    """
    branches, used = [], dict[str, int]()
    for layer in model.layers:
        if layer.is_operation:
            continue
        if model.sequential and layer.class_name == "InputLayer":
            continue
        stem = snake_case(layer.class_name.rpartition(">")[2])
        number = used.get(stem, 0)
        used[stem] = number + 1
        attribute = f"layers/{stem}_{number}" if number else f"layers/{stem}"
        branches.append(Branch(layer.name, (attribute,), _tree(layer, major)))
    return branches


def _branches(layer: LayerDef, kind: str, major: int) -> Iterator[Branch]:
    config, path = layer.config, layer.path

    def inner(entry: Any, label: str, *attributes: str) -> Branch:
        tree = _tree(parse_layer(entry, path, major), major)
        tree.trainable = tree.trainable and layer.trainable
        return Branch(label, (label, *attributes), tree)

    if kind in _CELLS:
        yield inner({"class_name": _CELLS[kind], "config": {**config, "name": "cell"}}, "cell")
    elif kind.startswith("ConvLSTM"):
        yield inner({"class_name": "LSTMCell", "config": {**config, "name": "cell"}}, "cell")
    elif kind in _INNER:
        yield inner(config.get(_INNER[kind]), _INNER[kind])
    elif kind == "Bidirectional":
        yield inner(config.get("layer"), "forward_layer")
        yield inner(config.get("backward_layer") or config.get("layer"), "backward_layer")
    elif kind == "StackedRNNCells":
        used = dict[str, int]()
        cells = config.get("cells")
        for position, entry in enumerate(cells if isinstance(cells, list) else []):
            branch = inner(entry, f"cells/{position}")
            stem = snake_case(branch.tree.class_name)
            number = used.get(stem, 0)
            used[stem] = number + 1
            branch.attributes = (f"cells/{stem}_{number}" if number else f"cells/{stem}",)
            yield branch
    elif kind in ("MultiHeadAttention", "GroupQueryAttention"):
        shape = {"trainable": True, "bias_axes": "e" if config.get("use_bias", True) else None}
        for label in _attention_projections(config):
            entry = {"class_name": "EinsumDense", "config": {**shape, "name": label.removesuffix("_dense")}}
            yield inner(entry, label, f"_{label}")


def _attention_projections(config: Config) -> tuple[str, ...]:
    if config.get("use_gate"):
        return "query_dense", "key_dense", "gate_dense", "value_dense", "output_dense"
    return _PROJECTIONS
