#include "tflite/opened_file.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace litesmith::tflite {
namespace {

constexpr std::string_view kIdentifier = "TFL3";
constexpr std::size_t kAlignment = 16;
/// The flatbuffers library takes fewer bytes than this; larger files hold their constants behind the flatbuffer.
constexpr std::size_t kLargestFlatbuffer = (std::size_t{1} << 31) - 2;
constexpr int kVersion = 3;

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  fail(ErrorKind::value, "The model is not a valid Flatbuffer buffer: ", parts...,
       ". Is it a .tflite file, and is it complete?");
}

std::string printable(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte one : bytes) {
    const int character = std::to_integer<int>(one);
    text += character >= 0x20 && character < 0x7f ? static_cast<char>(character) : '?';
  }
  return text;
}

void check_head(std::span<const std::byte> bytes) {
  if (bytes.size() < 8) refuse("it has ", bytes.size(), " bytes, the smallest model more than 8");
  if (std::memcmp(bytes.data() + 4, kIdentifier.data(), kIdentifier.size()) != 0)
    refuse("its identifier is '", printable(bytes.subspan(4, 4)), "' instead of '", kIdentifier, "'");
  std::uint32_t root = 0;
  std::memcpy(&root, bytes.data(), sizeof(root));
  if (root < 8 || root > bytes.size() - sizeof(root))
    refuse("its root table stands at ", root, ", outside of its ", bytes.size(), " bytes");
}

bool has_data_behind(const ::tflite::Model& model) {
  if (model.buffers() == nullptr) return false;
  return std::any_of(model.buffers()->begin(), model.buffers()->end(),
                     [](const ::tflite::Buffer* buffer) { return buffer->offset() > 1; });
}

}  // namespace

OpenedFile open(Bytes file) {
  check_head(file.view());
  if (reinterpret_cast<std::uintptr_t>(file.data()) % kAlignment != 0) file = Bytes::copy(file.view());
  const std::size_t size = std::min(file.size(), kLargestFlatbuffer);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(file.data()), size);
  if (!::tflite::VerifyModelBuffer(verifier)) refuse("an offset in it leads outside of its ", file.size(), " bytes");
  const auto* model = ::tflite::GetModel(file.data());
  if (model->version() != kVersion)
    fail(ErrorKind::value, "Model provided is schema version ", model->version(), " not equal to supported version ",
         kVersion, "; convert the model again with a current converter");
  if (size < file.size() && !has_data_behind(*model))
    fail(ErrorKind::value, "the file has ", file.size(), " bytes, but without buffers outside of the flatbuffer ",
         kLargestFlatbuffer, " is the most; write the model again with buffers outside of the flatbuffer");
  return {std::move(file), model};
}

Bytes file_range(const OpenedFile& file, std::uint64_t offset, std::uint64_t size, std::string_view user) {
  if (offset > file.bytes.size() || size > file.bytes.size() - offset)
    fail(ErrorKind::value, user, " takes ", size, " bytes at ", offset, ", outside of the file's ", file.bytes.size(),
         " bytes; the file is damaged or incomplete");
  return file.bytes.slice(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

std::optional<Bytes> buffer_data(const OpenedFile& file, std::uint32_t index, std::string_view user) {
  if (index == 0) return std::nullopt;
  const auto* buffers = file.model->buffers();
  const std::size_t count = buffers == nullptr ? 0 : buffers->size();
  if (index >= count) fail(ErrorKind::value, user, " uses buffer ", index, ", but the file has ", count, " buffers");
  const ::tflite::Buffer* buffer = buffers->Get(index);
  if (const auto* data = buffer->data(); data != nullptr && data->size() > 0) {
    const auto* first = reinterpret_cast<const std::byte*>(data->data());
    return file.bytes.slice(static_cast<std::size_t>(first - file.bytes.data()), data->size());
  }
  // The format writes both fields as 1 before they are known.
  if (buffer->offset() > 1 && buffer->size() > 1) return file_range(file, buffer->offset(), buffer->size(), user);
  return std::nullopt;
}

}  // namespace litesmith::tflite
