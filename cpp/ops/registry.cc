#include <map>
#include <vector>

#include "ops/op_def.h"
#include "ops/opaque.h"

#define OP(folder)                   \
  namespace litesmith::ops::folder { \
  std::span<const OpDef> ops();      \
  }
#include "ops/ops.inc"
#undef OP

namespace litesmith::ops {
namespace {

struct Registry {
  std::vector<const OpDef*> all;
  std::map<std::string_view, const OpDef*> by_name;
  std::map<std::int32_t, const OpDef*> by_code;

  Registry() {
#define OP(folder) add(folder::ops());
#include "ops/ops.inc"
#undef OP
  }
  void add(std::span<const OpDef> family) {
    for (const OpDef& def : family) {
      all.push_back(&def);
      if (!by_name.emplace(def.identity.name, &def).second)
        fail(ErrorKind::value, "the operator ", def.identity.name, " is defined twice");
      if (def.builtin_code >= 0 && def.builtin_code != kCustomCode) by_code.emplace(def.builtin_code, &def);
    }
  }
};

const Registry& registry() {
  static const Registry kRegistry;
  return kRegistry;
}

}  // namespace

std::span<const OpDef* const> all_ops() { return registry().all; }

const OpDef* find(std::string_view name) noexcept {
  const auto found = registry().by_name.find(name);
  return found == registry().by_name.end() ? nullptr : found->second;
}

const OpDef* find_builtin(std::int32_t code) noexcept {
  const auto found = registry().by_code.find(code);
  return found == registry().by_code.end() ? opaque(code) : found->second;
}

const OpDef& op(std::string_view name) {
  const OpDef* found = find(name);
  if (found == nullptr) fail(ErrorKind::value, "there is no operator named ", name);
  return *found;
}

ir::Node make_node(std::string_view name, ir::Attrs attrs, std::vector<ir::TensorId> inputs,
                   std::vector<ir::TensorId> outputs, std::vector<std::string> origins) {
  return ir::Node{.op = &op(name).identity,
                  .attrs = std::move(attrs),
                  .inputs = std::move(inputs),
                  .outputs = std::move(outputs),
                  .intermediates = {},
                  .origins = std::move(origins)};
}

int version_of(DType type, std::span<const TypeVersion> rows) noexcept {
  for (const TypeVersion& row : rows)
    if (row.type == type) return row.version;
  return 1;
}

const ir::Tensor* VersionQuery::input(int i) const {
  return node.has_input(i) ? &graph.tensor(node.input(i)) : nullptr;
}
DType VersionQuery::input_type(int i) const {
  const ir::Tensor* tensor = input(i);
  return tensor == nullptr ? DType::float32 : tensor->dtype;
}
DType VersionQuery::output_type(int i) const { return graph.tensor(node.output(i)).dtype; }
int VersionQuery::input_rank(int i) const {
  const ir::Tensor* tensor = input(i);
  return tensor == nullptr ? 0 : tensor->shape.rank();
}

}  // namespace litesmith::ops
