#include "base/thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace litesmith {
namespace {

/// Rounds of looking before a thread goes to sleep: some microseconds, longer than the gap between two steps.
constexpr int kSpins = 2000;
/// Pieces per thread: enough to even out a slow one, few enough that taking them costs nothing.
constexpr std::int64_t kPieces = 4;

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

/// The threads of one process. A worker joins the open job under the mutex and leaves it likewise, so that the caller
/// never waits for a worker that was too late to join.
class ThreadPool::Workers {
 public:
  explicit Workers(int count) : process_(getpid()) {
    threads_.reserve(static_cast<std::size_t>(count));
    try {
      for (int worker = 1; worker <= count; ++worker) threads_.emplace_back([this, worker] { serve(worker); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~Workers() { stop(); }

  bool made_here() const noexcept { return process_ == getpid(); }

  void run(std::int64_t tiles, Task task, void* context) {
    {
      const std::lock_guard lock(mutex_);
      const std::int64_t pieces = kPieces * static_cast<std::int64_t>(threads_.size() + 1);
      job_ = {task, context, tiles, std::max<std::int64_t>(1, tiles / pieces)};
      next_.store(0, std::memory_order_relaxed);
      open_ = true;
      tickets_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    work(job_, 0);
    for (int spin = 0; active_.load(std::memory_order_relaxed) > 0 && spin < kSpins; ++spin) pause();
    std::unique_lock lock(mutex_);
    open_ = false;
    done_.wait(lock, [this] { return active_ == 0; });
  }

 private:
  struct Job {
    Task task = nullptr;
    void* context = nullptr;
    std::int64_t tiles = 0;
    std::int64_t piece = 1;
  };

  void work(const Job& job, int worker) noexcept {
    for (;;) {
      const std::int64_t begin = next_.fetch_add(job.piece, std::memory_order_relaxed);
      if (begin >= job.tiles) return;
      job.task(job.context, worker, begin, std::min(job.tiles, begin + job.piece));
    }
  }

  /// Waits until the ticket changes; returns the new one.
  std::uint64_t wait_for_ticket(std::uint64_t seen) {
    for (int spin = 0; spin < kSpins; ++spin) {
      const std::uint64_t ticket = tickets_.load(std::memory_order_acquire);
      if (ticket != seen) return ticket;
      pause();
    }
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return tickets_.load(std::memory_order_relaxed) != seen; });
    return tickets_.load(std::memory_order_relaxed);
  }

  void serve(int worker) {
    std::uint64_t seen = 0;
    for (;;) {
      seen = wait_for_ticket(seen);
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      if (!open_) continue;
      ++active_;
      const Job job = job_;
      lock.unlock();
      work(job, worker);
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  void stop() noexcept {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      tickets_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  const pid_t process_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job job_;
  bool open_ = false;
  bool stopping_ = false;
  std::atomic<int> active_{0};  // changed under the mutex
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::uint64_t> tickets_{0};
  std::vector<std::thread> threads_;
};

ThreadPool::ThreadPool(int threads) noexcept : threads_(std::max(threads, 1)) {}

ThreadPool::~ThreadPool() {
  if (workers_ && !workers_->made_here()) static_cast<void>(workers_.release());
}

void ThreadPool::run(std::int64_t tiles, Task task, void* context) {
  if (threads_ == 1 || tiles <= 1) {
    if (tiles > 0) task(context, 0, 0, tiles);
    return;
  }
  // A forked child has the object but not its threads, and the mutex as it was: leave both alone and start anew.
  if (workers_ && !workers_->made_here()) static_cast<void>(workers_.release());
  if (!workers_) workers_ = std::make_unique<Workers>(threads_ - 1);
  workers_->run(tiles, task, context);
}

}  // namespace litesmith
