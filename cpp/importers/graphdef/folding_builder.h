#pragma once

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "importers/emit/graph_builder.h"

namespace litesmith::importers::graphdef {

/// Numbers of a tensor of integers, row-major; nullopt where they depend on what is fed.
using PartialInts = std::vector<std::optional<std::int64_t>>;

/// Computes nodes whose operands are constants at once, so that shapes which graphs compute are known while they are
/// imported, also where only the batch is not.
class FoldingBuilder final : public emit::GraphBuilder {
 public:
  std::vector<ir::TensorId> add(const emit::Owner& owner, std::string_view op, ir::Attrs attrs,
                                std::vector<ir::TensorId> inputs, int results, DType dtype) override;
  /// nullopt unless the tensor is a constant, or was computed from shapes and constants.
  std::optional<PartialInts> partial_ints(ir::TensorId id) const;

 private:
  /// Two values that the tensor might have. Numbers that are equal in both do not depend on unknown dims, because only
  /// operators that are polynomials in their operands get here and unknown dims have unrelated values.
  struct Trials {
    Bytes first, second;
  };

  bool fold_constants(const ir::Node& node);
  void try_shapes(const ir::Node& node);
  std::optional<Trials> trials_of(ir::TensorId id) const;
  std::optional<Trials> trials_of_shape(const ir::Node& node);
  void replace_by_constant(ir::TensorId id, Shape shape, Bytes data);

  std::unordered_map<ir::TensorId, Trials> trials_;
  std::size_t next_guess_ = 0;
};

}  // namespace litesmith::importers::graphdef
