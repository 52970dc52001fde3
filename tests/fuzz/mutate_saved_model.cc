// usage: litesmith_fuzz_saved_model FOLDER [CHANGES [SEED]]
// Damages every SavedModel, every graph (*.pb) and every bundle below a folder in ways that depend on the seed alone
// and reads each result: the message of the SavedModel with its signatures and variables; the graph with its constants,
// which is then converted;
// the index as it is, and its entries under CRCs that are right again. Only litesmith::Error may come out. Ends with 1
// at the first failure, naming it.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <span>

#include "base/mapped_file.h"
#include "converter/conversion.h"
#include "formats/bundle/checkpoint.h"
#include "formats/bundle/table.h"
#include "formats/bundle/written_bundle.h"
#include "formats/protobuf/graph_def.h"
#include "importers/graphdef/importer.h"
#include "importers/saved_model/saved_model.h"
#include "testing/scratch_folder.h"
#include "watchdog.h"

namespace litesmith {
namespace {

namespace fs = std::filesystem;
using formats::written::Entries;
using importers::saved_model::SavedModel;

constexpr const char* kSavedModel = "saved_model.pb";

struct Counts {
  long tried = 0, read = 0;
};

std::string text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

void change(std::string& bytes, std::mt19937_64& random) {
  constexpr unsigned char kTelling[] = {0, 1, 2, 4, 0x08, 0x10, 0x7f, 0x80, 0xff};
  for (std::uint64_t left = 1 + random() % 3; left != 0 && !bytes.empty(); --left) {
    const std::size_t place = random() % bytes.size();
    const char telling = static_cast<char>(kTelling[random() % std::size(kTelling)]);
    switch (random() % 4) {
      case 0: bytes[place] = telling; break;
      case 1: bytes[place] = static_cast<char>(bytes[place] ^ (1 << random() % 8)); break;
      case 2: bytes.erase(place, 1 + random() % 3); break;
      default: bytes.insert(place, 1, telling); break;
    }
  }
}

void read_model(const std::string& folder, const std::string& message) {
  const SavedModel model = SavedModel::open(folder, {"serve"}, Bytes::copy_of<char>(message));
  std::vector<importers::saved_model::WantedPart> parts;
  for (const auto& signature : model.signatures({})) parts.push_back(part_of(signature));
  model.surroundings(parts);
}

void read_tensors(const std::string& prefix) {
  const formats::Checkpoint checkpoint = formats::Checkpoint::open(prefix);
  for (const std::string& name : checkpoint.names()) {
    try {
      checkpoint.read(name);
    } catch (const Error&) {  // the next tensor may be whole
      continue;
    }
  }
}

void read_constants(const std::string& message) {
  for (const formats::NodeRecord& node : formats::read_graph(Bytes::copy_of<char>(message), "damaged graph").nodes)
    for (const auto& [name, value] : node.attrs) {
      const auto* tensor = std::get_if<formats::EncodedTensor>(&value);
      if (tensor == nullptr) continue;
      try {
        formats::decode_tensor(*tensor);
      } catch (const Error&) {  // the next constant may be whole
        continue;
      }
    }
}

/// From every Placeholder to the nodes that nobody reads, as a model.
void convert(const std::string& message) {
  namespace graphdef = importers::graphdef;
  graphdef::Source source;
  source.graph = formats::read_graph(Bytes::copy_of<char>(message), "damaged graph");
  std::set<std::string> read;
  for (const formats::NodeRecord& node : source.graph.nodes)
    for (const std::string& input : node.inputs) read.insert(input.substr(0, input.find(':')));
  graphdef::Interface interface;
  for (const formats::NodeRecord& node : source.graph.nodes) {
    if (node.op == "Placeholder")
      interface.inputs.push_back({"", node.name, "", {}, {}});
    else if (!read.contains(node.name))
      interface.outputs.push_back({"", node.name, "", {}, {}});
  }
  graphdef::Options options;
  options.allow_custom_ops = true;
  graphdef::Imported imported = graphdef::import_graph(source, std::span(&interface, 1), options);
  converter::Conversion(std::move(imported.model), {}).write();
}

bool damage_message(const fs::path& file, int changes, std::mt19937_64& random, Counts& counts) {
  const std::string whole = text_of(map_file(file.string()));
  for (int i = 0; i < changes; ++i) {
    std::string message = whole;
    change(message, random);
    fuzz::set_current(file.string() + ", change " + std::to_string(i));
    ++counts.tried;
    if (!fuzz::survives([&] {
          if (file.filename() == kSavedModel) {
            read_model(file.parent_path().string(), message);
          } else {
            read_constants(message);
            convert(message);
          }
          ++counts.read;
        }))
      return false;
  }
  return true;
}

void copy_shards(const fs::path& index, const fs::path& to) {
  const std::string prefix = index.stem().string();
  for (const auto& entry : fs::directory_iterator(index.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix + ".data-")) fs::copy_file(entry.path(), to / concat("m", name.substr(prefix.size())));
  }
}

std::string changed_index(const std::string& whole, const Entries& entries, bool keeps_crc, std::mt19937_64& random) {
  if (!keeps_crc) {
    std::string index = whole;
    change(index, random);
    return index;
  }
  Entries changed = entries;
  auto entry = changed.begin();
  std::advance(entry, static_cast<std::ptrdiff_t>(random() % changed.size()));
  change(entry->second, random);
  return formats::written::TableWriter({16, 4, random() % 2 == 0}).write(changed);
}

bool damage_bundle(const fs::path& file, int changes, std::mt19937_64& random, Counts& counts) {
  const Bytes index = map_file(file.string());
  Entries entries;
  for (const formats::TableEntry& entry : formats::read_table(index, file.string()))
    entries[entry.key] = text_of(entry.value);
  const testing::ScratchFolder folder;
  copy_shards(file, folder.path());
  for (int i = 0; i < changes; ++i) {
    folder.write("m.index", changed_index(text_of(index), entries, i % 3 != 0, random));
    fuzz::set_current(file.string() + ", change " + std::to_string(i));
    ++counts.tried;
    if (!fuzz::survives([&] {
          read_tensors(folder.file("m"));
          ++counts.read;
        }))
      return false;
  }
  return true;
}

int run_all(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: " << arguments[0] << " FOLDER [CHANGES [SEED]]\n";
    return 2;
  }
  const int changes = count > 2 ? std::atoi(arguments[2]) : 200;
  std::mt19937_64 random(count > 3 ? std::strtoull(arguments[3], nullptr, 10) : 1);
  fuzz::start_watchdog();
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(arguments[1]))
    if (entry.path().extension() == ".pb" || entry.path().extension() == ".index") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Counts counts;
  for (const fs::path& file : files) {
    const auto damage = file.extension() == ".index" ? damage_bundle : damage_message;
    if (!damage(file, changes, random, counts)) return 1;
  }
  std::cout << files.size() << " files, " << counts.tried << " inputs: " << counts.read << " read\n";
  return counts.read > 0 ? 0 : 1;
}

}  // namespace
}  // namespace litesmith

int main(int count, char** arguments) { return litesmith::run_all(count, arguments); }
