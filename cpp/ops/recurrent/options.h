#pragma once

#include "ops/op_def.h"
#include "schema/tflite_schema.h"

/// Options tables of the recurrent operators: OpDef::read and OpDef::write of each.
namespace litesmith::ops::recurrent {

ir::Attrs read_lstm(const ::tflite::Operator& node);
ir::Attrs read_unidirectional_lstm(const ::tflite::Operator& node);
ir::Attrs read_bidirectional_lstm(const ::tflite::Operator& node);
ir::Attrs read_rnn(const ::tflite::Operator& node);
ir::Attrs read_unidirectional_rnn(const ::tflite::Operator& node);
ir::Attrs read_bidirectional_rnn(const ::tflite::Operator& node);
ir::Attrs read_svdf(const ::tflite::Operator& node);

using Options = flatbuffers::Offset<void>;
Options write_lstm(const ir::Attrs& attributes, schema::Builder& builder);
Options write_unidirectional_lstm(const ir::Attrs& attributes, schema::Builder& builder);
Options write_bidirectional_lstm(const ir::Attrs& attributes, schema::Builder& builder);
Options write_rnn(const ir::Attrs& attributes, schema::Builder& builder);
Options write_unidirectional_rnn(const ir::Attrs& attributes, schema::Builder& builder);
Options write_bidirectional_rnn(const ir::Attrs& attributes, schema::Builder& builder);
Options write_svdf(const ir::Attrs& attributes, schema::Builder& builder);

}  // namespace litesmith::ops::recurrent
