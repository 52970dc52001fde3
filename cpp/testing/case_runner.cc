#include "testing/case_runner.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "ops/evaluate.h"

#define OP(folder)                   \
  namespace litesmith::ops::folder { \
  std::vector<Case> cases();         \
  }
#include "ops/ops.inc"
#undef OP

namespace litesmith {

namespace ops {
namespace {

template <class T>
void draw(std::vector<std::byte>& bytes, std::size_t count, double low, double high, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform_real(low, high);
  bytes.resize(count * sizeof(T));
  for (std::size_t i = 0; i < count; ++i) {
    const double x = uniform_real(random);
    const T value = std::is_floating_point_v<T> ? static_cast<T>(x) : static_cast<T>(std::floor(x + 0.5));
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
}

}  // namespace

Value uniform(DType dtype, const Shape& shape, double low, double high, std::uint64_t seed) {
  Value result;
  result.dtype = dtype;
  result.shape = shape;
  const auto count = static_cast<std::size_t>(elements(shape));
  switch (dtype) {
    case DType::float32: draw<float>(result.bytes, count, low, high, seed); break;
    case DType::float64: draw<double>(result.bytes, count, low, high, seed); break;
    case DType::int8: draw<std::int8_t>(result.bytes, count, low, high, seed); break;
    case DType::uint8: draw<std::uint8_t>(result.bytes, count, low, high, seed); break;
    case DType::int16: draw<std::int16_t>(result.bytes, count, low, high, seed); break;
    case DType::int32: draw<std::int32_t>(result.bytes, count, low, high, seed); break;
    case DType::int64: draw<std::int64_t>(result.bytes, count, low, high, seed); break;
    case DType::boolean: draw<std::uint8_t>(result.bytes, count, low, high, seed); break;
    default: fail(ErrorKind::value, "cases draw no values of type ", name(dtype));
  }
  return result;
}

Value constant(Value value) {
  value.constant = true;
  return value;
}

}  // namespace ops

namespace testing {
namespace {

ir::Tensor tensor_of(const ops::Value& value, const std::string& name) {
  ir::Tensor tensor;
  tensor.name = name;
  tensor.dtype = value.dtype;
  tensor.shape = value.shape;
  tensor.quantization = value.quantization;
  tensor.is_variable = value.is_variable;
  return tensor;
}

template <class T>
std::string float_difference(std::span<const T> got, std::span<const T> expected, const ops::Case& test_case) {
  double largest = 0;
  for (const T y : expected)
    if (std::isfinite(y)) largest = std::max(largest, std::abs(static_cast<double>(y)));
  const double allowed = test_case.relative * largest + test_case.absolute;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]));
    if (!same && !(std::abs(static_cast<double>(got[i]) - expected[i]) <= allowed))
      return concat("element ", i, " is ", got[i], " but should be ", expected[i], " (allowed ", allowed, ")");
  }
  return "";
}

}  // namespace

std::vector<ops::Case> all_cases() {
  std::vector<ops::Case> list;
  const auto add = [&](std::vector<ops::Case> cases) {
    for (ops::Case& one : cases) list.push_back(std::move(one));
  };
#define OP(folder) add(ops::folder::cases());
#include "ops/ops.inc"
#undef OP
  return list;
}

CaseOutcome run(const ops::Case& test_case, simd::Isa isa, ops::Arithmetic arithmetic) {
  ir::Node node;
  node.op = &ops::op(test_case.op).identity;
  node.attrs = test_case.attrs;
  node.origins = {test_case.name};
  std::vector<ops::EvaluationInput> inputs;
  for (std::size_t i = 0; i < test_case.inputs.size(); ++i) {
    const ops::Value& value = test_case.inputs[i];
    node.inputs.push_back(value.absent ? ir::kAbsent : static_cast<ir::TensorId>(i));
    inputs.push_back({tensor_of(value, concat("input", i)), Bytes::copy(value.bytes), value.constant, value.absent});
  }
  std::vector<ir::Tensor> outputs;
  const std::vector<DType> types = test_case.outputs.empty() ? std::vector{DType::float32} : test_case.outputs;
  for (std::size_t i = 0; i < types.size(); ++i) {
    node.outputs.push_back(static_cast<ir::TensorId>(inputs.size() + i));
    ir::Tensor tensor;
    tensor.name = concat("output", i);
    tensor.dtype = types[i];
    tensor.shape = Shape::unknown_rank();
    if (i < test_case.output_quantization.size()) tensor.quantization = test_case.output_quantization[i];
    outputs.push_back(tensor);
  }
  CaseOutcome outcome;
  for (ops::EvaluationResult& result : ops::evaluate(node, inputs, outputs, {isa, arithmetic, 1})) {
    outcome.kernel = result.kernel;
    ops::Value value;
    value.dtype = result.dtype;
    value.shape = result.shape;
    value.bytes = std::move(result.data);
    outcome.results.push_back(std::move(value));
  }
  return outcome;
}

std::string difference(const ops::Case& test_case, const std::vector<ops::Value>& got,
                       const std::vector<ops::Value>& expected, bool exact) {
  if (got.size() != expected.size()) return concat(got.size(), " results instead of ", expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i].dtype != expected[i].dtype)
      return concat("result ", i, " is ", name(got[i].dtype), " instead of ", name(expected[i].dtype));
    if (got[i].shape != expected[i].shape)
      return concat("result ", i, " has shape ", got[i].shape, " instead of ", expected[i].shape);
    if (got[i].bytes == expected[i].bytes) continue;
    const DType type = got[i].dtype;
    const bool is_wide = type == DType::float64 || type == DType::complex128;
    if (exact || !(is_wide || type == DType::float32 || type == DType::complex64)) {
      const auto at = std::mismatch(got[i].bytes.begin(), got[i].bytes.end(), expected[i].bytes.begin());
      return concat("result ", i, " differs from byte ", at.first - got[i].bytes.begin());
    }
    const std::string text = is_wide ? float_difference(got[i].as<double>(), expected[i].as<double>(), test_case)
                                     : float_difference(got[i].as<float>(), expected[i].as<float>(), test_case);
    if (!text.empty()) return concat("result ", i, ": ", text);
  }
  return "";
}

}  // namespace testing
}  // namespace litesmith
