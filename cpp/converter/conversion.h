#pragma once

#include <string>

#include "base/bytes.h"
#include "ir/model.h"

namespace litesmith::converter {

/// One model on its way to a .tflite file; the only place that knows all stages.
class Conversion {
 public:
  struct Options {
    /// Write the metadata entry CONVERSION_METADATA.
    bool conversion_metadata = true;
    /// 1 for the converter classes of tf.compat.v1.lite; recorded there.
    int api_version = 2;
  };

  /// Takes an imported float model.
  Conversion(ir::Model model, Options options);

  /// Runs the passes and lowers to TFLite builtins. Throws Error(unsupported) naming layers without a TFLite form.
  void lower();
  /// The bytes of the file. Calls lower() when it has not run yet.
  Bytes write();

  const ir::Model& model() const noexcept { return model_; }

 private:
  ir::Model model_;
  Options options_;
  bool lowered_ = false;
};

}  // namespace litesmith::converter
