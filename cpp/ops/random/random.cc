#include "ops/random/random.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <span>

#include "kernels/elementary/functions.h"
#include "ops/axes.h"
#include "ops/host_prepare.h"
#include "ops/op_def.h"
#include "ops/random/philox.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::random {
namespace {

using enum DType;

/// The numbers go on from invocation to invocation of a prepared step; a step belongs to one interpreter, and has one
/// tile. Where the shape arrives with the values, every invocation starts anew.
std::shared_ptr<Philox> generator(const PrepareContext& context) {
  const auto& attrs = context.attrs<RandomAttrs>();
  if (attrs.seed != 0 || attrs.seed2 != 0)
    return std::make_shared<Philox>(static_cast<std::uint64_t>(attrs.seed), static_cast<std::uint64_t>(attrs.seed2));
  std::random_device device;
  const auto draw = [&] { return (std::uint64_t{device()} << 32) | device(); };
  const std::uint64_t seed = draw();
  return std::make_shared<Philox>(seed, draw());
}

struct Numbers {
  std::shared_ptr<Philox> generator;
  std::int64_t count;
};

using FloatBlock = std::array<float, 4>;

FloatBlock uniform(const Philox::Block& bits) noexcept {
  return {unit_float(bits[0]), unit_float(bits[1]), unit_float(bits[2]), unit_float(bits[3])};
}

/// Box and Muller: sine and cosine of an angle at the distance of a pair of uniform numbers.
FloatBlock normal(const Philox::Block& bits) noexcept {
  namespace elementary = kernels::elementary;
  FloatBlock result;
  for (std::size_t i = 0; i < 4; i += 2) {
    const double u = std::max(unit_float(bits[i]), 1e-7F);
    const double distance = std::sqrt(-2 * elementary::log(u));
    const auto angle = elementary::reduce(2 * elementary::kPi * double{unit_float(bits[i + 1])});
    result[i] = static_cast<float>(elementary::sin_of(angle, 0) * distance);
    result[i + 1] = static_cast<float>(elementary::sin_of(angle, 1) * distance);
  }
  return result;
}

template <FloatBlock (*distribution)(const Philox::Block&) noexcept>
Fault draw(const Numbers& params, const Operands& operands, TileRange) noexcept {
  float* y = operands.out<float>();
  for (std::int64_t i = 0; i < params.count; i += 4) {
    const FloatBlock block = distribution(params.generator->next());
    std::copy_n(block.begin(), std::min<std::int64_t>(4, params.count - i), y + i);
  }
  return Fault::none;
}

template <FloatBlock (*distribution)(const Philox::Block&) noexcept>
Step prepare_draw(const PrepareContext& context) {
  const std::int64_t count = elements(context.output().shape);
  packed_bytes(float32, count);
  Step step = make_step<draw<distribution>>(Numbers{generator(context), count}, "random/scalar");
  step.work = static_cast<double>(count);
  return step;
}

void infer_draw(InferContext& context) {
  require_index_vector(context, 0);
  const auto dims = context.ints(0);
  context.set_output(0, float32, dims ? shape_from_values(context, 0, *dims) : shape_from_length(context, 0));
}

struct Multinomial {
  std::shared_ptr<Philox> generator;
  std::int64_t rows, classes, samples;
};

/// Uniform numbers in double precision, two of a block.
class Uniforms {
 public:
  explicit Uniforms(Philox& generator) noexcept : generator_(generator) {}
  double next() noexcept {
    if (used_ == 4) {
      block_ = generator_.next();
      used_ = 0;
    }
    used_ += 2;
    return unit_double(block_[used_ - 2], block_[used_ - 1]);
  }

 private:
  Philox& generator_;
  Philox::Block block_{};
  std::size_t used_ = 4;
};

/// The class whose share of the sum of e^logit contains the number drawn.
template <class T>
Fault sample(const Multinomial& params, const Operands& operands, TileRange) noexcept {
  auto* sums = reinterpret_cast<double*>(operands.scratch);
  Uniforms uniforms(*params.generator);
  for (std::int64_t row = 0; row < params.rows; ++row) {
    const float* logits = operands.in<float>(0) + row * params.classes;
    const double largest = *std::max_element(logits, logits + params.classes);
    double sum = 0;
    for (std::int64_t i = 0; i < params.classes; ++i) {
      if (std::isfinite(logits[i])) sum += kernels::elementary::exp(double{logits[i]} - largest);
      sums[i] = sum;
    }
    for (std::int64_t i = 0; i < params.samples; ++i) {
      const double* found = std::upper_bound(sums, sums + params.classes, uniforms.next() * sum);
      operands.out<T>()[row * params.samples + i] =
          static_cast<T>(std::min<std::int64_t>(found - sums, params.classes - 1));
    }
  }
  return Fault::none;
}

Step prepare_multinomial(const PrepareContext& context) {
  const Shape& logits = context.input(0).shape;
  const Multinomial params{generator(context), logits[0], logits[1], context.output().shape[1]};
  context.require(params.classes > 0 || params.rows * params.samples == 0, "'", context.input(0).name, "' of shape ",
                  logits, " has no classes to draw from");
  Step step = context.output().dtype == int64 ? make_step<sample<std::int64_t>>(params, "multinomial/scalar")
                                              : make_step<sample<std::int32_t>>(params, "multinomial/scalar");
  step.scratch_bytes = packed_bytes(float64, params.classes);
  step.work = static_cast<double>(params.rows) * static_cast<double>(params.classes + params.samples);
  return step;
}

void infer_multinomial(InferContext& context) {
  context.require_type(0, {float32});
  context.require_rank(0, 2);
  context.require_type(1, {int32});
  require_one_value(context, 1);
  const DType type = context.output_type(0);
  context.require(type == int32 || type == int64, "gives classes of type ", name(type),
                  "; int32 and int64 are possible");
  const auto samples = scalar_value(context, 1);
  const Shape& logits = context.input(0).shape;
  context.set_output(
      0, type, {logits.has_rank() ? logits[0] : kUnknownDim, samples ? dimension(context, *samples, 0) : kUnknownDim});
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_RandomOptions();
  return options == nullptr ? RandomAttrs{} : RandomAttrs{options->seed(), options->seed2()};
}

flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto& random = attrs.as<RandomAttrs>();
  ::tflite::RandomOptionsBuilder options(builder);
  options.add_seed(random.seed);
  options.add_seed2(random.seed2);
  return options.Finish().Union();
}

OpDef row(std::string_view name, std::int32_t code, int operands, void (*infer)(InferContext&),
          Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {operands, operands},
          .infer = infer,
          .read = read,
          .write = write,
          .options_type = 114,
          .prepare = prepare,
          .host = prepare_and_run,
          .foldable = false};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {row("RANDOM_UNIFORM", 148, 1, infer_draw, prepare_draw<uniform>),
                               row("RANDOM_STANDARD_NORMAL", 146, 1, infer_draw, prepare_draw<normal>),
                               row("MULTINOMIAL", 149, 2, infer_multinomial, prepare_multinomial)};
  return kOps;
}

}  // namespace litesmith::ops::random
