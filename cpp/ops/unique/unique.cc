#include "ops/unique/unique.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <vector>

#include "ops/file_enum.h"
#include "ops/static_rules.h"
#include "ops/step.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::unique {
namespace {

using enum DType;

/// Values in the order of their first appearance, and for each element where its value stands among them.
template <class T, class Index>
void find(HostContext& context) {
  const Shape& shape = context.input(0).shape;
  const T* x = context.in<T>(0);
  auto* index = reinterpret_cast<Index*>(context.allocate_output(1, shape));
  std::vector<T> values;
  std::unordered_map<T, Index> places;
  for (std::int64_t i = 0; i < elements(shape); ++i) {
    const auto [place, is_new] = places.try_emplace(x[i], static_cast<Index>(values.size()));
    if (is_new) values.push_back(x[i]);
    index[i] = place->second;
  }
  std::byte* result = context.allocate_output(0, {static_cast<std::int32_t>(values.size())});
  std::copy(values.begin(), values.end(), reinterpret_cast<T*>(result));
}

template <class T>
void find_any(HostContext& context) {
  if (context.attrs<UniqueAttrs>().index_type == int64)
    find<T, std::int64_t>(context);
  else
    find<T, std::int32_t>(context);
}

struct Row {
  DType type;
  void (*find)(HostContext&);
};
constexpr Row kRows[] = {{float32, find_any<float>},      {uint8, find_any<std::uint8_t>},
                         {int8, find_any<std::int8_t>},   {int16, find_any<std::int16_t>},
                         {int32, find_any<std::int32_t>}, {int64, find_any<std::int64_t>}};

void run(HostContext& context) {
  const DType type = context.input(0).dtype;
  std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& row) { return row.type == type; })->find(context);
}

void infer(InferContext& context) {
  context.require_type(0, {float32, uint8, int8, int16, int32, int64});
  context.require_rank(0, 1);
  const DType type = context.attrs<UniqueAttrs>().index_type;
  if (type != int32 && type != int64)
    context.fail("gives indices of type ", name(type), "; int32 and int64 are possible");
  context.set_output(0, context.input(0).dtype, {kUnknownDim});
  context.set_output(1, type, context.input(0).shape);
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_UniqueOptions();
  if (options == nullptr) return UniqueAttrs{};
  return UniqueAttrs{enum_from_file(options->idx_out_type(), float8_e5m2, "type")};
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::UniqueOptionsBuilder options(builder);
  options.add_idx_out_type(static_cast<::tflite::TensorType>(attrs.as<UniqueAttrs>().index_type));
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"UNIQUE"},
                                .builtin_code = 103,
                                .outputs = {2, 2},
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 80,
                                .host = run,
                                .quantization = {.int8 = kFree}}};
  return kOps;
}

}  // namespace litesmith::ops::unique
