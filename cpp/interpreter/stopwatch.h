#pragma once

#include <chrono>
#include <vector>

namespace litesmith::interpreter {

/// Appends the seconds from its making to its end to a list, unless there is none.
class Stopwatch {
 public:
  explicit Stopwatch(std::vector<double>* seconds) : seconds_(seconds) {
    if (seconds_ != nullptr) start_ = Clock::now();
  }
  ~Stopwatch() {
    if (seconds_ != nullptr) seconds_->push_back(std::chrono::duration<double>(Clock::now() - start_).count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<double>* seconds_;
  Clock::time_point start_{};
};

}  // namespace litesmith::interpreter
