#include "formats/bundle/checkpoint.h"

#include <doctest/doctest.h>

#include <cstring>

#include "base/error.h"
#include "base/string_buffer.h"
#include "formats/bundle/written_bundle.h"
#include "testing/scratch_folder.h"

namespace litesmith::formats {
namespace {

namespace fs = std::filesystem;

constexpr int kFloat = 1;
constexpr int kInt16 = 5;
constexpr int kComplex64 = 8;

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string write_bundle(const testing::ScratchFolder& folder, const std::string& prefix,
                         const written::BundleWriter& bundle, written::TableOptions options = {}) {
  folder.write(prefix + ".index", bundle.index(options));
  for (std::size_t i = 0; i < bundle.data().size(); ++i)
    folder.write(prefix + ".data-0000" + std::to_string(i) + "-of-0000" + std::to_string(bundle.data().size()),
                 bundle.data()[i]);
  return folder.file(prefix);
}

written::BundleWriter example(int shards = 1) {
  written::BundleWriter bundle(shards);
  bundle.add("dense/bias", kFloat, {3}, raw<float>({1, 2, 3}));
  bundle.add("dense/kernel", kFloat, {2, 3}, raw<float>({1, 2, 3, 4, 5, 6}), shards - 1);
  bundle.add("step", kInt16, {}, raw<std::int16_t>({-7}));
  bundle.add_strings("words", {2, 2}, {"a", "", std::string("nul\0in", 6), std::string(300, 'x')});
  return bundle;
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

/// Everything that can be read; throws the first error.
std::map<std::string, std::string> contents(const Checkpoint& checkpoint) {
  std::map<std::string, std::string> all;
  for (const std::string& name : checkpoint.names()) {
    const DenseTensor tensor = checkpoint.read(name);
    all[name] = concat(litesmith::name(tensor.dtype), tensor.shape) +
                std::string(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size());
  }
  return all;
}

TEST_CASE("tensors of a bundle are read, whatever the form of its index") {
  const testing::ScratchFolder folder;
  for (const bool snappy : {false, true}) {
    const std::string prefix = write_bundle(folder, "model.ckpt-3", example(2), {2, 2, snappy});
    const Checkpoint checkpoint = Checkpoint::open(prefix);
    CHECK(checkpoint.names() == std::vector<std::string>{"dense/bias", "dense/kernel", "step", "words"});
    CHECK(checkpoint.find("dense/kernel")->shape == Shape{2, 3});
    CHECK_FALSE(checkpoint.has("dense/kernels"));
    CHECK_FALSE(checkpoint.has(""));
    const DenseTensor kernel = checkpoint.read("dense/kernel");
    CHECK(kernel.dtype == DType::float32);
    CHECK(kernel.data.to_vector<float>() == std::vector<float>{1, 2, 3, 4, 5, 6});
    CHECK(checkpoint.read("step").data.to_vector<std::int16_t>() == std::vector<std::int16_t>{-7});
    const DenseTensor words = checkpoint.read("words");
    const auto texts = strings_in(words.data.view());
    REQUIRE(texts.size() == 4);
    CHECK(texts[2] == std::string_view("nul\0in", 6));
    CHECK(texts[3].size() == 300);
  }
}

TEST_CASE("the bytes of another machine are turned round, those of complex numbers part by part") {
  const testing::ScratchFolder folder;
  written::BundleWriter bundle(1, true);
  const std::string one("\x3F\x80\x00\x00", 4), two("\x40\x00\x00\x00", 4);
  bundle.add("c", kComplex64, {}, one + two);
  bundle.add("f", kFloat, {2}, one + two);
  bundle.add("i", kInt16, {1}, std::string("\x01\x02", 2));
  const Checkpoint checkpoint = Checkpoint::open(write_bundle(folder, "big", bundle));
  CHECK(checkpoint.read("f").data.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(checkpoint.read("c").data.to_vector<float>() == std::vector<float>{1, 2});
  CHECK(checkpoint.read("i").data.to_vector<std::int16_t>() == std::vector<std::int16_t>{0x102});
}

std::string slice_message(const std::vector<std::pair<int, int>>& extents) {
  std::string message;
  protozero::pbf_writer writer(message);
  for (const auto& [start, length] : extents) {
    std::string bytes;
    protozero::pbf_writer extent(bytes);
    if (start != 0) extent.add_int64(1, start);
    if (length >= 0) extent.add_int64(2, length);
    writer.add_message(1, bytes);
  }
  return message;
}

TEST_CASE("a partitioned variable is put together") {
  using namespace std::string_literals;
  const testing::ScratchFolder folder;
  written::BundleWriter bundle;
  bundle.add_partitioned("w", kFloat, {2, 100},
                         {slice_message({{0, -1}, {0, 70}}), slice_message({{0, -1}, {70, 30}})});
  std::vector<float> left(140), right(60);
  for (std::size_t i = 0; i < 140; ++i) left[i] = static_cast<float>(i / 70 * 100 + i % 70);
  for (std::size_t i = 0; i < 60; ++i) right[i] = static_cast<float>(i / 30 * 100 + 70 + i % 30);
  const std::string head = "\0w\0\x01\x01\x02\x80\x7F"s;
  bundle.add(head + "\x80\xC0\x46"s, kFloat, {2, 70}, raw(left));
  bundle.add(head + "\xC0\x46\x9E"s, kFloat, {2, 30}, raw(right));
  const Checkpoint checkpoint = Checkpoint::open(write_bundle(folder, "parts", bundle));
  CHECK(checkpoint.names() == std::vector<std::string>{"w"});
  const std::vector<float> whole = checkpoint.read("w").data.to_vector<float>();
  REQUIRE(whole.size() == 200);
  for (std::size_t i = 0; i < 200; ++i) REQUIRE(whole[i] == static_cast<float>(i));
  const DenseTensor part = checkpoint.read_slice("w", "2 100 1,1:68,4");
  CHECK(part.shape == Shape{1, 4});
  CHECK(part.data.to_vector<float>() == std::vector<float>{168, 169, 170, 171});
}

TEST_CASE("slices that leave gaps, overlap or are not there are refused") {
  using namespace std::string_literals;
  const auto opened = [](const std::vector<std::pair<int, int>>& extents) {
    const testing::ScratchFolder folder;
    written::BundleWriter bundle;
    std::vector<std::string> slices;
    for (const auto& extent : extents) slices.push_back(slice_message({extent}));
    bundle.add_partitioned("w", kFloat, {4}, slices);
    bundle.add("\0w\0\x01\x01\x01\x80\x82"s, kFloat, {2}, raw<float>({1, 2}));
    bundle.add("\0w\0\x01\x01\x01\x81\x82"s, kFloat, {2}, raw<float>({3, 4}));
    bundle.add("\0w\0\x01\x01\x01\x82\x82"s, kFloat, {2}, raw<float>({3, 4}));
    return Checkpoint::open(write_bundle(folder, "parts", bundle)).read("w").data.to_vector<float>();
  };
  CHECK(opened({{0, 2}, {2, 2}}) == std::vector<float>{1, 2, 3, 4});
  CHECK(says(message_of([&] { opened({{0, 2}}); }), {"'w'", "hold 2 elements"}));
  CHECK(says(message_of([&] { opened({{0, 2}, {1, 2}}); }), {"'w'", "overlap"}));
  CHECK(says(message_of([&] { opened({{0, 2}, {3, 1}}); }), {"lacks a slice of 'w'"}));
  CHECK(says(message_of([&] { opened({{0, 2}, {2, 3}}); }), {"3 elements from 2", "[4]"}));
}

TEST_CASE("a slice text says shape and extents") {
  const testing::ScratchFolder folder;
  const Checkpoint checkpoint = Checkpoint::open(write_bundle(folder, "m", example()));
  CHECK(checkpoint.read_slice("dense/kernel", "").shape == Shape{2, 3});
  CHECK(checkpoint.read_slice("dense/kernel", "2 3 -:1,2").data.to_vector<float>() == std::vector<float>{2, 3, 5, 6});
  for (const char* text : {"2 3 -", "2 3 -:1", "2 3 -:1,3", "2 4 -:1,2", "x", "2 3 -:-1,2", "2 3  -:1,2", "2 3 -:1,"})
    CHECK_THROWS_AS(checkpoint.read_slice("dense/kernel", text), Error);
}

TEST_CASE("what is missing is named, with what there is") {
  const testing::ScratchFolder folder;
  const std::string prefix = write_bundle(folder, "model.ckpt-3", example(2));
  CHECK(says(message_of([&] { Checkpoint::open(prefix).read("dense/kernal"); }),
             {"dense/kernal", "did you mean 'dense/kernel'"}));
  CHECK(says(message_of([&] { Checkpoint::open(prefix).read("bias"); }), {"did you mean 'dense/bias'"}));
  CHECK(
      says(message_of([&] { Checkpoint::open(folder.file("model.ckpt-4")); }), {"model.ckpt-4.index", "model.ckpt-3"}));
  fs::remove(folder.file("model.ckpt-3.data-00001-of-00002"));
  const Checkpoint checkpoint = Checkpoint::open(prefix);
  CHECK(checkpoint.read("dense/bias").shape == Shape{3});
  CHECK(says(message_of([&] { checkpoint.read("dense/kernel"); }), {"data-00001-of-00002", "2 data file(s)"}));
}

TEST_CASE("damaged data are refused, saying where") {
  const testing::ScratchFolder folder;
  const std::string prefix = write_bundle(folder, "m", example());
  std::string data = example().data()[0];
  data[13] = static_cast<char>(data[13] ^ 1);
  folder.write("m.data-00000-of-00001", data);
  CHECK(says(message_of([&] { Checkpoint::open(prefix).read("dense/kernel"); }),
             {"m.data-00000-of-00001", "byte 12", "dense/kernel", "CRC is ", "where the file says "}));
  CHECK_NOTHROW(Checkpoint::open(prefix).read("dense/bias"));
  folder.write("m.data-00000-of-00001", data.substr(0, 30));
  CHECK(says(message_of([&] { Checkpoint::open(prefix).read("dense/kernel"); }), {"has 30 bytes and is cut off"}));
}

TEST_CASE("sizes that contradict the shape are refused before memory is taken") {
  const testing::ScratchFolder folder;
  written::BundleWriter bundle;
  bundle.add("huge", kFloat, {2147483647, 2147483647}, raw<float>({1}));
  bundle.add("huger", kFloat, {2147483647, 2147483647, 2147483647}, raw<float>({1}));
  bundle.add("short", kFloat, {2}, raw<float>({1}));
  bundle.add("words", 7, {2147483647}, "\x01\x02");
  bundle.add("unknown", kFloat, {-1}, raw<float>({1}));
  bundle.add("type", 57, {1}, raw<float>({1}));
  bundle.add_partitioned("parts", kFloat, {2147483647, 2147483647}, {slice_message({{0, 1}, {0, 1}})});
  const Checkpoint checkpoint = Checkpoint::open(write_bundle(folder, "m", bundle));
  for (const std::string& name : checkpoint.names()) CHECK_THROWS_AS(checkpoint.read(name), Error);
}

TEST_CASE("an index that a newer writer made is refused") {
  const testing::ScratchFolder folder;
  written::BundleWriter bundle;
  std::string version;
  protozero::pbf_writer(version).add_int32(2, 2);
  protozero::pbf_writer(bundle.entries()[""]).add_message(3, version);
  CHECK(says(message_of([&] { Checkpoint::open(write_bundle(folder, "m", bundle)); }), {"version 2", "m.index"}));
}

TEST_CASE("a link out of the folder is not followed") {
  const testing::ScratchFolder folder, elsewhere;
  write_bundle(elsewhere, "m", example());
  folder.write("m.index", example().index());
  fs::create_symlink(elsewhere.file("m.data-00000-of-00001"), folder.file("m.data-00000-of-00001"));
  CHECK(says(message_of([&] { Checkpoint::open(folder.file("m")).read("step"); }), {"leads out of", "cp -rL"}));
}

TEST_CASE("every change of a byte of an index leaves an error or the same data") {
  const testing::ScratchFolder folder;
  for (const bool snappy : {false, true}) {
    const written::BundleWriter bundle = example();
    const std::string prefix = write_bundle(folder, "m", bundle, {2, 2, snappy});
    const auto expected = contents(Checkpoint::open(prefix));
    const std::string index = bundle.index({2, 2, snappy});
    std::size_t refused = 0;
    for (std::size_t at = 0; at < index.size(); ++at)
      for (const int flip : {0x01, 0x80, 0xFF}) {
        std::string changed = index;
        changed[at] = static_cast<char>(changed[at] ^ flip);
        folder.write("m.index", changed);
        try {
          const auto read = contents(Checkpoint::open(prefix));
          CHECK(read == expected);
        } catch (const Error&) {
          ++refused;
        }
      }
    CHECK(refused > index.size());
  }
}

TEST_CASE("every change of an entry's byte under a right CRC leaves an error or data") {
  const testing::ScratchFolder folder;
  const std::string prefix = write_bundle(folder, "m", example());
  std::size_t refused = 0, read = 0;
  const written::Entries entries = example().entries();
  for (const auto& [key, value] : entries)
    for (std::size_t at = 0; at < value.size(); ++at)
      for (int flip = 1; flip < 256; flip *= 2) {
        written::BundleWriter changed = example();
        changed.entries()[key][at] = static_cast<char>(value[at] ^ flip);
        folder.write("m.index", changed.index());
        try {
          contents(Checkpoint::open(prefix));
          ++read;
        } catch (const Error&) {
          ++refused;
        }
      }
  CHECK(refused > 0);
  CHECK(read > 0);
}

TEST_CASE("a folder's newest checkpoint is the one that its file names, wherever the folder was") {
  const testing::ScratchFolder folder;
  write_bundle(folder, "model.ckpt-3", example());
  CHECK(checkpoint_prefix(folder.path().string()) == folder.file("model.ckpt-3"));
  write_bundle(folder, "model.ckpt-12", example());
  CHECK(says(message_of([&] { checkpoint_prefix(folder.path().string()); }), {"model.ckpt-3", "model.ckpt-12"}));
  folder.write("checkpoint",
               "model_checkpoint_path: \"/home/else/model.ckpt-12\"\nall_model_checkpoint_paths: \"x\"\n");
  CHECK(checkpoint_prefix(folder.path().string()) == folder.file("model.ckpt-12"));
  CHECK(Checkpoint::open(folder.path().string()).has("step"));
  CHECK(Checkpoint::open(folder.file("model.ckpt-12.index")).prefix() == folder.file("model.ckpt-12"));
  folder.write("checkpoint", "model_checkpoint_path: 'model.ckpt-99'\n");
  CHECK(says(message_of([&] { checkpoint_prefix(folder.path().string()); }), {"model.ckpt-99", "model.ckpt-12"}));
  folder.write("checkpoint", "nothing");
  CHECK_THROWS_AS(checkpoint_prefix(folder.path().string()), Error);
}

std::string meta_of(const std::string& name, const Shape& shape) {
  std::string tensor, value;
  protozero::pbf_writer listed(tensor);
  listed.add_string(1, name);
  listed.add_message(2, written::shape_message(shape));
  listed.add_enum(3, kFloat);
  protozero::pbf_writer slices(value);
  protozero::pbf_writer meta(slices, 1);
  meta.add_message(1, tensor);
  meta.commit();
  return value;
}

std::string saved_slice(const std::string& name, const std::string& slice, const std::vector<float>& values) {
  std::string value;
  protozero::pbf_writer slices(value);
  protozero::pbf_writer saved(slices, 2);
  saved.add_string(1, name);
  saved.add_message(2, slice);
  protozero::pbf_writer tensor(saved, 3);
  tensor.add_packed_float(5, values.begin(), values.end());
  tensor.commit();
  saved.commit();
  return value;
}

TEST_CASE("checkpoints of the older kind are read, in one file and in several, partitions put together") {
  const testing::ScratchFolder folder;
  written::Entries entries;
  entries[""] = meta_of("w", {2, 2});
  entries["1"] = saved_slice("w", slice_message({{0, -1}, {0, 1}}), {1, 3});
  written::Entries rest;
  rest["2"] = saved_slice("w", slice_message({{0, -1}, {1, 1}}), {2, 4});
  folder.write("two-00000-of-00002", written::TableWriter({}).write(entries));
  folder.write("two-00001-of-00002", written::TableWriter({}).write(rest));
  entries.merge(rest);
  folder.write("one", written::TableWriter({1, 1, true}).write(entries));
  for (const char* name : {"one", "two"}) {
    const Checkpoint checkpoint = Checkpoint::open(folder.file(name));
    CHECK(checkpoint.names() == std::vector<std::string>{"w"});
    CHECK(checkpoint.read("w").data.to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  }
  fs::remove(folder.file("two-00001-of-00002"));
  CHECK(says(message_of([&] { Checkpoint::open(folder.file("two")); }), {"two-00000-of-00002", "1 are there"}));
  folder.write("text", "this is no checkpoint");
  CHECK(says(message_of([&] { Checkpoint::open(folder.file("text")); }), {"is no checkpoint"}));
}

}  // namespace
}  // namespace litesmith::formats
