#pragma once

#include <tflite_generated.h>
