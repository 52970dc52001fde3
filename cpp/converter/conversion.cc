#include "converter/conversion.h"

#include "lowering/lowering.h"
#include "passes/pass.h"
#include "tflite/writer.h"

namespace litesmith::converter {

Conversion::Conversion(ir::Model model, Options options) : model_(std::move(model)), options_(options) {
  passes::infer_shapes(model_, "after import");
}

void Conversion::lower() {
  if (lowered_) return;
  passes::run(passes::float_pipeline(), model_);
  lowering::lower(model_);
  lowered_ = true;
}

Bytes Conversion::write() {
  lower();
  constexpr int kKeras = 2;
  tflite::WriteOptions options;
  if (options_.conversion_metadata) {
    options.conversion.emplace();
    options.conversion->producer = "litesmith " LITESMITH_VERSION;
    options.conversion->api_version = static_cast<std::uint32_t>(options_.api_version);
    options.conversion->model_type = kKeras;
  }
  return tflite::write(model_, options);
}

}  // namespace litesmith::converter
