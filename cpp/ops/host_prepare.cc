#include "ops/host_prepare.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/string_buffer.h"

namespace litesmith::ops {
namespace {

/// Most strings that an operator may write: one that repeats them could ask for any number.
constexpr std::int64_t kMostStrings = std::int64_t{1} << 26;

/// Operands and results of a host operator, which may stand for others.
struct HostOperands {
  std::vector<const TensorInfo*> infos;
  std::vector<const std::byte*> values;
  std::vector<TensorInfo> results;

  explicit HostOperands(const HostContext& context) {
    for (int i = 0; i < context.input_count(); ++i) {
      infos.push_back(context.has_input(i) ? &context.input(i) : nullptr);
      values.push_back(context.has_input(i) ? context.input_data(i) : nullptr);
    }
    for (int i = 0; i < context.output_count(); ++i) results.push_back(context.output(i));
  }
};

void run_on(const HostContext& context, HostOperands& operands,
            const std::function<std::byte*(int i, const TensorInfo& result)>& allocate) {
  InferContext infer(context.node(), operands.infos, operands.results);
  context.op().infer(infer);
  const Step step = context.op().prepare(
      PrepareContext(context.node(), operands.infos, operands.results, {.isa = simd::active_isa()}));
  std::vector<std::byte*> outputs;
  for (std::size_t i = 0; i < operands.results.size(); ++i)
    outputs.push_back(allocate(static_cast<int>(i), operands.results[i]));
  const auto scratch = aligned_buffer(step.scratch_bytes);
  const Fault fault =
      step.run(step.params.get(), {operands.values.data(), outputs.data(), scratch.get()}, {0, step.tiles});
  if (fault != Fault::none) context.fail(describe(fault));
}

}  // namespace

void prepare_and_run(HostContext& context) {
  HostOperands operands(context);
  run_on(context, operands, [&](int i, const TensorInfo& result) { return context.allocate_output(i, result.shape); });
}

namespace {

/// String operands replaced by the positions of their strings in one list.
struct Positions {
  std::vector<std::string_view> strings;
  std::vector<std::vector<std::int32_t>> of_operand;
  std::vector<Bytes> values;
  std::vector<TensorInfo> infos;

  explicit Positions(HostOperands& operands)
      : of_operand(operands.infos.size()), values(operands.infos.size()), infos(operands.infos.size()) {
    for (std::size_t i = 0; i < infos.size(); ++i)
      if (operands.infos[i] != nullptr && operands.infos[i]->dtype == DType::string) replace(operands, i);
  }

 private:
  void replace(HostOperands& operands, std::size_t i) {
    for (const std::string_view text : strings_in(operands.infos[i]->data->view())) {
      of_operand[i].push_back(static_cast<std::int32_t>(strings.size()));
      strings.push_back(text);
    }
    if (elements(operands.infos[i]->shape) != static_cast<std::int64_t>(of_operand[i].size()))
      fail(ErrorKind::value, "'", operands.infos[i]->name, "' has shape ", operands.infos[i]->shape, " but holds ",
           of_operand[i].size(), " strings");
    values[i] = Bytes(nullptr, std::as_bytes(std::span(of_operand[i])));
    infos[i] = *operands.infos[i];
    infos[i].dtype = DType::int32;
    infos[i].data = &values[i];
    operands.infos[i] = &infos[i];
    operands.values[i] = values[i].data();
  }
};

}  // namespace

void prepare_and_move(HostContext& context) {
  HostOperands operands(context);
  const Positions positions(operands);
  if (positions.strings.empty() && context.output(0).dtype != DType::string) return prepare_and_run(context);
  std::vector<std::vector<std::int32_t>> moved(operands.results.size());
  run_on(context, operands, [&](int i, const TensorInfo& result) {
    const std::int64_t count = elements(result.shape);
    if (count > kMostStrings) fail(ErrorKind::limit, "'", result.name, "' would hold ", count, " strings");
    std::vector<std::int32_t>& places = moved[static_cast<std::size_t>(i)];
    places.resize(static_cast<std::size_t>(count));
    return reinterpret_cast<std::byte*>(places.data());
  });
  for (std::size_t i = 0; i < moved.size(); ++i) {
    std::vector<std::string_view> chosen;
    for (const std::int32_t at : moved[i]) chosen.push_back(positions.strings.at(static_cast<std::size_t>(at)));
    const std::vector<std::byte> buffer = string_buffer(chosen);
    std::byte* result = context.allocate_bytes(static_cast<int>(i), operands.results[i].shape, buffer.size());
    std::copy(buffer.begin(), buffer.end(), result);
  }
}

}  // namespace litesmith::ops
