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

std::vector<std::byte> Conversion::write() {
  lower();
  tflite::WriteOptions options;
  options.conversion_metadata = options_.conversion_metadata;
  options.model_type = options_.model_type;
  return tflite::write(model_, options);
}

}  // namespace litesmith::converter
