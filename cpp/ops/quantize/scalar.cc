#include "ops/quantize/loops.h"

namespace litesmith::ops::quantize {
namespace {

#include "ops/quantize/loops_body.inc"

}  // namespace

namespace scalar {
const Loops loops = kLoops;
}

}  // namespace litesmith::ops::quantize
