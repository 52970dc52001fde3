#include "importers/saved_model/saved_model.h"

#include <doctest/doctest.h>

#include <cstring>

#include "base/error.h"
#include "importers/saved_model/checkpoint_graph.h"
#include "importers/saved_model/written_saved_model.h"
#include "testing/scratch_folder.h"

namespace litesmith::importers::saved_model {
namespace {

namespace fs = std::filesystem;
using testing::ScratchFolder;

struct Request {
  std::set<std::string> tags{"serve"};
  std::vector<std::string> keys{};
  Bytes message{};
};

struct Opened {
  std::vector<Signature> signatures;
  VariableValues variables;
  std::map<std::string, Bytes, std::less<>> assets;
  bool is_tf1;
};

Opened open_saved_model(const std::string& folder, const Request& request) {
  const SavedModel model = SavedModel::open(folder, request.tags, request.message);
  Opened opened{model.signatures(request.keys), {}, {}, model.is_tf1()};
  std::vector<WantedPart> parts;
  for (const Signature& signature : opened.signatures) parts.push_back(part_of(signature));
  Surroundings surroundings = model.surroundings(parts);
  opened.variables = std::move(surroundings.variables);
  opened.assets = std::move(surroundings.assets);
  return opened;
}

constexpr int kFloat = 1;

std::string raw(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

bool says(const std::string& message, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    if (message.find(part) == std::string::npos) {
      MESSAGE("'" << message << "' lacks '" << part << "'");
      return false;
    }
  return true;
}

void write(const ScratchFolder& folder, const std::string& prefix, const written::BundleWriter& bundle) {
  folder.write(prefix + ".index", bundle.index());
  folder.write(prefix + ".data-00000-of-00001", bundle.data()[0]);
}

/// A wrapper function around `body`, which takes its arguments the other way round and returns y before x.
written::Function wrapper() {
  return {
      "wrapper",
      {"a", "b", "w"},
      {"x", "y"},
      {written::node("call", "StatefulPartitionedCall", {"b", "a", "w"}, {{"f", written::function_attr("body")}}),
       written::node("first", "Identity", {"call:output:1"}), written::node("second", "Identity", {"call:output:0"})},
      {{"x", "first:output:0"}, {"y", "second:output:0"}}};
}

written::MetaGraph two_inputs() {
  written::MetaGraph meta;
  meta.graph = written::graph(
      {written::node("serving_a", "Placeholder"), written::node("serving_b", "Placeholder"),
       written::variable("kernel", {2}), written::variable("unread", {2}),
       written::node("call", "StatefulPartitionedCall", {"serving_a", "serving_b", "kernel"},
                     {{"f", written::function_attr("wrapper")}}),
       written::node("restore", "StatefulPartitionedCall", {"prefix", "kernel"},
                     {{"f", written::function_attr("outer_restore")}})},
      {wrapper(),
       {"outer_restore",
        {"file", "variable"},
        {},
        {written::node("inner", "StatefulPartitionedCall", {"file", "variable"},
                       {{"f", written::function_attr("inner_restore")}})},
        {}},
       {"inner_restore",
        {"file", "handle"},
        {},
        {written::node("names", "Const", {}, {{"value", written::strings_attr({"other", "stored/kernel"})}}),
         written::node("slices", "Const", {}, {{"value", written::strings_attr({"", ""})}}),
         written::node("RestoreV2", "RestoreV2", {"file", "names:output:0", "slices:output:0"}),
         written::node("Identity", "Identity", {"RestoreV2:tensors:1"}),
         written::node("Assign", "AssignVariableOp", {"handle", "Identity:output:0"})},
        {}}});
  meta.restore_op = "restore";
  meta.signatures = {{"predict", written::signature({{"a", "serving_a:0"}, {"b", "serving_b:0"}},
                                                    {{"x", "call:0"}, {"y", "call:1"}})}};
  return meta;
}

written::BundleWriter stored() {
  written::BundleWriter bundle;
  bundle.add("other", kFloat, {2}, raw({8, 9}));
  bundle.add("stored/kernel", kFloat, {2}, raw({1, 2}));
  return bundle;
}

TEST_CASE("a variable is bound by the functions that restore it, ports stand in the user's order") {
  const ScratchFolder folder;
  folder.write("saved_model.pb", written::saved_model({two_inputs()}));
  write(folder, "variables/variables", stored());
  const Opened source = open_saved_model(folder.path().string(), {});
  REQUIRE(source.variables.size() == 1);
  CHECK(source.variables.at("kernel").data.to_vector<float>() == std::vector<float>{1, 2});
  REQUIRE(source.signatures.size() == 1);
  const Signature& signature = source.signatures[0];
  CHECK(signature.key == "predict");
  CHECK(signature.inputs[0].name == "b");
  CHECK(signature.inputs[1].array == "serving_a:0");
  CHECK(signature.outputs[0].name == "y");
  CHECK(signature.outputs[1].array == "call:0");
  CHECK(source.is_tf1);
}

/// A model whose captured variables only an optimizer's list and a layer own; nothing restores their handles.
written::MetaGraph owned_by_others() {
  written::MetaGraph meta;
  meta.graph = written::graph(
      {written::node("x", "Placeholder"), written::variable("net/kernel", {2}), written::variable("net/bias", {1}),
       written::node("call", "StatefulPartitionedCall", {"x", "net/kernel", "net/bias", "^x"},
                     {{"f", written::function_attr("fn")}})},
      {{"fn", {"x", "k", "b"}, {"y"}, {}, {{"y", "x"}}}});
  meta.signatures = {{"serving_default", written::signature({{"x", "x:0"}}, {{"y", "call:0"}})}};
  meta.object_graph = written::saved_object_graph({{{{"optimizer", 1}, {"_layers", 2}}},
                                                   {{{"variables", 3}}},
                                                   {{{"0", 5}}},
                                                   {{{"0", 4}}},
                                                   {{}, "net/kernel"},
                                                   {{{"bias", 6}, {"again", 2}}},
                                                   {{}, "net/bias"}},
                                                  "fn", {4, 6});
  return meta;
}

written::BundleWriter owned_values() {
  written::BundleWriter bundle;
  bundle.add("_layers/0/bias/V", kFloat, {1}, raw({3}));
  bundle.add("optimizer/variables/0/V", kFloat, {2}, raw({1, 2}));
  const std::string objects = written::trackable_object_graph({{{{"_layers", 1}, {"optimizer", 2}}},
                                                               {{{"0", 3}}},
                                                               {{{"variables", 4}}},
                                                               {{{"bias", 5}, {"again", 1}}},
                                                               {{{"0", 6}}},
                                                               {{}, "net/bias", "_layers/0/bias/V"},
                                                               {{}, "net/kernel", "optimizer/variables/0/V"}});
  bundle.add_strings("_CHECKPOINTABLE_OBJECT_GRAPH", {}, {objects});
  return bundle;
}

TEST_CASE("captured variables are found through the objects, whichever child owns them") {
  const ScratchFolder folder;
  folder.write("saved_model.pb", written::saved_model({owned_by_others()}));
  write(folder, "variables/variables", owned_values());
  const Opened source = open_saved_model(folder.path().string(), {});
  CHECK(source.variables.at("net/kernel").data.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(source.variables.at("net/bias").data.to_vector<float>() == std::vector<float>{3});
  CHECK_FALSE(source.is_tf1);
}

TEST_CASE("a variable without a value is refused with the signature that reads it") {
  const ScratchFolder folder;
  folder.write("saved_model.pb", written::saved_model({owned_by_others()}));
  const std::string path = folder.path().string();
  CHECK(says(message_of([&] { open_saved_model(path, {}); }),
             {"'net/", "signature 'serving_default'", "variables.index", "Save the model again"}));
  written::BundleWriter bundle;
  bundle.add("net/kernel", kFloat, {2}, raw({1, 2}));
  write(folder, "variables/variables", bundle);
  CHECK(says(message_of([&] { open_saved_model(path, {}); }), {"'net/bias'", "holds none for it"}));
  bundle.add("net/bias", kFloat, {1}, raw({3}));
  write(folder, "variables/variables", bundle);
  CHECK(open_saved_model(path, {}).variables.at("net/bias").data.to_vector<float>() == std::vector<float>{3});
}

TEST_CASE("a value of another shape than the graph's variable is refused with both") {
  const ScratchFolder folder;
  folder.write("saved_model.pb", written::saved_model({two_inputs()}));
  written::BundleWriter bundle;
  bundle.add("stored/kernel", kFloat, {3}, raw({1, 2, 3}));
  write(folder, "variables/variables", bundle);
  CHECK(says(message_of([&] { open_saved_model(folder.path().string(), {}); }),
             {"'kernel'", "[2]", "[3]", "stored/kernel"}));
}

TEST_CASE("tags and keys that are not there are refused with those that are") {
  const ScratchFolder folder;
  written::MetaGraph train = two_inputs();
  train.tags = {"train"};
  written::MetaGraph gpu = two_inputs();
  gpu.tags = {"serve", "gpu"};
  folder.write("saved_model.pb", written::saved_model({train, gpu}));
  write(folder, "variables/variables", stored());
  const std::string path = folder.path().string();
  CHECK_NOTHROW(open_saved_model(path, {}));
  CHECK(says(message_of([&] { open_saved_model(path, {{"tpu"}}); }),
             {"Got an incompatible argument to `tags`: {'tpu'}", "{'train'}", "{'gpu', 'serve'}"}));
  CHECK(message_of([&] { open_saved_model(path, {{"train"}, {"zz"}}); }) ==
        "Invalid signature key 'zz' found. Valid keys are 'predict'.");
}

TEST_CASE("of what Keras 3 exports the signature serving_default is taken, unless others are asked for") {
  const ScratchFolder folder;
  written::MetaGraph meta = owned_by_others();
  meta.signatures.push_back({"serve", meta.signatures[0].second});
  meta.signatures.push_back({"__saved_model_init_op", written::signature({}, {{"__saved_model_init_op", "init"}})});
  write(folder, "variables/variables", owned_values());
  const auto keys = [&](const std::vector<std::string>& wanted) {
    folder.write("saved_model.pb", written::saved_model({meta}));
    std::string text;
    for (const Signature& signature : open_saved_model(folder.path().string(), {{"serve"}, wanted}).signatures)
      text += signature.key + " ";
    return text;
  };
  CHECK(keys({}) == "serve serving_default ");
  meta.object_graph = written::saved_object_graph({{{{"serve", 1}}}, {}}, "fn", {});
  written::BundleWriter bundle = owned_values();
  bundle.add("net/bias", kFloat, {1}, raw({3}));
  bundle.add("net/kernel", kFloat, {2}, raw({1, 2}));
  write(folder, "variables/variables", bundle);
  CHECK(keys({}) == "serving_default ");
  CHECK(keys({"serve", "serve"}) == "serve ");
}

TEST_CASE("folders that hold no SavedModel that can be read are refused, saying why") {
  const ScratchFolder folder;
  const std::string path = folder.path().string();
  CHECK(
      says(message_of([&] { open_saved_model(path, {}); }), {"SavedModel file does not exist at: ", "saved_model.pb"}));
  CHECK(
      says(message_of([&] { open_saved_model(folder.file("nowhere"), {}); }), {"SavedModel file does not exist at: "}));
  folder.write("saved_model.cpb", "x");
  CHECK(says(message_of([&] { open_saved_model(path, {}); }), {"in chunks", "2 GiB"}));
  folder.write("saved_model.pb", written::saved_model({}));
  CHECK(says(message_of([&] { open_saved_model(path, {}); }), {"has no graphs"}));
}

TEST_CASE("a compiled program is refused with the way out, also inside of a function") {
  const ScratchFolder folder;
  written::MetaGraph meta;
  meta.graph = written::graph({written::node("x", "Placeholder"),
                               written::node("call", "PartitionedCall", {"x"}, {{"f", written::function_attr("fn")}})},
                              {{"fn", {"x"}, {"y"}, {written::node("jax", "XlaCallModule", {"x"})}, {{"y", "jax"}}}});
  meta.signatures = {{"s", written::signature({{"x", "x:0"}}, {{"y", "call:0"}})}};
  folder.write("saved_model.pb", written::saved_model({meta}));
  CHECK(says(message_of([&] { open_saved_model(folder.path().string(), {}); }),
             {"'jax'", "signature 's'", "XlaCallModule", "from_keras_model"}));
}

TEST_CASE("assets are read by the node that names them, never from outside of the folder") {
  const ScratchFolder folder, elsewhere;
  elsewhere.write("secret.txt", "secret");
  written::MetaGraph meta = owned_by_others();
  meta.assets = {{"asset:0", "words.txt"}};
  write(folder, "variables/variables", owned_values());
  folder.write("assets/words.txt", "a\nb\n");
  folder.write("saved_model.pb", written::saved_model({meta}));
  const std::string path = folder.path().string();
  CHECK(open_saved_model(path, {}).assets.at("asset").size() == 4);
  const std::string up = "../../" + elsewhere.path().filename().string() + "/secret.txt";
  for (const std::string& file : {elsewhere.file("secret.txt"), up}) {
    meta.assets = {{"asset:0", file}};
    folder.write("saved_model.pb", written::saved_model({meta}));
    CHECK(says(message_of([&] { open_saved_model(path, {}); }), {"leads out of"}));
  }
  fs::remove(folder.file("assets/words.txt"));
  fs::create_symlink(elsewhere.file("secret.txt"), folder.file("assets/words.txt"));
  meta.assets = {{"asset:0", "words.txt"}};
  folder.write("saved_model.pb", written::saved_model({meta}));
  CHECK(says(message_of([&] { open_saved_model(path, {}); }), {"leads out of", "cp -rL"}));
}

TEST_CASE("variables that lie elsewhere are not followed") {
  const ScratchFolder folder, elsewhere;
  write(elsewhere, "variables", stored());
  folder.write("saved_model.pb", written::saved_model({two_inputs()}));
  fs::create_directory_symlink(elsewhere.path(), folder.file("variables"));
  CHECK(says(message_of([&] { open_saved_model(folder.path().string(), {}); }), {"leads out of", "cp -rL"}));
}

TEST_CASE("functions that restore in a circle end") {
  const ScratchFolder folder;
  written::MetaGraph meta = two_inputs();
  std::vector<std::string> calls;
  for (const char* name : {"c0", "c1", "c2", "c3"})
    calls.push_back(written::node(name, "PartitionedCall", {"a"}, {{"f", written::function_attr("round")}}));
  meta.graph = written::graph(
      {written::node("x", "Placeholder"), written::variable("w", {2}), written::node("out", "Identity", {"w"}),
       written::node("restore", "PartitionedCall", {"w"}, {{"f", written::function_attr("round")}})},
      {{"round", {"a"}, {}, calls, {}}});
  meta.signatures = {{"s", written::signature({}, {{"y", "out:0"}})}};
  folder.write("saved_model.pb", written::saved_model({meta}));
  write(folder, "variables/variables", stored());
  CHECK(says(message_of([&] { open_saved_model(folder.path().string(), {}); }), {"'w'"}));
}

/// TF1: assignments that the restoring node waits for; one variable is a slice of a larger one.
written::MetaGraph of_tf1() {
  written::MetaGraph meta;
  meta.graph = written::graph(
      {written::variable("a", {2}, "VariableV2"), written::variable("part_0", {1, 2}, "VariableV2"),
       written::node("save/names", "Const", {}, {{"value", written::strings_attr({"a_before", "whole"})}}),
       written::node("save/slices", "Const", {}, {{"value", written::strings_attr({"", "2 2 1,1:-"})}}),
       written::node("save/RestoreV2", "RestoreV2", {"save/Const", "save/names", "save/slices"}),
       written::node("save/Assign", "Assign", {"a", "save/RestoreV2"}),
       written::node("save/Assign_1", "Assign", {"part_0", "save/RestoreV2:1"}),
       written::node("save/shard", "NoOp", {"^save/Assign", "^save/Assign_1"}),
       written::node("save/restore_all", "NoOp", {"^save/shard"}), written::node("out", "Add", {"a", "part_0"})});
  meta.restore_op = "save/restore_all";
  return meta;
}

TEST_CASE("a checkpoint of TF1 is bound to the graph in the file beside it, slices included") {
  const ScratchFolder folder;
  written::BundleWriter bundle;
  bundle.add("a_before", kFloat, {2}, raw({1, 2}));
  bundle.add("whole", kFloat, {2, 2}, raw({5, 6, 7, 8}));
  write(folder, "model.ckpt-7", bundle);
  folder.write("checkpoint", "model_checkpoint_path: \"model.ckpt-7\"\n");
  const CheckpointRequest request{folder.path().string(), {}, {}, {}, {"out"}};
  CHECK(says(message_of([&] { open_checkpoint(request); }), {"model.ckpt-7.meta", "does not exist"}));
  folder.write("model.ckpt-7.meta", written::meta_graph(of_tf1()));
  const CheckpointGraph read = open_checkpoint(request);
  const VariableValues& variables = read.surroundings.variables;
  CHECK(variables.at("a").data.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(variables.at("part_0").data.to_vector<float>() == std::vector<float>{7, 8});
  CHECK(variables.at("part_0").shape == Shape{1, 2});
  CHECK(read.graph.nodes.size() == 10);
}

TEST_CASE("a graph without its saver takes the values of its variables' names") {
  const ScratchFolder folder;
  written::BundleWriter bundle;
  bundle.add("a", kFloat, {2}, raw({1, 2}));
  write(folder, "m", bundle);
  const std::string graph =
      written::graph({written::variable("a", {2}, "VariableV2"), written::node("out", "Identity", {"a"})});
  const CheckpointGraph read = open_checkpoint({folder.file("m"), Bytes::copy_of<char>(graph), "g.pb", {}, {"out"}});
  CHECK(read.surroundings.variables.at("a").data.to_vector<float>() == std::vector<float>{1, 2});
}

TEST_CASE("every damaged byte of a SavedModel ends in an error or a model") {
  const ScratchFolder folder;
  write(folder, "variables/variables", owned_values());
  std::string file = written::saved_model({owned_by_others(), two_inputs()});
  std::size_t refused = 0;
  for (std::size_t at = 0; at < file.size(); ++at)
    for (const int flip : {0x01, 0x08, 0x80, 0xFF}) {
      std::string changed = file;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      Request request;
      request.message = Bytes::copy_of<char>(changed);
      try {
        open_saved_model(folder.path().string(), request);
      } catch (const Error&) {
        ++refused;
      }
    }
  CHECK(refused > file.size() / 2);
}

}  // namespace
}  // namespace litesmith::importers::saved_model
