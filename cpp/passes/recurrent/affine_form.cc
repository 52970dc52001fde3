#include "passes/recurrent/affine_form.h"

#include <algorithm>

#include "ops/concatenation/concatenation.h"
#include "ops/op_def.h"
#include "passes/pattern.h"

namespace litesmith::passes {
namespace {

/// Columns [first, first + count) of a tensor.
struct Columns {
  ir::TensorId tensor = ir::kAbsent;
  std::size_t first = 0;
};

/// The last dimension; 0 when unknown or for other ranks than 1 and 2.
std::size_t width(const ir::Tensor& tensor) {
  const Shape& shape = tensor.shape;
  if (!shape.has_rank() || shape.rank() < 1 || shape.rank() > 2 || shape.back() < 1) return 0;
  return static_cast<std::size_t>(shape.back());
}

/// Whether both have the same rows, if one of them as a vector.
bool has_rows_of(const ir::Tensor& x, const ir::Tensor& y) {
  if (width(x) == 0 || width(x) != width(y)) return false;
  const auto count = x.shape.element_count();
  return x.shape == y.shape || (count && count == y.shape.element_count());
}

void add_to(std::vector<float>& sum, std::span<const float> values) {
  if (sum.empty()) sum.assign(values.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
}

class Terms {
 public:
  Terms(const ir::Model& model, const ir::Graph& graph, const ir::Uses& uses, std::size_t count)
      : model_(model), graph_(graph), uses_(uses), count_(count) {
    form_.bias.assign(count, 0);
  }

  std::optional<AffineForm> collect(ir::TensorId y) {
    constexpr std::size_t kMost = 64;
    work_.push_back({y, 0});
    for (std::size_t done = 0; !work_.empty(); ++done) {
      const Columns columns = work_.back();
      work_.pop_back();
      if (done == kMost || !take(columns)) return std::nullopt;
    }
    return std::move(form_);
  }

 private:
  bool take(const Columns& columns) {
    if (graph_.tensor(columns.tensor).is_constant()) return add_vector(form_.bias, columns.tensor, columns.first);
    const ir::NodeId id = uses_.producer(columns.tensor);
    if (id < 0 || has_activation(graph_.nodes[static_cast<std::size_t>(id)])) return false;
    const Site site{model_, graph_, uses_, id};
    form_.nodes.push_back(id);
    if (ops::def(site.node()).is_view) return look_through(site, columns);
    if (site.is("ADD")) return add(site, columns);
    if (site.is("SPLIT")) return split(site, columns);
    if (site.is("MUL")) return scale(site, columns);
    return site.is("FULLY_CONNECTED") && multiply(site, columns);
  }

  bool look_through(const Site& view, const Columns& columns) {
    work_.push_back({view.node().input(0), columns.first});
    return has_rows_of(view.input(0), view.output());
  }

  /// The values of a constant for the columns: one for all, or one each.
  std::optional<std::vector<float>> vector(ir::TensorId constant, std::size_t first) const {
    const auto values = plain_floats(graph_.tensor(constant));
    if (!values) return std::nullopt;
    if (values->size() == 1) return std::vector<float>(count_, values->front());
    const Shape& shape = graph_.tensor(constant).shape;
    if (static_cast<std::size_t>(shape.back()) != values->size() || first + count_ > values->size())
      return std::nullopt;
    const auto begin = values->begin() + static_cast<std::ptrdiff_t>(first);
    return std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count_));
  }

  bool add_vector(std::vector<double>& sum, ir::TensorId constant, std::size_t first) const {
    const auto values = vector(constant, first);
    if (!values) return false;
    for (std::size_t i = 0; i < count_; ++i) sum[i] += (*values)[i];
    return true;
  }

  bool add(const Site& site, const Columns& columns) {
    for (const ir::TensorId operand : site.node().inputs) {
      const ir::Tensor& tensor = graph_.tensor(operand);
      if (!tensor.is_constant() && !has_rows_of(tensor, site.output())) return false;
      work_.push_back({operand, columns.first});
    }
    return true;
  }

  bool split(const Site& site, const Columns& columns) {
    const ir::Tensor& axis = site.input(0);
    if (!site.is_constant(0) || axis.dtype != DType::int32 || width(site.input(1)) == 0) return false;
    const std::int32_t number = axis.data->to_vector<std::int32_t>().at(0);
    if (number != 1 && number != -1) return false;
    const auto& outputs = site.node().outputs;
    const auto part = std::find(outputs.begin(), outputs.end(), columns.tensor) - outputs.begin();
    const std::size_t part_width = width(site.input(1)) / outputs.size();
    work_.push_back({site.node().input(1), static_cast<std::size_t>(part) * part_width + columns.first});
    return true;
  }

  bool scale(const Site& site, const Columns& columns) {
    const int constant = site.is_constant(0) ? 0 : 1;
    const ir::TensorId source = site.node().input(1 - constant);
    if (!site.is_constant(constant) || graph_.tensor(source).is_constant() || columns.first != 0 ||
        !has_rows_of(graph_.tensor(source), site.output()) || width(site.output()) != count_)
      return false;
    const auto values = vector(site.node().input(constant), 0);
    if (values) add_to(form_.factors[source], *values);
    return values.has_value();
  }

  bool multiply(const Site& site, const Columns& columns) {
    const auto weights = plain_floats(site.input(1));
    const std::size_t in = width(site.input(1));
    if (!weights || in == 0 || (columns.first + count_) * in > weights->size()) return false;
    if (site.node().has_input(2) && !add_vector(form_.bias, site.node().input(2), columns.first)) return false;
    return add_products(site.node().input(0), std::span(*weights).subspan(columns.first * in, count_ * in), in);
  }

  /// Rows by the values of `source`, each part of a CONCATENATION by itself.
  bool add_products(ir::TensorId source, std::span<const float> rows, std::size_t in) {
    if (width(graph_.tensor(source)) != in) return false;
    const ir::NodeId id = uses_.producer(source);
    const bool is_joined = id >= 0 && Site{model_, graph_, uses_, id}.is("CONCATENATION");
    if (!is_joined) {
      add_to(form_.products[source], rows);
      return true;
    }
    const ir::Node& join = graph_.nodes[static_cast<std::size_t>(id)];
    const auto& attrs = join.attrs.as<ops::ConcatenationAttrs>();
    if ((attrs.axis != 1 && attrs.axis != -1) || has_activation(join)) return false;
    form_.nodes.push_back(id);
    std::size_t first = 0;
    for (const ir::TensorId part : join.inputs) {
      const std::size_t part_width = width(graph_.tensor(part));
      if (part_width == 0 || first + part_width > in) return false;
      std::vector<float> part_rows;
      for (std::size_t row = 0; row < count_; ++row) {
        const auto cut = rows.subspan(row * in + first, part_width);
        part_rows.insert(part_rows.end(), cut.begin(), cut.end());
      }
      add_to(form_.products[part], part_rows);
      first += part_width;
    }
    return true;
  }

  const ir::Model& model_;
  const ir::Graph& graph_;
  const ir::Uses& uses_;
  std::size_t count_;
  AffineForm form_{};
  std::vector<Columns> work_{};
};

}  // namespace

std::optional<std::vector<float>> plain_floats(const ir::Tensor& tensor) {
  if (!tensor.is_constant() || tensor.dtype != DType::float32 || tensor.sparsity != nullptr ||
      !tensor.quantization.empty() || tensor.data->size() == 0)
    return std::nullopt;
  return tensor.data->to_vector<float>();
}

std::optional<AffineForm> affine_form(const ir::Model& model, const ir::Graph& graph, const ir::Uses& uses,
                                      ir::TensorId y) {
  const std::size_t count = width(graph.tensor(y));
  if (count == 0) return std::nullopt;
  return Terms(model, graph, uses, count).collect(y);
}

}  // namespace litesmith::passes
