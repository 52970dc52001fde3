#pragma once

#include <cstdint>
#include <memory>

namespace litesmith {

/// Workers that share the tiles of one task with the caller. Made cheaply: threads start at the first shared task and
/// start anew in a forked child. One caller at a time.
class ThreadPool {
 public:
  /// Runs tiles [begin, end) of a task; `worker` is in [0, threads) and used by one thread at a time. Must not throw.
  using Task = void (*)(void* context, int worker, std::int64_t begin, std::int64_t end) noexcept;

  /// `threads` counts the caller; at least 1.
  explicit ThreadPool(int threads) noexcept;
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept { return threads_; }
  /// Runs all tiles and returns when the last one is done. The caller takes part; with one thread or one tile it does
  /// everything itself and touches no atomics. Throws std::system_error when no thread can be started.
  void run(std::int64_t tiles, Task task, void* context);

 private:
  class Workers;
  int threads_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace litesmith
