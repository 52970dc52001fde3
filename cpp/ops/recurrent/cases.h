#pragma once

#include <vector>

#include "ops/case.h"

namespace litesmith::ops::recurrent {

/// Each adds the cases of some operators.
void add_float_lstm_cases(std::vector<Case>& list);
void add_bidirectional_lstm_cases(std::vector<Case>& list);
void add_rnn_cases(std::vector<Case>& list);
void add_svdf_cases(std::vector<Case>& list);
/// LSTM of one step (both kernel types) and integer LSTMs.
void add_lstm_cases(std::vector<Case>& list);

}  // namespace litesmith::ops::recurrent
