#include "register.h"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The compiled core of litesmith; use the classes of litesmith.lite and litesmith.interpreter.";
  litesmith::bindings::register_errors(module);
  litesmith::bindings::register_interpreter(module);
  litesmith::bindings::register_quantization(module);
  litesmith::bindings::register_comparison(module);
  litesmith::bindings::register_conversion(module);
  litesmith::bindings::register_verification(module);
  litesmith::bindings::register_support(module);
  litesmith::bindings::register_graph_files(module);
  litesmith::bindings::register_checkpoint(module);
}
