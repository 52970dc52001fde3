#include "ops/recurrent/recurrent.h"

#include "importers/keras/layer_context.h"
#include "ops/op_def.h"
#include "ops/recurrent/lstm_node.h"

namespace litesmith::importers::keras {
namespace {

using ops::recurrent::kGates;

std::string function_name(const Value& function) {
  if (!function.is_object()) return function ? function.as<std::string>() : "linear";
  return function["config"].is_string() ? function["config"].as<std::string>() : function.get("class_name", "");
}

/// An LSTM layer, or a direction of Bidirectional: its config, and what stands before the names of its weights.
class Lstm {
  static constexpr std::int32_t kMostUnits = 1 << 24;

 public:
  Lstm(LayerContext& c, Value config, std::string path) : c_(c), config_(std::move(config)), path_(std::move(path)) {
    for (const auto& [key, wanted] : {std::pair("activation", "tanh"), std::pair("recurrent_activation", "sigmoid")})
      if (const std::string got = function_name(config_[key]); config_.has(key) && got != wanted)
        c_.unsupported("its ", key, " is ", got, ", but the operator computes with ", wanted);
    if (config_.get("return_state", false))
      c_.unsupported("return_state has no conversion from Keras files: the operator keeps its states to itself");
    units_ = config_["units"].as<int>();
    if (units_ < 1 || units_ > kMostUnits) c_.fail("has ", units_, " units; 1 to ", kMostUnits, " can be");
  }

  bool gives_sequence() const { return config_.get("return_sequences", false); }
  bool goes_backwards() const { return config_.get("go_backwards", false); }
  int time_axis() const { return config_.get("time_major", false) ? 0 : 1; }

  ir::TensorId reversed(ir::TensorId x) const { return c_.add("REVERSE_V2", {}, {x, c_.ints("axis", {time_axis()})}); }

  /// The outputs of all steps or of the last one.
  ir::TensorId apply(ir::TensorId x, bool backwards) {
    const ir::TensorId y = sequence(backwards ? reversed(x) : x);
    if (gives_sequence()) return y;
    std::vector<AxisSlice> last(3);
    last[static_cast<std::size_t>(time_axis())] = {.begin = -1, .shrink = true};
    return slice(c_, y, last);
  }

 private:
  ir::TensorId sequence(ir::TensorId x) {
    const std::int32_t in = c_.known_dim(x, 2, "features");
    const std::int32_t batch = c_.shape(x)[1 - time_axis()];
    ops::recurrent::LstmTensors tensors{.input = x};
    tensors.input_weights = gates("kernel", {in, 4 * units_});
    tensors.recurrent_weights = gates("recurrent_kernel", {units_, 4 * units_});
    tensors.bias = gates("bias", {4 * units_});
    tensors.output_state = c_.variable(path_ + "state", {batch, units_});
    tensors.cell_state = c_.variable(path_ + "memory", {batch, units_});
    const ops::LstmAttrs attrs{.activation = ops::Activation::tanh, .time_major = time_axis() == 0};
    return c_.add("UNIDIRECTIONAL_SEQUENCE_LSTM", attrs, sequence_lstm_operands(tensors));
  }

  /// A weight [rows, 4 units] as a transposed part per gate; a vector in parts; zeros for a bias that is not there.
  ops::recurrent::LstmTensors::Gates gates(const std::string& name, const Shape& stored) {
    const std::string full = path_ + "cell/" + name;
    const bool is_there = name != "bias" || config_.get("use_bias", true);
    if (is_there && c_.weight_shape(full) != stored)
      c_.fail("the weight '", full, "' has shape ", c_.weight_shape(full), " but the layer's configuration needs ",
              stored, "; the weights belong to another architecture: save configuration and weights of one model");
    const auto units = static_cast<std::size_t>(units_);
    const std::size_t rows = stored.rank() == 1 ? 1 : static_cast<std::size_t>(stored[0]);
    const std::vector<double> values = is_there ? c_.weight_values(full) : std::vector<double>(4 * units, 0);
    const Shape shape = stored.rank() == 1 ? Shape{units_} : Shape{units_, stored[0]};
    static constexpr const char* kLabels[kGates] = {"input_gate", "forget_gate", "cell_gate", "output_gate"};
    ops::recurrent::LstmTensors::Gates parts{};
    for (std::size_t gate = 0; gate < kGates; ++gate) {
      std::vector<float> part(units * rows);
      for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t unit = 0; unit < units; ++unit)
          part[unit * rows + row] = static_cast<float>(values[(row * kGates + gate) * units + unit]);
      parts[gate] = c_.floats(concat(path_, kLabels[gate], "/", name), shape, part);
    }
    return parts;
  }

  LayerContext& c_;
  Value config_;
  std::string path_;
  std::int32_t units_ = 0;
};

ir::TensorId sequence_input(LayerContext& c) {
  if (c.inputs().size() > 1)
    c.unsupported("initial states have no conversion from Keras files: the operator begins with zeros");
  return to_float(c, c.input_of_rank(3));
}

Results import_lstm(LayerContext& c) {
  const ir::TensorId x = sequence_input(c);
  Lstm lstm(c, c.config(), "");
  return lstm.apply(x, lstm.goes_backwards());
}

ir::TensorId merged(LayerContext& c, const std::string& mode, ir::TensorId x, ir::TensorId y) {
  if (mode == "concat") return concatenate(c, {x, y}, c.rank(x) - 1);
  if (mode == "sum") return binary(c, "ADD", x, y);
  if (mode == "mul") return binary(c, "MUL", x, y);
  if (mode == "ave") return with_number(c, "MUL", binary(c, "ADD", x, y), 0.5);
  c.fail("its merge_mode is '", mode, "', which is none of concat, sum, mul, ave");
}

Results import_bidirectional(LayerContext& c) {
  const ir::TensorId x = sequence_input(c);
  const Value layer = c.config()["layer"], other = c.config()["backward_layer"];
  for (const Value& direction : {layer, other})
    if (direction && direction.get("class_name", "") != "LSTM")
      c.unsupported("it holds ", direction.get("class_name", "no layer"), "; only LSTM has a conversion in it");
  Lstm forward(c, layer["config"], "forward_layer/"), backward(c, (other ? other : layer)["config"], "backward_layer/");
  if (forward.gives_sequence() != backward.gives_sequence())
    c.fail("one of its layers returns sequences and the other does not");
  const ir::TensorId first = forward.apply(x, forward.goes_backwards());
  ir::TensorId second = backward.apply(x, other ? backward.goes_backwards() : !forward.goes_backwards());
  if (backward.gives_sequence()) second = backward.reversed(second);
  if (!c.config().has("merge_mode")) return std::vector<ir::TensorId>{first, second};
  return merged(c, c.config()["merge_mode"].as<std::string>(), first, second);
}

}  // namespace

std::span<const LayerRule> recurrent_layers() {
  static constexpr LayerRule kRules[] = {
      {.name = "LSTM",
       .import = import_lstm,
       .weights = "cell/kernel cell/recurrent_kernel cell/bias?",
       .masks = Masks::refuse,
       .first_major = 2,
       .note = "tanh and sigmoid; no masks, no states in or out; every LSTM is stateful until variables are reset"},
      {.name = "Bidirectional",
       .import = import_bidirectional,
       .weights = "forward_layer/cell/kernel forward_layer/cell/recurrent_kernel forward_layer/cell/bias? "
                  "backward_layer/cell/kernel backward_layer/cell/recurrent_kernel backward_layer/cell/bias?",
       .masks = Masks::refuse,
       .first_major = 2,
       .note = "of LSTM"},
  };
  return kRules;
}

}  // namespace litesmith::importers::keras
