#pragma once

/// The tables of the schema once more, as `tflite::objects`, with flatbuffers' object API: every table as a struct with
/// members. For what handles all kinds of tables alike and for tests that build files; takes long to compile.
#include <tflite_objects_generated.h>
