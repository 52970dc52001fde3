// usage: litesmith_fuzz_tflite FOLDER [FRACTION [SEED]]
// Damages every .tflite file of a folder in ways that depend on the seed alone and takes each result through reading,
// allocation and, where the model is small, invocation. Only litesmith::Error may come out. FRACTION (0 to 1) of the
// damaged files are tried. Ends with 1 at the first failure, naming it.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "base/error.h"
#include "base/mapped_file.h"
#include "interpreter/interpreter.h"
#include "tflite/opened_file.h"
#include "tflite/reader.h"
#include "watchdog.h"

namespace litesmith {
namespace {

constexpr int kTruncations = 64;
constexpr int kChanges = 2000;
constexpr double kMostWork = 1e6;
constexpr int kMostGraphRuns = 200;
constexpr std::size_t kMemoryLimit = std::size_t{64} << 20;
constexpr std::size_t kLargestFile = std::size_t{4} << 20;

using fuzz::set_current;

struct Counts {
  long tried = 0, verified = 0, allocated = 0, invoked = 0;
};

double element_count(const ir::Graph& graph, ir::TensorId id) {
  double count = 1;
  if (id != ir::kAbsent)
    for (const std::int32_t dim : graph.tensor(id).shape) count *= std::max(dim, 1);
  return count;
}

/// More multiplications than the graph's nodes need: every result element times every element of the largest constant.
double work(const ir::Graph& graph) {
  double total = 0;
  for (const ir::Node& node : graph.nodes) {
    double constant = 1, elements = 1;
    for (const ir::TensorId id : node.inputs) {
      if (id == ir::kAbsent) continue;
      double& largest = graph.tensor(id).is_constant() ? constant : elements;
      largest = std::max(largest, element_count(graph, id));
    }
    double results = 1;
    for (const ir::TensorId id : node.outputs) {
      results = std::max(results, element_count(graph, id));
      if (graph.tensor(id).shape.rank() > 0)
        constant = std::max(1.0, constant / std::max(1, graph.tensor(id).shape.back()));
    }
    total += std::max(results * constant, elements);
  }
  return total;
}

void feed(interpreter::Executor& executor, std::mt19937_64& random) {
  for (const ir::TensorId id : executor.graph().inputs) {
    const auto view = executor.view(id);
    if (!view || !view->writable || view->dtype == DType::string) continue;
    std::vector<std::byte> values(view->bytes);
    for (std::byte& value : values) value = static_cast<std::byte>(random() & 0x3f);
    executor.write(id, values);
  }
}

void run(ir::Model model, std::mt19937_64& random, Counts& counts) {
  const bool is_small = std::all_of(model.graphs.begin(), model.graphs.end(),
                                    [](const ir::Graph& graph) { return work(graph) < kMostWork; });
  if (!is_small) return;
  interpreter::Options options;
  options.memory_limit = kMemoryLimit;
  options.keep_running = [runs = 0]() mutable {
    if (++runs > kMostGraphRuns) fail(ErrorKind::runtime, "nodes run graphs more than ", kMostGraphRuns, " times");
  };
  interpreter::Interpreter interpreter(std::make_shared<const ir::Model>(std::move(model)), options);
  interpreter.executor().allocate();
  ++counts.allocated;
  feed(interpreter.executor(), random);
  interpreter.executor().invoke();
  ++counts.invoked;
}

/// False when something other than litesmith::Error came out.
bool try_one(Bytes file, std::mt19937_64& random, Counts& counts) {
  ++counts.tried;
  return fuzz::survives([&] {
    ir::Model model = tflite::read(std::move(file), "damaged file");
    ++counts.verified;
    run(std::move(model), random, counts);
  });
}

/// Places in the file that are not data of a buffer.
std::vector<std::size_t> structure(const Bytes& file) {
  std::vector<bool> is_data(file.size(), false);
  const tflite::OpenedFile opened = tflite::open(file);
  if (opened.model->buffers() != nullptr)
    for (const auto* buffer : *opened.model->buffers()) {
      if (buffer->data() == nullptr) continue;
      const auto first = reinterpret_cast<const std::byte*>(buffer->data()->data()) - opened.bytes.data();
      std::fill_n(is_data.begin() + first, buffer->data()->size(), true);
    }
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < is_data.size(); ++i)
    if (!is_data[i]) places.push_back(i);
  return places;
}

Bytes changed(const Bytes& file, std::size_t place, std::mt19937_64& random) {
  std::vector<std::byte> bytes(file.view().begin(), file.view().end());
  constexpr unsigned kTelling[] = {0, 1, 2, 4, 0x7f, 0x80, 0xff};
  const std::uint64_t choice = random();
  const unsigned before = std::to_integer<unsigned>(bytes[place]);
  unsigned after = choice % 2 == 0 ? kTelling[(choice >> 1) % std::size(kTelling)] : before ^ (1u << (choice >> 1) % 8);
  if (after == before) after = before ^ 0xff;
  bytes[place] = static_cast<std::byte>(after);
  return Bytes::take(std::move(bytes));
}

bool damage(const std::filesystem::path& path, double fraction, std::uint64_t seed, Counts& counts) {
  const Bytes file = map_file(path.string());
  if (file.size() > kLargestFile) return true;
  const std::string name = path.filename().string();
  std::seed_seq seeds(name.begin(), name.end());
  std::vector<std::uint32_t> start(2);
  seeds.generate(start.begin(), start.end());
  std::mt19937_64 random(seed ^ (std::uint64_t{start[0]} << 32 | start[1]));
  const auto is_chosen = [&] { return static_cast<double>(random() >> 11) * 0x1p-53 < fraction; };
  std::vector<std::size_t> places;
  try {
    places = structure(file);
  } catch (const Error&) {
    return true;
  }
  set_current(name + ", unchanged");
  if (!try_one(file, random, counts)) return false;
  for (int i = 0; i < kTruncations; ++i) {
    const std::size_t size = file.size() * static_cast<std::size_t>(i) / kTruncations;
    set_current(name + ", cut to " + std::to_string(size));
    if (is_chosen() && !try_one(file.slice(0, size), random, counts)) return false;
  }
  for (int i = 0; i < kChanges; ++i) {
    const std::size_t place = places[random() % places.size()];
    const Bytes bytes = changed(file, place, random);
    set_current(name + ", change " + std::to_string(i) + " at byte " + std::to_string(place) + " to " +
                std::to_string(std::to_integer<int>(bytes.view()[place])));
    if (is_chosen() && !try_one(bytes, random, counts)) return false;
  }
  return true;
}

int run_all(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: " << arguments[0] << " FOLDER [FRACTION [SEED]]\n";
    return 2;
  }
  const double fraction = count > 2 ? std::strtod(arguments[2], nullptr) : 1;
  const std::uint64_t seed = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 1;
  fuzz::start_watchdog();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1]))
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Counts counts;
  for (const auto& file : files)
    if (!damage(file, fraction, seed, counts)) return 1;
  std::cout << files.size() << " files, " << counts.tried << " inputs: " << counts.verified << " passed the verifier, "
            << counts.allocated << " allocated, " << counts.invoked << " invoked\n";
  return counts.verified > 0 ? 0 : 1;
}

}  // namespace
}  // namespace litesmith

int main(int count, char** arguments) { return litesmith::run_all(count, arguments); }
