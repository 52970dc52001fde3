#include <algorithm>
#include <map>

#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"
#include "ops/batch_matmul/batch_matmul.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/reshape/reshape.h"

/// Einsum of one or two operands: sums, a transposition, and one matrix product.
namespace litesmith::importers::graphdef {
namespace {

/// Letters as they are; the dims of an ellipsis have negative numbers, the last one -1.
using Labels = std::vector<int>;

bool has(const Labels& labels, int label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }
int place(const Labels& labels, int label) {
  return static_cast<int>(std::find(labels.begin(), labels.end(), label) - labels.begin());
}
Labels joined(const Labels& a, const Labels& b) {
  Labels all = a;
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

struct Term {
  ir::TensorId tensor;
  Labels labels;
};

constexpr std::string_view kEllipsis = "...";

/// The labels of one term; its ellipsis has `hidden` dims.
Labels parse_term(NodeContext& c, std::string_view text, int hidden) {
  Labels labels;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i).starts_with(kEllipsis)) {
      for (int dim = hidden; dim > 0; --dim) labels.push_back(-dim);
      i += kEllipsis.size() - 1;
      continue;
    }
    const bool is_letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
    if (!is_letter) c.fail("the equation has '", text.substr(i, 1), "' where a letter belongs");
    if (has(labels, text[i]))
      c.unsupported("the label '", text.substr(i, 1),
                    "' stands twice in one term, which has no conversion; take the diagonal first");
    labels.push_back(text[i]);
  }
  return labels;
}

Term operand(NodeContext& c, int i, std::string_view text) {
  const ir::TensorId x = c.input(i);
  if (!c.shape(x).has_rank()) c.unsupported("the rank of operand ", i, " is not known; give the inputs shapes");
  const int named = static_cast<int>(parse_term(c, text, 0).size());
  const bool is_open = text.find(kEllipsis) != std::string_view::npos;
  if (is_open ? c.rank(x) < named : c.rank(x) != named)
    c.fail("the term '", text, "' does not fit operand ", i, " of shape ", c.shape(x));
  return {x, parse_term(c, text, c.rank(x) - named)};
}

struct Equation {
  std::vector<Term> terms;
  Labels result;
};

Equation parse(NodeContext& c) {
  const std::string text = c.attr_string("equation", "");
  const auto arrow = text.find("->");
  if (arrow == std::string::npos) c.fail("the equation '", text, "' has no '->'");
  Equation equation;
  std::string_view left = std::string_view(text).substr(0, arrow);
  int hidden = 0;
  for (int i = 0; i < c.input_count(); ++i) {
    const auto comma = left.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == c.input_count()))
      c.fail("the equation '", text, "' does not have ", c.input_count(), " terms");
    equation.terms.push_back(operand(c, i, left.substr(0, comma)));
    for (const int label : equation.terms.back().labels) hidden = std::max(hidden, -label);
    left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
  }
  equation.result = parse_term(c, std::string_view(text).substr(arrow + 2), hidden);
  for (const int label : equation.result)
    if (std::none_of(equation.terms.begin(), equation.terms.end(), [&](const Term& t) { return has(t.labels, label); }))
      c.fail("the equation '", text, "' has a label in the result that no operand has");
  return equation;
}

Term transposed(NodeContext& c, const Term& x, const Labels& order) {
  std::vector<int> axes;
  for (const int label : order) axes.push_back(place(x.labels, label));
  return {transpose(c, x.tensor, axes), order};
}

/// Without the labels that nothing else has.
Term summed(NodeContext& c, const Term& x, const Labels& wanted) {
  std::vector<int> axes;
  Labels rest;
  for (std::size_t i = 0; i < x.labels.size(); ++i) {
    if (has(wanted, x.labels[i]))
      rest.push_back(x.labels[i]);
    else
      axes.push_back(static_cast<int>(i));
  }
  return axes.empty() ? x : Term{emit::reduce(c, "SUM", x.tensor, axes, false), rest};
}

/// x without the dims of its ellipsis that are stretched to those of y.
Term unstretched(NodeContext& c, Term x, const Term& y) {
  for (int axis = static_cast<int>(x.labels.size()) - 1; axis >= 0; --axis) {
    const int label = x.labels[static_cast<std::size_t>(axis)];
    if (label >= 0 || !has(y.labels, label) || c.shape(x.tensor)[axis] != 1) continue;
    if (c.shape(y.tensor)[place(y.labels, label)] == 1) continue;
    x.tensor = squeeze(c, x.tensor, axis);
    x.labels.erase(x.labels.begin() + axis);
  }
  return x;
}

/// How long labels are: a number, or the dim of an operand where that is known at run time only.
class Sizes {
 public:
  explicit Sizes(NodeContext& c) : c_(c) {}

  void add(const Term& x) {
    for (std::size_t i = 0; i < x.labels.size(); ++i) {
      const int axis = static_cast<int>(i);
      const std::int32_t dim = c_.shape(x.tensor)[axis];
      Size& size = sizes_.try_emplace(x.labels[i], Size{dim, x.tensor, axis}).first->second;
      if (dim != kUnknownDim && size.known != kUnknownDim && size.known != dim)
        c_.fail("a label has ", size.known, " entries in one operand and ", dim, " in the other");
      if (size.known == kUnknownDim) size = {dim, x.tensor, axis};
    }
  }

  std::int32_t product(const Labels& labels) const {
    std::int64_t product = 1;
    for (const int label : labels) {
      if (sizes_.at(label).known == kUnknownDim) return kUnknownDim;
      product = checked_product(product, sizes_.at(label).known);
    }
    return static_cast<std::int32_t>(product);
  }

  /// x with a dim for each group of labels.
  ir::TensorId reshaped(ir::TensorId x, const std::vector<Labels>& groups) {
    Dims dims;
    for (const Labels& group : groups) dims.push_back(product(group));
    if (std::count(dims.begin(), dims.end(), kUnknownDim) <= 1) return reshape(c_, x, std::move(dims));
    std::vector<ir::TensorId> parts;
    for (const Labels& group : groups) parts.push_back(run_time_product(group));
    const ir::TensorId y = c_.add("RESHAPE", ops::ReshapeAttrs{}, {x, concatenate(c_, parts, 0)});
    c_.refine_shape(y, Shape(std::move(dims)));
    return y;
  }

 private:
  struct Size {
    std::int32_t known;
    ir::TensorId tensor;
    int axis;
  };

  ir::TensorId run_time_product(const Labels& labels) {
    std::int64_t known = 1;
    ir::TensorId result = ir::kAbsent;
    for (const int label : labels) {
      const Size& size = sizes_.at(label);
      if (size.known != kUnknownDim) {
        known = checked_product(known, size.known);
        continue;
      }
      const ir::TensorId dim = runtime_dims(c_, size.tensor, size.axis, size.axis + 1);
      result = result == ir::kAbsent ? dim : binary(c_, "MUL", result, dim);
    }
    const ir::TensorId number = c_.ints("size", {static_cast<std::int32_t>(known)});
    if (result == ir::kAbsent) return number;
    return known == 1 ? result : binary(c_, "MUL", result, number);
  }

  NodeContext& c_;
  std::map<int, Size> sizes_;
};

/// What labels are to a product: in both operands and the result, summed, or of one operand alone.
struct Roles {
  Labels batch, summed, left, right;
};

Roles roles_of(const Term& a, const Term& b, const Labels& result) {
  Roles roles;
  for (const int label : result)
    (has(a.labels, label) ? has(b.labels, label) ? roles.batch : roles.left : roles.right).push_back(label);
  for (const int label : a.labels)
    if (!has(result, label)) roles.summed.push_back(label);
  return roles;
}

std::vector<Labels> each(const Labels& labels) {
  std::vector<Labels> groups;
  for (const int label : labels) groups.push_back({label});
  return groups;
}

/// x times a constant matrix: rows of any number of dims.
ir::TensorId dense(NodeContext& c, const Term& a, const Term& b, const Roles& roles, Sizes& sizes) {
  std::vector<Labels> rows = each(roles.left);
  if (rows.empty()) rows.push_back({});
  rows.push_back(roles.summed);
  const ir::TensorId x = sizes.reshaped(transposed(c, a, joined(roles.left, roles.summed)).tensor, rows);
  const ir::TensorId weights =
      sizes.reshaped(transposed(c, b, joined(roles.right, roles.summed)).tensor, {roles.right, roles.summed});
  const ir::TensorId y =
      c.add("FULLY_CONNECTED", ops::FullyConnectedAttrs{.keep_num_dims = true}, {x, weights, ir::kAbsent});
  if (roles.right.size() == 1 && !roles.left.empty()) return y;
  return sizes.reshaped(y, each(joined(roles.left, roles.right)));
}

ir::TensorId matrix_product(NodeContext& c, const Term& a, const Term& b, const Roles& roles, Sizes& sizes) {
  std::vector<Labels> left = each(roles.batch), right = left;
  left.insert(left.end(), {roles.left, roles.summed});
  right.insert(right.end(), {roles.summed, roles.right});
  const ir::TensorId x = transposed(c, a, joined(joined(roles.batch, roles.left), roles.summed)).tensor;
  const ir::TensorId y = transposed(c, b, joined(joined(roles.batch, roles.summed), roles.right)).tensor;
  const bool plain = roles.left.size() == 1 && roles.summed.size() == 1 && roles.right.size() == 1;
  if (plain) return c.add("BATCH_MATMUL", ops::BatchMatmulAttrs{}, {x, y});
  const ir::TensorId product =
      c.add("BATCH_MATMUL", ops::BatchMatmulAttrs{}, {sizes.reshaped(x, left), sizes.reshaped(y, right)});
  return sizes.reshaped(product, each(joined(joined(roles.batch, roles.left), roles.right)));
}

bool is_constant(NodeContext& c, const Term& x) { return c.graph().graph().tensor(x.tensor).is_constant(); }

Results import_einsum(NodeContext& c) {
  if (c.input_count() != 1 && c.input_count() != 2)
    c.unsupported(c.input_count(), " operands have no conversion; multiply two of them at a time");
  const Equation equation = parse(c);
  Term a = equation.terms[0];
  if (c.input_count() == 1) return transposed(c, summed(c, a, equation.result), equation.result).tensor;
  if (c.dtype(a.tensor) != DType::float32)
    c.unsupported("products of type ", name(c.dtype(a.tensor)), "; cast the operands to float32");
  Term b = equation.terms[1];
  if (is_constant(c, a) && !is_constant(c, b)) std::swap(a, b);
  a = unstretched(c, a, b);
  b = unstretched(c, b, a);
  a = summed(c, a, joined(equation.result, b.labels));
  b = summed(c, b, joined(equation.result, a.labels));
  const Roles roles = roles_of(a, b, equation.result);
  Sizes sizes(c);
  sizes.add(a);
  sizes.add(b);
  const bool has_weights = roles.batch.empty() && is_constant(c, b) && !roles.summed.empty();
  const ir::TensorId product = has_weights ? dense(c, a, b, roles, sizes) : matrix_product(c, a, b, roles, sizes);
  const Labels order = joined(joined(roles.batch, roles.left), roles.right);
  return transposed(c, {product, order}, equation.result).tensor;
}

}  // namespace

std::span<const OpRule> einsum_ops() {
  static constexpr OpRule kRules[] = {
      {.op = "Einsum", .import = import_einsum, .note = "one or two operands, each label once in a term"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
