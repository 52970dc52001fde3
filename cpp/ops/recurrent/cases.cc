
#include "ops/recurrent/cases.h"

#include "ops/case.h"

namespace litesmith::ops::recurrent {

std::vector<Case> cases() {
  std::vector<Case> list;
  add_float_lstm_cases(list);
  add_bidirectional_lstm_cases(list);
  add_rnn_cases(list);
  add_svdf_cases(list);
  add_lstm_cases(list);
  return list;
}

}  // namespace litesmith::ops::recurrent
