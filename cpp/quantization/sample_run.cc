#include "quantization/sample_run.h"

#include <algorithm>
#include <vector>

#include "quantization/number_format.h"

namespace litesmith::quantization {
namespace {

ir::TensorId input_like(const ir::Graph& target, const ir::Graph& source, const Feed& feed) {
  const auto at = std::find(source.inputs.begin(), source.inputs.end(), feed.tensor);
  if (at == source.inputs.end()) return feed.tensor;
  return target.inputs.at(static_cast<std::size_t>(at - source.inputs.begin()));
}

}  // namespace

void run_sample(interpreter::Interpreter& interpreter, int graph, const ir::Graph& source,
                std::span<const Feed> feeds) {
  interpreter::Executor& executor = interpreter.executor(graph);
  const ir::Graph& target = executor.graph();
  for (const Feed& feed : feeds) executor.resize(input_like(target, source, feed), feed.shape);
  executor.allocate();
  executor.reset_variables();
  for (const Feed& feed : feeds) {
    const ir::TensorId id = input_like(target, source, feed);
    const ir::Tensor& tensor = target.tensor(id);
    if (tensor.dtype == DType::float32 || !NumberFormat::is_known(tensor)) {
      executor.write(id, feed.values);
      continue;
    }
    std::vector<std::byte> converted(static_cast<std::size_t>(elements(feed.shape)) * bit_width(tensor.dtype) / 8);
    NumberFormat(tensor).store(float_values(feed.values), converted);
    executor.write(id, converted);
  }
  executor.invoke();
}

}  // namespace litesmith::quantization
