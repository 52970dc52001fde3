"""
The compiled core of litesmith; use the classes of litesmith.lite and litesmith.interpreter.
"""

from __future__ import annotations
import collections.abc
import numpy
import typing

__all__: list[str] = [
    "BiasCorrection",
    "Checkpoint",
    "Comparison",
    "Conversion",
    "ConversionInput",
    "ConversionOperator",
    "ConversionSignature",
    "Difference",
    "Interpreter",
    "LayerComparison",
    "Observations",
    "ObservedTensor",
    "OperatorDetails",
    "SignatureDetails",
    "SparseDimension",
    "Sparsity",
    "TensorDetails",
    "Verification",
    "VerifiedResult",
    "checkpoint_variables",
    "decode_tensor",
    "describe_content",
    "describe_file",
    "saved_model_inputs",
    "saved_model_variables",
    "schema",
    "supported_isas",
    "supported_keras_activations",
    "supported_keras_layers",
    "supported_keras_operations",
    "supported_operators",
    "supported_tensorflow_operators",
]

class SparseDimension:
    @property
    def csr(self) -> bool: ...
    @property
    def dense_size(self) -> int: ...
    @property
    def indices(self) -> list[int]: ...
    @property
    def segments(self) -> list[int]: ...

class Sparsity:
    @property
    def block_map(self) -> list[int]: ...
    @property
    def dimensions(self) -> list[SparseDimension]: ...
    @property
    def has_block_map(self) -> bool: ...
    @property
    def traversal_order(self) -> list[int]: ...

class TensorDetails:
    @property
    def block_size(self) -> int: ...
    @property
    def dtype(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def numpy_dtype(self) -> numpy.dtype[typing.Any]: ...
    @property
    def quantized_dimension(self) -> int: ...
    @property
    def scales(self) -> list[float]: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def shape_signature(self) -> list[int]: ...
    @property
    def sparsity(self) -> Sparsity | None: ...
    @property
    def zero_points(self) -> list[int]: ...

class OperatorDetails:
    @property
    def inputs(self) -> list[int]: ...
    @property
    def name(self) -> str: ...
    @property
    def outputs(self) -> list[int]: ...

class SignatureDetails:
    @property
    def graph(self) -> int: ...
    @property
    def inputs(self) -> list[tuple[str, int]]: ...
    @property
    def key(self) -> str: ...
    @property
    def outputs(self) -> list[tuple[str, int]]: ...

class Interpreter:
    @staticmethod
    def from_bytes(
        content: bytes,
        threads: typing.SupportsInt | typing.SupportsIndex,
        reference: bool,
        arithmetic: str,
        preserve_all_tensors: bool,
        memory_limit: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> Interpreter: ...
    @staticmethod
    def from_file(
        path: bytes,
        threads: typing.SupportsInt | typing.SupportsIndex,
        reference: bool,
        arithmetic: str,
        preserve_all_tensors: bool,
        memory_limit: typing.SupportsInt | typing.SupportsIndex | None,
    ) -> Interpreter: ...
    def allocate(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> None: ...
    def clone(self) -> Interpreter: ...
    def get(
        self, graph: typing.SupportsInt | typing.SupportsIndex, index: typing.SupportsInt | typing.SupportsIndex
    ) -> typing.Any: ...
    def graph_count(self) -> int: ...
    def inputs(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> list[int]: ...
    def invoke(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> None: ...
    def invoke_timed(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> list[float]: ...
    def is_allocated(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> bool: ...
    def live_views(self) -> int: ...
    def memory_in_use(self) -> int: ...
    def operator_at(
        self, graph: typing.SupportsInt | typing.SupportsIndex, index: typing.SupportsInt | typing.SupportsIndex
    ) -> OperatorDetails: ...
    def operator_count(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> int: ...
    def outputs(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> list[int]: ...
    def plan_text(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> str: ...
    def require_no_views(self) -> None: ...
    def reset_variables(self) -> None: ...
    def resize(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        index: typing.SupportsInt | typing.SupportsIndex,
        shape: collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex],
    ) -> None: ...
    def set(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        index: typing.SupportsInt | typing.SupportsIndex,
        values: numpy.ndarray,
    ) -> None: ...
    def set_strings(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        index: typing.SupportsInt | typing.SupportsIndex,
        values: collections.abc.Sequence[bytes],
    ) -> None: ...
    def signatures(self) -> list[SignatureDetails]: ...
    def tensor(
        self, graph: typing.SupportsInt | typing.SupportsIndex, index: typing.SupportsInt | typing.SupportsIndex
    ) -> TensorDetails: ...
    def tensor_count(self, graph: typing.SupportsInt | typing.SupportsIndex = 0) -> int: ...
    def view(
        self, graph: typing.SupportsInt | typing.SupportsIndex, index: typing.SupportsInt | typing.SupportsIndex
    ) -> typing.Any: ...

class ObservedTensor:
    """
    What calibration saw of one tensor.
    """
    @property
    def channel_peaks(self) -> list[float]: ...
    @property
    def graph(self) -> int: ...
    @property
    def highest(self) -> list[tuple[float, int]]:
        """
        The two highest values of different samples, each with its sample.
        """
    @property
    def histogram(self) -> list[tuple[float, float, int]]:
        """
        Bins (low, high, count) that hold values, ascending.
        """
    @property
    def lowest(self) -> list[tuple[float, int]]:
        """
        The two lowest values of different samples, each with its sample.
        """
    @property
    def name(self) -> str: ...
    @property
    def samples(self) -> int: ...
    @property
    def tensor(self) -> int: ...
    @property
    def values(self) -> int: ...

class Observations:
    """
    Statistics of a model's tensors over calibration samples.
    """
    @staticmethod
    def from_bytes(bytes: bytes) -> Observations: ...
    def copy(self) -> Observations: ...
    def merge(self, other: Observations) -> None:
        """
        Add the samples of another part.
        """
    def tensors(self) -> list[ObservedTensor]: ...
    def to_bytes(self) -> bytes: ...
    @property
    def samples(self) -> int: ...

class ConversionInput:
    """
    An input that calibration samples feed.
    """
    @property
    def dtype(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> list[int]: ...
    @property
    def tensor(self) -> int: ...
    @property
    def tensor_name(self) -> str: ...

class ConversionSignature:
    """
    A signature that calibration samples are for.
    """
    @property
    def graph(self) -> int: ...
    @property
    def inputs(self) -> list[ConversionInput]: ...
    @property
    def key(self) -> str: ...
    @property
    def outputs(self) -> list[int]:
        """
        Tensors of the graph's outputs.
        """

class ConversionOperator:
    """
    An operator of the float model.
    """
    @property
    def graph(self) -> int: ...
    @property
    def inputs(self) -> list[int]: ...
    @property
    def layers(self) -> list[str]:
        """
        The layers that it came from, owner first.
        """
    @property
    def name(self) -> str: ...
    @property
    def outputs(self) -> list[int]: ...

class Difference:
    """
    How far one layer's results are from the float model's.
    """
    @property
    def cosine(self) -> float:
        """
        1 for equal directions.
        """
    @property
    def largest(self) -> float:
        """
        Greatest absolute difference.
        """
    @property
    def sqnr_db(self) -> float:
        """
        Signal to noise ratio; infinite when nothing differs.
        """

class LayerComparison:
    """
    The results of one layer in both models.
    """
    @property
    def bins(self) -> tuple[float, float]: ...
    @property
    def counts(self) -> typing.Annotated[list[int], "FixedSize(64)"]: ...
    @property
    def cumulative(self) -> Difference:
        """
        The whole model is quantized.
        """
    @property
    def dtype(self) -> str: ...
    @property
    def isolated(self) -> Difference:
        """
        The layer's inputs are the float model's.
        """
    @property
    def layer(self) -> str: ...
    @property
    def operators(self) -> list[str]: ...
    @property
    def quantized_counts(self) -> typing.Annotated[list[int], "FixedSize(64)"]: ...
    @property
    def representable(self) -> tuple[float, float]: ...
    @property
    def saturated(self) -> int: ...
    @property
    def seen(self) -> tuple[float, float]: ...
    @property
    def values(self) -> int: ...
    @property
    def weights(self) -> str: ...

class BiasCorrection:
    """
    Mean errors of linear operators' results over samples.
    """
    def add(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        values: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, numpy.ndarray]],
    ) -> None:
        """
        Run a sample: arrays by tensor.
        """
    @property
    def errors(self) -> dict[tuple[int, int], list[float]]:
        """
        Mean error per channel by (graph, tensor) of the float model.
        """

class Comparison:
    """
    A float model and a quantized one, run over the same samples.
    """
    def add(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        values: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, numpy.ndarray]],
    ) -> None:
        """
        Run a sample: arrays by tensor.
        """
    def layers(self) -> list[LayerComparison]:
        """
        In the order in which the float model computes them.
        """
    @property
    def samples(self) -> int: ...

class Conversion:
    """
    A model on its way to a .tflite file.
    """
    @staticmethod
    def from_checkpoint(
        path: str,
        graph: bytes,
        interface: tuple[
            str,
            collections.abc.Sequence[
                tuple[
                    str,
                    str,
                    str,
                    collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                    str | None,
                ]
            ],
            collections.abc.Sequence[
                tuple[
                    str,
                    str,
                    str,
                    collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                    str | None,
                ]
            ],
        ],
        options: typing.Any,
        conversion_metadata: bool,
        api_version: typing.SupportsInt | typing.SupportsIndex,
    ) -> Conversion:
        """
        Import a checkpoint between arrays (import_saved_model.h).
        """
    @staticmethod
    def from_graph(
        graph: typing.Any,
        variables: collections.abc.Mapping[str, numpy.ndarray],
        interfaces: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        str,
                        str,
                        str,
                        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                        str | None,
                    ]
                ],
                collections.abc.Sequence[
                    tuple[
                        str,
                        str,
                        str,
                        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                        str | None,
                    ]
                ],
            ]
        ],
        options: typing.Any,
        source: str,
        conversion_metadata: bool,
        api_version: typing.SupportsInt | typing.SupportsIndex,
        model_type: typing.SupportsInt | typing.SupportsIndex,
    ) -> Conversion:
        """
        Import a GraphDef: bytes or the path of a binary file (import_graph.h).
        """
    @staticmethod
    def from_keras(
        graph: str,
        weights: collections.abc.Sequence[numpy.ndarray],
        source: str,
        conversion_metadata: bool,
        api_version: typing.SupportsInt | typing.SupportsIndex,
    ) -> Conversion:
        """
        Import a Keras record (litesmith.sources.keras_record).
        """
    @staticmethod
    def from_saved_model(
        folder: str,
        tags: collections.abc.Sequence[str],
        signature_keys: collections.abc.Sequence[str],
        message: bytes,
        interfaces: collections.abc.Sequence[
            tuple[
                str,
                collections.abc.Sequence[
                    tuple[
                        str,
                        str,
                        str,
                        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                        str | None,
                    ]
                ],
                collections.abc.Sequence[
                    tuple[
                        str,
                        str,
                        str,
                        collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex] | None,
                        str | None,
                    ]
                ],
            ]
        ],
        options: typing.Any,
        conversion_metadata: bool,
        api_version: typing.SupportsInt | typing.SupportsIndex,
    ) -> Conversion:
        """
        Import a SavedModel folder (import_saved_model.h).
        """
    @staticmethod
    def from_tflite(
        content: bytes, source: str, conversion_metadata: bool, api_version: typing.SupportsInt | typing.SupportsIndex
    ) -> Conversion:
        """
        Take a float .tflite file as it is.
        """
    def bias_correction(self, threads: typing.SupportsInt | typing.SupportsIndex) -> BiasCorrection:
        """
        What measures errors of biases in the model that quantize() made.
        """
    def compare(
        self,
        ranges: collections.abc.Mapping[
            tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex],
            tuple[typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex],
        ],
        threads: typing.SupportsInt | typing.SupportsIndex,
    ) -> Comparison:
        """
        The float model beside the quantized one, to be run over samples.
        """
    def constant(
        self, graph: typing.SupportsInt | typing.SupportsIndex, tensor: typing.SupportsInt | typing.SupportsIndex
    ) -> typing.Any:
        """
        A copy of a float32 constant; None for other tensors.
        """
    def correct_biases(self, measured: BiasCorrection) -> None:
        """
        Correct biases by measured errors from the next quantize() on.
        """
    def describe(self) -> str:
        """
        The model as it is now as JSON text (cpp/tools/describe.h).
        """
    def end_observation(self) -> None:
        """
        Give the memory of the observation back.
        """
    def equalize(self) -> int:
        """
        Balance the channels of neighbouring operators in the float model; the number of pairs.
        """
    def has_fake_quant(self) -> bool:
        """
        Whether the model was trained with FAKE_QUANT.
        """
    def layer_of(self, tensor: str) -> str:
        """
        The layer that owns the operator whose result has this name.
        """
    def layers(self) -> list[tuple[str, list[str], list[str]]]:
        """
        (path, paths of merged layers, operators) of each layer, in the order of the model.
        """
    def lower(self) -> None:
        """
        Run the passes and lower to TFLite builtins.
        """
    def observations(self) -> Observations:
        """
        A copy of what was observed so far.
        """
    def observe(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        values: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, numpy.ndarray]],
        sample: typing.SupportsInt | typing.SupportsIndex,
    ) -> None:
        """
        Run a sample: arrays by tensor, and the number of the sample.
        """
    def observed_results(self, graph: typing.SupportsInt | typing.SupportsIndex) -> list[tuple[int, numpy.ndarray]]:
        """
        The float32 results of a graph in the sample that ran last, by tensor.
        """
    def operators(self) -> list[ConversionOperator]:
        """
        The operators of all graphs, in the order of execution.
        """
    def quantize(
        self,
        policy: typing.Any,
        ranges: collections.abc.Mapping[
            tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex],
            tuple[typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex],
        ],
    ) -> None:
        """
        Make the quantized model that write() writes, by a litesmith.quantization.policy.QuantizationPolicy.
        """
    def ranges_of(
        self, observations: Observations, method: str, steps: typing.SupportsInt | typing.SupportsIndex, symmetric: bool
    ) -> dict[tuple[int, int], tuple[float, float]]:
        """
        Ranges by (graph, tensor) as a calibration method makes them.
        """
    def record_ranges(
        self,
        ranges: collections.abc.Mapping[
            tuple[typing.SupportsInt | typing.SupportsIndex, typing.SupportsInt | typing.SupportsIndex],
            tuple[typing.SupportsFloat | typing.SupportsIndex, typing.SupportsFloat | typing.SupportsIndex],
        ],
    ) -> None:
        """
        Store ranges with the tensors.
        """
    def recorded_ranges(self) -> dict[tuple[int, int], tuple[float, float]]:
        """
        Ranges that a calibrated float file has.
        """
    def signatures(self) -> list[ConversionSignature]:
        """
        What calibration samples can be for.
        """
    def start_observation(
        self, method: str, threads: typing.SupportsInt | typing.SupportsIndex, channels: bool
    ) -> None:
        """
        Begin to observe the tensors for a calibration method.
        """
    def write(self, keep: bool = False) -> bytes:
        """
        The bytes of the .tflite file; ends the conversion unless it is kept.
        """
    @property
    def warnings(self) -> list[str]: ...

class VerifiedResult:
    """
    A result of the quantized model beside the float operator's on the same inputs.
    """
    @property
    def actual(self) -> numpy.ndarray:
        """
        What the quantized model computed, as real numbers.
        """
    @property
    def expected(self) -> numpy.ndarray:
        """
        What the float operator makes of the same inputs.
        """
    @property
    def stored(self) -> numpy.ndarray:
        """
        The integers of the quantized model.
        """
    @property
    def tensor(self) -> int:
        """
        Its number in the quantized model.
        """

class Verification:
    """
    A quantized model whose operators are compared with float operators on the same inputs.
    """
    def __init__(self, reference: bytes, quantized: bytes, threads: typing.SupportsInt | typing.SupportsIndex) -> None:
        """
        Two .tflite files; tensors are matched by name.
        """
    def run(
        self,
        graph: typing.SupportsInt | typing.SupportsIndex,
        values: collections.abc.Sequence[tuple[typing.SupportsInt | typing.SupportsIndex, numpy.ndarray]],
    ) -> list[VerifiedResult]:
        """
        Run a sample: arrays by tensor of the float model.
        """
    def tensors(self, graph: typing.SupportsInt | typing.SupportsIndex) -> dict[int, str]:
        """
        Tensors of the quantized model that are compared, and their names in the float model.
        """

class Checkpoint:
    """
    An open checkpoint of TensorFlow.
    """
    def __init__(self, path: str) -> None:
        """
        Open a prefix, a file of one or a folder's newest checkpoint.
        """
    def names(self) -> list[str]:
        """
        Names of the tensors, sorted.
        """
    def read(self, name: str) -> numpy.ndarray:
        """
        A tensor's values.
        """
    def stored(self, name: str) -> typing.Any:
        """
        Type and shape of a tensor without reading it; None: not there.
        """
    @property
    def prefix(self) -> str: ...

def checkpoint_variables(
    path: str, graph: bytes, graph_name: str, outputs: collections.abc.Sequence[str]
) -> dict[str, numpy.ndarray]:
    """
    Values of the variables behind the outputs of a GraphDef, by the variable's node.
    """

def decode_tensor(message: bytes) -> numpy.ndarray:
    """
    The values of a serialized TensorProto; strings as bytes in an array of objects.
    """

def describe_content(content: bytes, source: str) -> str:
    """
    The bytes of a .tflite file as JSON text (cpp/tools/describe.h).
    """

def describe_file(path: str) -> str:
    """
    A .tflite file as JSON text (cpp/tools/describe.h).
    """

def saved_model_inputs(
    folder: str, tags: collections.abc.Sequence[str], signature_keys: collections.abc.Sequence[str], message: bytes
) -> list[str]:
    """
    Arrays of the inputs of the first signature of a SavedModel.
    """

def saved_model_variables(
    folder: str, tags: collections.abc.Set[str], outputs: collections.abc.Sequence[str]
) -> dict[str, numpy.ndarray]:
    """
    Values of the variables behind outputs of a SavedModel's graph, by the variable's node.
    """

def schema() -> str:
    """
    The file format's schema, in flatbuffers' language.
    """

def supported_isas() -> list[str]:
    """
    Names that LITESMITH_ISA may choose on this CPU.
    """

def supported_keras_activations() -> list[tuple[str, str, str]]:
    """
    Rows (name, aliases, note) of the activation functions that convert.
    """

def supported_keras_layers() -> list[tuple[str, str, str]]:
    """
    Rows (class, aliases, note) of the layers that convert.
    """

def supported_keras_operations() -> list[tuple[str, str, str]]:
    """
    Rows (name, aliases, note) of the operations on Keras tensors that convert.
    """

def supported_operators() -> list[tuple[str, str, str]]:
    """
    Rows (name, newest version, remark) of the operators that models may hold.
    """

def supported_tensorflow_operators() -> list[tuple[str, str]]:
    """
    Rows (name, note) of TensorFlow's operators that convert.
    """
