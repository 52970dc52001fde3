#include "importers/keras/graph_builder.h"

#include <utility>

#include "base/error.h"

namespace litesmith::importers::keras {

const WeightView& GraphBuilder::weight(int index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= weights_.size())
    fail(ErrorKind::value, "the record refers to array ", index, " but has ", weights_.size(), " arrays");
  const WeightView& view = weights_[static_cast<std::size_t>(index)];
  const std::size_t expected = packed_bytes(view.dtype, elements(view.shape));
  if (view.data.size() != expected)
    fail(ErrorKind::value, "array ", index, " (", name(view.dtype), " ", view.shape, ") needs ", expected,
         " bytes but has ", view.data.size());
  return view;
}

ir::TensorId GraphBuilder::add_weight(const Owner& owner, const std::string& name, int index, const WeightForm& form,
                                      std::optional<Bytes> values) {
  const FormKey key{index, form.order, form.shape.dims(), form.reversed};
  if (const auto found = forms_.find(key); found != forms_.end()) return found->second;
  WeightView view = weight(index);
  view.data = widen_to_float32(view.data, view.dtype);
  if (view.dtype != DType::float32)
    fail(ErrorKind::unsupported, "the weight '", name, "' holds ", litesmith::name(view.dtype),
         " values; convert the model to float32 before saving it");
  if (values) view.data = std::move(*values);
  warn_if_not_finite(owner, name, index, view);
  const ir::TensorId id =
      add_constant(owner.prefix + "/" + name, view.dtype, form.shape, reorder(view.data, view.shape, form));
  forms_.emplace(key, id);
  return id;
}

void GraphBuilder::warn_if_not_finite(const Owner& owner, const std::string& name, int index, const WeightView& view) {
  if (!checked_.insert(index).second) return;
  const std::int64_t first = first_not_finite(view.data);
  if (first >= 0)
    warnings().push_back(concat("the weight '", name, "' of layer '", owner.path,
                                "' holds NaN or infinity (first at element ", first,
                                "); the converted model will too: check the training run that made it"));
}

}  // namespace litesmith::importers::keras
