#include "passes/pass.h"
#include "passes/rewrites.h"

namespace litesmith::passes {

std::span<const Pass> float_pipeline() {
  static constexpr Pass kPasses[] = {
      {"remove_identity", "first, so that patterns are not interrupted", remove_identity},
      {"fold_constants", "before patterns that ask for constants", fold_constants},
      {"sink_transpose", "brings the transposes of a channels_first model together", sink_transpose},
      {"merge_transposes", "after sinking, where most of them cancel", merge_transposes},
      {"sink_transpose_again", "those that a cancelled pair held up", sink_transpose},
      {"merge_transposes_again", "and their pairs", merge_transposes},
      {"fold_channel_affine", "before activations are fused: batch normalization stands between the two",
       fold_channel_affine},
      {"fold_batch_normalization_into_dense", "where no operator before it took it",
       fold_batch_normalization_into_dense},
      {"fuse_activation", "after folding", fuse_activation},
      {"merge_pad_into_convolution", "once the operand of the convolution is final", merge_pad_into_convolution},
      {"transpose_to_reshape", "before reshapes are merged", transpose_to_reshape},
      {"merge_reshapes", "last of the shape passes", merge_reshapes},
      {"remove_identity_again", "what merging left", remove_identity},
  };
  return kPasses;
}

}  // namespace litesmith::passes
