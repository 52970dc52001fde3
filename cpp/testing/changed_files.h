#pragma once

#include <functional>
#include <vector>

#include "testing/file_model.h"

namespace litesmith::testing {

/// A change to the file of a FileModel, and what reading the result must say.
struct ChangedFile {
  const char* what;
  std::function<void(FileModel&)> change;
  /// In the message of a refused file; empty for a file that must be accepted.
  const char* message = "";
};

/// Reads each changed file; doctest checks that it is accepted, or refused with Error(value) and the message.
void check(const std::vector<ChangedFile>& files);

}  // namespace litesmith::testing
