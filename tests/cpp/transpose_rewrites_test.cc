#include <doctest/doctest.h>

#include <algorithm>

#include "ops/arg_min_max/arg_min_max.h"
#include "ops/concatenation/concatenation.h"
#include "ops/conv_2d/conv_2d.h"
#include "ops/op_def.h"
#include "ops/reduce/reduce.h"
#include "ops/slice/slice.h"
#include "ops/split/split.h"
#include "testing/pass_net.h"

namespace litesmith {
namespace {

using testing::names;
using testing::Net;
using testing::optimise_and_compare;
using Id = ir::TensorId;

Id to_nhwc(Net& net, Id x) { return net.add("TRANSPOSE", {}, {x, net.ints({0, 2, 3, 1}, {4})}); }
Id to_nchw(Net& net, Id x) { return net.add("TRANSPOSE", {}, {x, net.ints({0, 3, 1, 2}, {4})}); }
/// A convolution of channels_first images, as graphs contain it.
Id convolve(Net& net, Id x, int in, int out) {
  return to_nchw(net, net.add("CONV_2D", ops::Conv2dAttrs{}, {to_nhwc(net, x), net.weights({out, 3, 3, in})}));
}

/// Transposes that stay between a convolution of [N, 3, 6, 8] images to 4 channels and another of `channels` inputs.
long transposes(Net& net, Id y, int channels) {
  const auto list = names(optimise_and_compare(net, convolve(net, y, channels, 2), {2, 3, 6, 8}));
  return std::count(list.begin(), list.end(), "TRANSPOSE");
}

using Build = Id (*)(Net& net, Id x);
struct Row {
  const char* what;
  Build build;
  int channels = 4;
};
const Row kRows[] = {
    {"slice",
     [](Net& n, Id x) { return n.add("SLICE", {}, {x, n.ints({0, 1, 2, 0}, {4}), n.ints({-1, 2, 4, 8}, {4})}); }, 2},
    {"strided slice",
     [](Net& n, Id x) {
       return n.add("STRIDED_SLICE", ops::StridedSliceAttrs{.begin_mask = 3, .end_mask = 1},
                    {x, n.ints({0, 0, 1, 2}, {4}), n.ints({0, 3, 6, 8}, {4}), n.ints({1, 2, 1, 3}, {4})});
     },
     2},
    {"tile", [](Net& n, Id x) { return n.add("TILE", {}, {x, n.ints({1, 2, 1, 1}, {4})}); }, 8},
    {"pad", [](Net& n, Id x) { return n.add("PAD", {}, {x, n.ints({0, 0, 1, 0, 2, 1, 0, 3}, {4, 2})}); }, 5},
    {"slopes", [](Net& n, Id x) { return n.add("PRELU", {}, {x, n.weights({4, 1, 1})}); }},
    {"slopes of every place", [](Net& n, Id x) { return n.add("PRELU", {}, {x, n.weights({4, 6, 8})}); }},
    {"constant of two axes", [](Net& n, Id x) { return n.add("MUL", {}, {x, n.weights({4, 6, 1})}); }},
    {"concatenation",
     [](Net& n, Id x) {
       const Id y = n.add("ABS", {}, {x});
       return n.add("CONCATENATION", ops::ConcatenationAttrs{1}, {x, y, x});
     },
     12},
    {"split",
     [](Net& n, Id x) {
       const auto parts = n.add_many("SPLIT", ops::SplitAttrs{2}, {n.ints({1}, {}), x}, 2);
       return n.add("ADD", {}, {parts[0], n.add("NEG", {}, {parts[1]})});
     },
     2},
    {"squeeze and excite",
     [](Net& n, Id x) {
       const Id mean = n.add("MEAN", ops::ReduceAttrs{false}, {x, n.ints({2, 3}, {2})});
       const Id gate = n.add("FULLY_CONNECTED", {}, {mean, n.weights({4, 4}), n.weights({4})});
       return n.add("MUL", {}, {x, n.add("RESHAPE", {}, {gate, n.ints({-1, 4, 1, 1}, {4})})});
     }},
    {"gate that keeps its axes",
     [](Net& n, Id x) {
       const Id most = n.add("REDUCE_MAX", ops::ReduceAttrs{true}, {x, n.ints({-2, -1}, {2})});
       return n.add("MUL", {}, {x, n.add("LOGISTIC", {}, {most})});
     }},
};

TEST_CASE("operators that work axis by axis keep no transposes of a channels_first network") {
  // One at the input, one at the output.
  for (const auto& row : kRows) {
    CAPTURE(row.what);
    Net net({-1, 3, 6, 8});
    CHECK(transposes(net, row.build(net, convolve(net, net.x, 3, 4)), row.channels) == 2);
  }
}

TEST_CASE("a reduction that drops axes leaves a transpose of the others, or none") {
  const auto count = [](const std::vector<std::int32_t>& axes) {
    Net net({-1, 3, 6, 8});
    const auto size = static_cast<std::int32_t>(axes.size());
    const Id y = net.add("SUM", ops::ReduceAttrs{false}, {convolve(net, net.x, 3, 4), net.ints(axes, {size})});
    const auto list = names(optimise_and_compare(net, y, {2, 3, 6, 8}));
    return std::count(list.begin(), list.end(), "TRANSPOSE");
  };
  CHECK(count({2, 3}) == 1);
  CHECK(count({1}) == 1);
  CHECK(count({2}) == 2);
}

TEST_CASE("the search along the channels of a channels_first image needs no transpose") {
  Net net({-1, 3, 6, 8});
  const Id y = net.add("ARG_MAX", ops::ArgMinMaxAttrs{}, {convolve(net, net.x, 3, 4), net.ints({1}, {})});
  const Id sum = net.add("MUL", {}, {net.add("CAST", {}, {y}), net.number(2)});
  const auto list = names(optimise_and_compare(net, sum, {2, 3, 6, 8}, 0));
  CHECK(std::count(list.begin(), list.end(), "TRANSPOSE") == 1);
}

TEST_CASE("a split whose results go different ways keeps its one transpose") {
  Net net({-1, 3, 6, 8});
  const auto parts = net.add_many("SPLIT", ops::SplitAttrs{2}, {net.ints({1}, {}), convolve(net, net.x, 3, 4)}, 2);
  const Id flat = net.add("RESHAPE", {}, {parts[0], net.ints({-1, 96}, {2})});
  const Id other = net.add("RESHAPE", {}, {parts[1], net.ints({-1, 96}, {2})});
  const auto list = names(optimise_and_compare(net, net.add("ADD", {}, {flat, other}), {2, 3, 6, 8}));
  CHECK(std::count(list.begin(), list.end(), "TRANSPOSE") == 2);
}

}  // namespace
}  // namespace litesmith
