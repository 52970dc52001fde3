#include "base/thread_pool.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace litesmith {
namespace {

struct Counts {
  std::vector<std::atomic<int>> tiles;
  std::vector<std::atomic<int>> inside;  // per worker: more than one thread at a time would show
  std::atomic<bool> shared_worker{false};
  Counts(std::size_t tile_count, std::size_t workers) : tiles(tile_count), inside(workers) {}
};

void count(void* context, int worker, std::int64_t begin, std::int64_t end) noexcept {
  auto& counts = *static_cast<Counts*>(context);
  if (counts.inside[static_cast<std::size_t>(worker)].fetch_add(1) != 0) counts.shared_worker = true;
  for (std::int64_t i = begin; i < end; ++i) ++counts.tiles[static_cast<std::size_t>(i)];
  --counts.inside[static_cast<std::size_t>(worker)];
}

bool runs_every_tile_once(ThreadPool& pool, std::int64_t tiles) {
  Counts counts(static_cast<std::size_t>(tiles), static_cast<std::size_t>(pool.threads()));
  pool.run(tiles, count, &counts);
  for (const auto& tile : counts.tiles)
    if (tile != 1) return false;
  return !counts.shared_worker;
}

TEST_CASE("every tile runs exactly once for any number of threads and tiles") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const std::int64_t tiles : {0, 1, 2, 3, 7, 64, 1000}) {
      INFO(threads, " threads, ", tiles, " tiles");
      CHECK(runs_every_tile_once(pool, tiles));
    }
  }
}

TEST_CASE("thousands of small tasks in a row all finish") {
  ThreadPool pool(3);
  bool all = true;
  for (int i = 0; i < 3000; ++i) all = all && runs_every_tile_once(pool, 2 + i % 5);
  CHECK(all);
}

TEST_CASE("one thread runs on the caller in a single piece") {
  ThreadPool pool(1);
  struct Seen {
    std::thread::id id;
    std::int64_t end = 0;
  } seen;
  pool.run(
      9,
      [](void* context, int, std::int64_t begin, std::int64_t end) noexcept {
        *static_cast<Seen*>(context) = {std::this_thread::get_id(), end - begin};
      },
      &seen);
  CHECK(seen.id == std::this_thread::get_id());
  CHECK(seen.end == 9);
}

TEST_CASE("a pool without a task starts and ends without threads, and fewer than one thread means one") {
  CHECK(ThreadPool(4).threads() == 4);
  CHECK(ThreadPool(0).threads() == 1);
}

#if !defined(__SANITIZE_THREAD__)  // TSan refuses new threads in the child of a process with threads
TEST_CASE("a pool that was used works in a forked child") {
  ThreadPool pool(3);
  REQUIRE(runs_every_tile_once(pool, 100));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(30);
    const bool works = runs_every_tile_once(pool, 100);
    _exit(works ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(runs_every_tile_once(pool, 100));
}
#endif

}  // namespace
}  // namespace litesmith
