#pragma once

#include "ops/op_def.h"

namespace litesmith::ops {

/// The numbers of an operator in the file; `options` is the table's union member.
struct Codes {
  std::int32_t builtin;
  int options;
  int newest_version;
};

/// What tables of similar operators say of each; families add what theirs have in common.
inline OpDef op_row(std::string_view name, Codes codes, int (*version)(const VersionQuery&),
                    void (*infer)(InferContext&), Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = codes.builtin,
          .newest_version = codes.newest_version,
          .version = version,
          .infer = infer,
          .options_type = codes.options,
          .prepare = prepare};
}

}  // namespace litesmith::ops
