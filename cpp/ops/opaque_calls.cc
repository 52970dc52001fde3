#include "ops/opaque_calls.h"

#include <algorithm>
#include <memory>
#include <type_traits>

#include "ops/opaque.h"
#include "schema/tflite_objects.h"

namespace litesmith::ops {
namespace {

namespace objects = ::tflite::objects;
using Code = ::tflite::BuiltinOperator;
using Indices = std::vector<std::int32_t>;

template <class Table>
std::unique_ptr<Table> unpacked(const OpaqueAttrs& attrs) {
  if (attrs.options_2_type != static_cast<int>(objects::BuiltinOptions2UnionTraits<Table>::enum_value)) return nullptr;
  auto table = std::make_unique<Table>();
  flatbuffers::GetRoot<typename Table::TableType>(attrs.options_2.data())->UnPackTo(table.get());
  return table;
}

/// The indices that stand in `fields`, each a number or a list.
template <class Table, auto... fields>
Indices get(const ir::Attrs& attrs) {
  Indices graphs;
  const auto table = unpacked<Table>(attrs.as<OpaqueAttrs>());
  if (table == nullptr) return graphs;
  const auto add = [&](const auto& field) {
    if constexpr (std::is_same_v<decltype(field), const Indices&>)
      graphs.insert(graphs.end(), field.begin(), field.end());
    else
      graphs.push_back(field);
  };
  (add((*table).*fields), ...);
  return graphs;
}

template <class Table, auto... fields>
ir::Attrs with(const ir::Attrs& attrs, std::span<const std::int32_t> graphs) {
  OpaqueAttrs changed = attrs.as<OpaqueAttrs>();
  const auto table = unpacked<Table>(changed);
  if (table == nullptr) return changed;
  std::size_t i = 0;
  const auto set = [&](auto& field) {
    if constexpr (std::is_same_v<decltype(field), Indices&>)
      for (std::int32_t& index : field) index = graphs[i++];
    else
      field = graphs[i++];
  };
  (set((*table).*fields), ...);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Table::TableType::Pack(builder, table.get()));
  changed.options_2 = Bytes::copy(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
  return changed;
}

template <class Table, auto... fields>
constexpr GraphCalls calls(CallForm form) {
  return {form, get<Table, fields...>, with<Table, fields...>};
}

struct Row {
  Code code;
  GraphCalls calls;
};
const Row kRows[] = {
    {Code::STABLEHLO_COMPOSITE,
     calls<objects::StableHLOCompositeOptionsT, &objects::StableHLOCompositeOptionsT::decomposition_subgraph_index>(
         CallForm::whole)},
    {Code::STABLEHLO_WHILE,
     calls<objects::StablehloWhileOptionsT, &objects::StablehloWhileOptionsT::cond_subgraph_index,
           &objects::StablehloWhileOptionsT::body_subgraph_index>(CallForm::loop)},
    {Code::STABLEHLO_CASE,
     calls<objects::StablehloCaseOptionsT, &objects::StablehloCaseOptionsT::branch_subgraph_indices>(
         CallForm::branches)},
    {Code::STABLEHLO_CUSTOM_CALL,
     calls<objects::StablehloCustomCallOptionsT, &objects::StablehloCustomCallOptionsT::called_computations>(
         CallForm::region)},
    {Code::STABLEHLO_REDUCE,
     calls<objects::StablehloReduceOptionsT, &objects::StablehloReduceOptionsT::body_subgraph_index>(CallForm::region)},
    {Code::STABLEHLO_REDUCE_WINDOW,
     calls<objects::StablehloReduceWindowOptionsT, &objects::StablehloReduceWindowOptionsT::body_subgraph_index>(
         CallForm::region)},
    {Code::STABLEHLO_SCATTER,
     calls<objects::StablehloScatterOptionsT, &objects::StablehloScatterOptionsT::update_computation_subgraph_index>(
         CallForm::region)},
    {Code::STABLEHLO_SORT,
     calls<objects::StablehloSortOptionsT, &objects::StablehloSortOptionsT::comparator_subgraph_index>(
         CallForm::region)},
};

}  // namespace

GraphCalls opaque_calls(std::int32_t builtin_code) noexcept {
  const auto found = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& row) { return row.code == static_cast<Code>(builtin_code); });
  return found == std::end(kRows) ? GraphCalls() : found->calls;
}

}  // namespace litesmith::ops
