#include "passes/pass.h"
#include "passes/rewrites.h"

namespace litesmith::passes {

std::span<const Pass> float_pipeline() {
  static constexpr Pass kPasses[] = {
      {"remove_identity", "first, so that patterns are not interrupted", remove_identity},
      {"fold_constants", "before patterns that ask for constants", fold_constants},
      {"remove_broadcast", "likewise", remove_broadcast},
      {"merge_equal_nodes", "so that what patterns compare is one tensor", merge_equal_nodes},
      {"recognize_functions", "before folding and fusing take their parts away", recognize_functions},
      {"recognize_slopes", "once RELU is one operator", recognize_slopes},
      {"divide_by_multiplying", "after patterns that contain divisions, before products are folded",
       divide_by_multiplying},
      {"multiply_by_zero", "before sums with what is left of it", multiply_by_zero},
      {"remove_neutral", "sums and products that patterns left", remove_neutral},
      {"merge_equal_nodes_again", "what zeros made equal", merge_equal_nodes},
      {"sink_transpose", "brings the transposes of a channels_first model together", sink_transpose},
      {"merge_transposes", "after sinking, where most of them cancel", merge_transposes},
      {"fuse_lstm", "when bodies have their final form, and transposes from batch to time stand before loops",
       fuse_lstm},
      {"sink_transpose_again", "those that a cancelled pair held up", sink_transpose},
      {"merge_transposes_again", "and their pairs", merge_transposes},
      {"matmul_to_fully_connected", "which can take a bias", matmul_to_fully_connected},
      {"lift_over_view", "brings biases and activations to convolutions of lines and to dilated ones", lift_over_view},
      {"fold_channel_affine", "before activations are fused: batch normalization stands between the two",
       fold_channel_affine},
      {"fold_channel_affine_into_dense", "where no operator before it took it", fold_channel_affine_into_dense},
      {"fold_scale_into_convolution", "likewise", fold_scale_into_convolution},
      {"fuse_activation", "after folding", fuse_activation},
      {"merge_dilated_convolution", "once nothing stands between it and its blocks", merge_dilated_convolution},
      {"merge_pad_into_convolution", "once the operand of the convolution is final", merge_pad_into_convolution},
      {"drop_squeezed_rows", "while it is not a RESHAPE", drop_squeezed_rows},
      {"view_to_reshape", "before reshapes are merged", view_to_reshape},
      {"transpose_to_reshape", "before reshapes are merged", transpose_to_reshape},
      {"merge_reshapes", "last of the shape passes", merge_reshapes},
      {"remove_identity_again", "what merging left", remove_identity},
  };
  return kPasses;
}

}  // namespace litesmith::passes
