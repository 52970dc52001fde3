"""Running .tflite models: the classes of `ai_edge_litert.interpreter` and `tf.lite`."""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litesmith import _core
from litesmith.delegates import Delegate, load_delegate
from litesmith.quantization_kind import quantization_kind
from litesmith.signature_runner import SignatureRunner
from litesmith.tensor_details import operator_details, tensor_details
from litesmith.tensor_values import get_values, new_shape, set_values, tensor_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = [
    "Delegate",
    "Interpreter",
    "InterpreterWithCustomOps",
    "OpResolverType",
    "SignatureRunner",
    "load_delegate",
]

_MOST_THREADS = 1024


class OpResolverType(enum.Enum):
    """Which kernels run a model. Integer results are the same for all; float results differ in the last bits."""

    AUTO = 0
    """The fastest kernels for this CPU."""
    BUILTIN = 1
    """As AUTO."""
    BUILTIN_REF = 2
    """Plain kernels, one operation after the other."""
    BUILTIN_WITHOUT_DEFAULT_DELEGATES = 3
    """As AUTO: there are no delegates."""


def _checked_threads(num_threads: int | None) -> int:
    if num_threads is None:
        return 1
    if not isinstance(num_threads, int):
        msg = f"type of num_threads should be int, not {type(num_threads).__name__}"
        raise ValueError(msg)
    if not 1 <= num_threads <= _MOST_THREADS:
        msg = f"num_threads should >= 1 and at most {_MOST_THREADS}, not {num_threads}"
        raise ValueError(msg)
    return int(num_threads)


def _core_of_file(path: str | os.PathLike[str], settings: tuple[int, bool, str, bool, int | None]) -> _core.Interpreter:
    encoded = os.fsencode(path)
    try:
        if b"\0" in encoded:
            msg = "the path holds a zero character"
            raise OSError(msg)
        return _core.Interpreter.from_file(encoded, *settings)
    except OSError as error:
        text = str(error)
        msg = text if text.startswith("Could not open") else f"Could not open '{os.fspath(path)}': {text}"
        raise ValueError(msg) from error


class Interpreter:
    """Runs a .tflite model.

    Signature, attributes and exceptions are those of `tf.lite.Interpreter`. One call runs at a time; other threads
    wait for it, and the interpreter lock of Python is free meanwhile.

    Example:
        >>> interpreter = Interpreter("model.tflite")
        >>> interpreter.allocate_tensors()
        >>> interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
        >>> interpreter.invoke()
        >>> scores = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    """

    def __init__(
        self,
        model_path: str | os.PathLike[str] | None = None,
        model_content: bytes | None = None,
        experimental_delegates: Sequence[Delegate] | None = None,
        num_threads: int | None = None,
        experimental_op_resolver_type: OpResolverType = OpResolverType.AUTO,
        experimental_preserve_all_tensors: bool = False,
        experimental_disable_delegate_clustering: bool = False,  # noqa: ARG002
        experimental_default_delegate_latest_features: bool = False,  # noqa: ARG002
        experimental_compress_quantization_zero_points: bool = False,
        experimental_disable_delegate_node_fusion: bool = False,  # noqa: ARG002
        experimental_force_delegate_node_profiling: bool = False,  # noqa: ARG002
        *,
        arithmetic: str = "litert",
        memory_limit: int | None = None,
    ) -> None:
        """Read a model.

        Args:
            model_path: a .tflite file.
            model_content: the bytes of one; give either.
            experimental_delegates: must be empty; litesmith has none.
            num_threads: threads that share the work of one invoke(), 1 when None. Results do not depend on it.
            experimental_op_resolver_type: which kernels; BUILTIN_REF takes the plain ones.
            experimental_preserve_all_tensors: keep every tensor readable after invoke(), which takes more memory.
            experimental_disable_delegate_clustering: no effect, there are no delegates.
            experimental_default_delegate_latest_features: no effect, there are no delegates.
            experimental_compress_quantization_zero_points: report equal zero points of channels once.
            experimental_disable_delegate_node_fusion: no effect, there are no delegates.
            experimental_force_delegate_node_profiling: no effect, there are no delegates.
            arithmetic: "litert" rounds as LiteRT does, "tflm" as TensorFlow Lite for Microcontrollers does.
            memory_limit: most bytes for tensors and scratch; None for no limit.

        Raises:
            ValueError: no model, two models, a file that cannot be opened or is damaged, an option out of range.
        """
        if not isinstance(experimental_op_resolver_type, OpResolverType):
            msg = f"Unrecognized passed in op resolver type: {experimental_op_resolver_type}"
            raise ValueError(msg)
        if experimental_delegates:
            msg = "litesmith runs models on the CPU by itself and takes no delegates; leave experimental_delegates out"
            raise ValueError(msg)
        settings = (
            _checked_threads(num_threads),
            experimental_op_resolver_type is OpResolverType.BUILTIN_REF,
            arithmetic,
            bool(experimental_preserve_all_tensors),
            memory_limit,
        )
        self._delegates: list[Delegate] = []
        self._compress_zero_points = bool(experimental_compress_quantization_zero_points)
        if model_path and not model_content:
            self._source = f"'{Path(os.fsdecode(model_path)).name}'"
            self._interpreter = _core_of_file(model_path, settings)
        elif model_content and not model_path:
            if not isinstance(model_content, bytes):
                msg = f"model_content must be bytes, not {type(model_content).__name__}; wrap it in bytes(...)"
                raise TypeError(msg)
            self._source = f"{len(model_content)} bytes"
            self._interpreter = _core.Interpreter.from_bytes(model_content, *settings)
        elif model_path:
            msg = "Can't both provide `model_path` and `model_content`"
            raise ValueError(msg)
        else:
            msg = "`model_path` or `model_content` must be specified."
            raise ValueError(msg)

    def allocate_tensors(self) -> None:
        """Prepare the model for its input shapes; variables become zero. Does nothing when that is done already.

        Raises:
            RuntimeError: an operator cannot run here or with these shapes, the memory limit is too small, or an array
                from tensor() is alive.
        """
        self._interpreter.allocate()

    def invoke(self) -> None:
        """Run the model on the values that its inputs hold.

        Raises:
            RuntimeError: allocate_tensors() is missing, a value is out of range, or an array from tensor() is alive.
        """
        self._interpreter.invoke()

    def get_input_details(self) -> list[dict[str, Any]]:
        """Name, index, shape, type and quantization of each input, in the model's order."""
        return [self._get_tensor_details(index, 0) for index in self._interpreter.inputs()]

    def get_output_details(self) -> list[dict[str, Any]]:
        """Name, index, shape, type and quantization of each output, in the model's order."""
        return [self._get_tensor_details(index, 0) for index in self._interpreter.outputs()]

    def get_tensor_details(self, subgraph_index: int = 0) -> list[dict[str, Any]]:
        """Details of every tensor of a subgraph; tensors of unknown rank have an empty shape."""
        count = self._interpreter.graph_count()
        if not 0 <= subgraph_index < count:
            msg = f"subgraph_index is out of range: {subgraph_index} for the model, which has {count} subgraphs."
            raise ValueError(msg)
        return [
            self._get_tensor_details(index, subgraph_index)
            for index in range(self._interpreter.tensor_count(subgraph_index))
        ]

    def num_subgraphs(self) -> int:
        """Number of graphs in the model."""
        return self._interpreter.graph_count()

    def set_tensor(self, tensor_index: int, value: Any) -> None:
        """Copy values into a tensor; type and shape must be the tensor's own, nothing is cast.

        Raises:
            ValueError: wrong type, rank or size, a constant, or allocate_tensors() is missing.
        """
        set_values(self._interpreter, 0, tensor_index, value)

    def get_tensor(self, tensor_index: int, subgraph_index: int = 0) -> Any:
        """A copy of a tensor's values; a numpy scalar for tensors without dimensions, bytes objects for strings.

        Raises:
            ValueError: no such tensor, or it has no values (any more).
        """
        return get_values(self._interpreter, self._checked_graph(subgraph_index), tensor_index)

    def tensor(self, tensor_index: int) -> Callable[[], Any]:
        """A function that gives an array over the interpreter's own memory each time it is called.

        While such an array lives, invoke(), allocate_tensors() and resize_tensor_input() raise RuntimeError. It stays
        valid when the interpreter is gone.
        """
        return lambda: self._interpreter.view(0, self._checked_index(tensor_index))

    def resize_tensor_input(self, input_index: int, tensor_size: Any, strict: bool = False) -> None:
        """Give an input another shape; allocate_tensors() is necessary afterwards.

        Args:
            input_index: tensor index of the input.
            tensor_size: the dimensions, a list or 1-D array of whole numbers.
            strict: refuse to change dimensions that are not -1 in `shape_signature`.

        Raises:
            RuntimeError: no such tensor, a negative dimension, or strict is violated.
            ValueError: the shape is not a list of whole numbers, or the tensor is no input.
        """
        self._interpreter.require_no_views()
        count = self._interpreter.tensor_count()
        if not 0 <= input_index < count:
            msg = f"tensor_index < {count} && tensor_index >= 0 was not true for tensor_index = {input_index}."
            raise RuntimeError(msg)
        tensor = self._interpreter.tensor(0, input_index)
        self._interpreter.resize(0, input_index, new_shape(tensor, tensor_size, strict=strict))

    def reset_all_variables(self) -> None:
        """Set the states that operators such as LSTM keep between invocations to zero, in all graphs.

        Variables that the model assigns (``VAR_HANDLE``) keep their values.
        """
        self._interpreter.reset_variables()

    def get_signature_list(self) -> dict[str, dict[str, list[str]]]:
        """Names of the inputs and outputs of each signature, sorted."""
        return {
            key: {side: sorted(tensors) for side, tensors in signature.items()}
            for key, signature in self._get_full_signature_list().items()
        }

    def get_signature_runner(self, signature_key: str | None = None) -> SignatureRunner:
        """A callable for one signature; the key may be left out when there is exactly one."""
        if signature_key is None:
            keys = [signature.key for signature in self._interpreter.signatures()]
            if len(keys) != 1:
                msg = (
                    f"SignatureDef signature_key is None and model has {len(keys)} Signatures. "
                    "None is only allowed when the model has 1 SignatureDef"
                )
                raise ValueError(f"{msg}; the keys are {', '.join(map(repr, keys))}" if keys else msg)
            signature_key = keys[0]
        return SignatureRunner(self, signature_key)

    @property
    def experimental_compress_quantization_zero_points(self) -> bool:
        """Whether equal zero points of channels are reported once."""
        return self._compress_zero_points

    @property
    def memory_in_use(self) -> int:
        """Bytes taken for tensors and scratch of all graphs; weights in the file are not counted."""
        return self._interpreter.memory_in_use()

    def plan_text(self, subgraph_index: int = 0) -> str:
        """What the last allocate_tensors() or invoke() ran: a line per step with its kernel and instruction set."""
        return self._interpreter.plan_text(self._checked_graph(subgraph_index))

    def profile(self, runs: int = 20, subgraph_index: int = 0) -> list[tuple[str, float]]:
        """The shortest seconds that each step took in some runs on the values that the inputs hold.

        Args:
            runs: how often to run the model.
            subgraph_index: the graph to run.

        Returns:
            Lines of plan_text() with their seconds, in the order of the plan.

        Raises:
            ValueError: runs is below 1.
            RuntimeError: as invoke(); also when runs take different plans.
        """
        if runs < 1:
            raise ValueError(f"runs is {runs} but must be at least 1")
        graph = self._checked_graph(subgraph_index)
        times = [self._interpreter.invoke_timed(graph) for _ in range(runs)]
        lines = self._interpreter.plan_text(graph).splitlines()
        if any(len(one) != len(lines) for one in times):
            raise RuntimeError("the runs took different plans, so that their steps cannot be compared; profile one run")
        return list(zip(lines, map(min, zip(*times, strict=True)), strict=True))

    def clone(self) -> Interpreter:
        """Another interpreter of the same model and options, which shares the model's constants."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._interpreter = self._interpreter.clone()
        return twin

    def _checked_index(self, index: int) -> int:
        return tensor_index(self._interpreter, index)

    def _checked_graph(self, subgraph_index: int) -> int:
        count = self._interpreter.graph_count()
        if not 0 <= subgraph_index < count:
            msg = f"Invalid subgraph index {subgraph_index} exceeds max subgraph index {count}"
            raise ValueError(msg)
        return subgraph_index

    def _get_tensor_details(self, tensor_index: int, subgraph_index: int) -> dict[str, Any]:
        details = self._interpreter.tensor(subgraph_index, tensor_index)
        return tensor_details(details, compress_zero_points=self._compress_zero_points)

    def _get_op_details(self, op_index: int) -> dict[str, Any]:
        return operator_details(self._interpreter, op_index)

    def _get_ops_details(self) -> list[dict[str, Any]]:
        return [self._get_op_details(index) for index in range(self._interpreter.operator_count())]

    def _get_full_signature_list(self) -> dict[str, dict[str, dict[str, int]]]:
        return {
            signature.key: {"inputs": dict(signature.inputs), "outputs": dict(signature.outputs)}
            for signature in self._interpreter.signatures()
        }

    def _safe_to_run(self) -> bool:
        return self._interpreter.live_views() == 0

    def _ensure_safe(self) -> None:
        self._interpreter.require_no_views()

    def _operator_types(self) -> Iterator[tuple[str, list[str], list[str]]]:
        core = self._interpreter

        def types(indices: list[int]) -> list[str]:
            tensors = [core.tensor(0, index) for index in indices if index >= 0]
            return [it.dtype for it in tensors if it.scales or it.dtype.startswith("float")]

        for index in range(core.operator_count()):
            operator = core.operator_at(0, index)
            yield operator.name, types(operator.inputs), types(operator.outputs)

    def __repr__(self) -> str:
        """Model, inputs, outputs and state."""

        def side(indices: list[int]) -> str:
            tensors = [self._interpreter.tensor(0, index) for index in indices]
            return ", ".join(f"{tensor.name} {tensor.dtype}{list(tensor.shape)}" for tensor in tensors)

        core = self._interpreter
        state = "allocated" if core.is_allocated() else "not allocated"
        graphs = f", {core.graph_count()} subgraphs" if core.graph_count() > 1 else ""
        kind = quantization_kind(self._operator_types())
        return (
            f"<litesmith Interpreter of {self._source}: {kind}; {core.operator_count()} operators{graphs}, {state}; "
            f"{side(core.inputs())} -> {side(core.outputs())}>"
        )


class InterpreterWithCustomOps(Interpreter):
    """An Interpreter that is given registerers of custom operators.

    Registerers are functions of TensorFlow Lite's C++ library, which litesmith does not contain: none can be found.
    """

    def __init__(
        self, custom_op_registerers: Sequence[str | Callable[[int], None]] | None = None, **kwargs: Any
    ) -> None:
        """Read a model; keywords are those of Interpreter.

        Raises:
            ValueError: a registerer is given.
        """
        for registerer in custom_op_registerers or ():
            msg = (
                f"Looking up symbol '{registerer}' failed: registerers of custom operators belong to TensorFlow Lite's "
                "C++ library, which litesmith does without"
            )
            raise ValueError(msg)
        self._custom_op_registerers: list[str | Callable[[int], None]] = []
        super().__init__(**kwargs)
