#include "base/nearest_names.h"

#include <doctest/doctest.h>

namespace litesmith {
namespace {

const std::vector<std::string> kNames{"dense/kernel", "dense/bias", "conv/kernel", "step"};

TEST_CASE("the nearest names come first, unlike ones not at all") {
  CHECK(nearest_names("dense/kernal", kNames).front() == "dense/kernel");
  CHECK(nearest_names("dense/kernal", kNames, 1).size() == 1);
  CHECK(nearest_names("something else", kNames).empty());
  CHECK(nearest_names("", kNames).empty());
  CHECK(nearest_names("x", {}).empty());
}

TEST_CASE("a name without its scope is near to the whole one") {
  CHECK(nearest_names("bias", kNames) == std::vector<std::string>{"dense/bias"});
  CHECK(nearest_names("model/dense/bias", kNames).front() == "dense/bias");
  CHECK(nearest_names("kernel", kNames) == std::vector<std::string>{"conv/kernel", "dense/kernel"});
}

TEST_CASE("the question lists the nearest names or is empty") {
  CHECK(did_you_mean("kernel", kNames) == "; did you mean 'conv/kernel', 'dense/kernel'?");
  CHECK(did_you_mean("something else", kNames).empty());
}

}  // namespace
}  // namespace litesmith
