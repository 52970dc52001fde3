#pragma once

#include <string>

namespace litesmith::ops {

/// VAR_HANDLE: equal names are the same variable, in all graphs of a model.
struct VarHandleAttrs {
  std::string container{};
  std::string shared_name{};
  bool operator==(const VarHandleAttrs&) const = default;
};

}  // namespace litesmith::ops
