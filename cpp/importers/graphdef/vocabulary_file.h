#pragma once

#include <string_view>

#include "formats/protobuf/graph_def.h"

namespace litesmith::importers::graphdef {

/// How InitializeTableFromTextFileV2 reads a file, line by line.
struct VocabularyFormat {
  static constexpr std::int64_t kLineNumber = -1;
  static constexpr std::int64_t kWholeLine = -2;
  /// What of a line becomes key and value: a column's number, kLineNumber or kWholeLine.
  std::int64_t key_index = kWholeLine, value_index = kLineNumber;
  char delimiter = '\t';
  /// How many lines are read; -1 = all.
  std::int64_t vocab_size = -1;
  /// Added to numbers of lines.
  std::int64_t offset = 0;
};

struct TableContent {
  formats::DenseTensor keys, values;
};

/// Keys and values of a vocabulary file. Throws Error(value) naming the line that does not fit, and Error(unsupported)
/// for a type that is neither a string nor an integer nor float32. `source` names the file.
TableContent read_vocabulary(std::string_view text, const VocabularyFormat& format, DType key_dtype, DType value_dtype,
                             std::string_view source);

}  // namespace litesmith::importers::graphdef
