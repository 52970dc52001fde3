#pragma once

#include "ir/model.h"
#include "tflite/allowance.h"
#include "tflite/opened_file.h"

namespace litesmith::tflite {

/// What a tensor is to its graph; decides how an absent shape is understood.
struct TensorUse {
  bool is_input = false;
  bool is_written = false;
  /// The file tells scalars from unknown ranks (files written before that existed do not).
  bool file_knows_ranks = false;
};

/// One tensor of the file; what it copies is taken from `allowance`. `where` names its graph. Throws Error(value) for
/// values that no tensor can have; relations between tensors are the verifier's matter.
ir::Tensor read_tensor(const OpenedFile& file, const ::tflite::Tensor& tensor, const TensorUse& use,
                       std::string_view where, Allowance& allowance);

}  // namespace litesmith::tflite
