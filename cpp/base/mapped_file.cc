#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace litesmith {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

/// Bytes that one system call moves at most.
constexpr std::size_t kPiece = std::size_t{1} << 30;

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void could_not_open(const std::string& path, const std::string& why) {
  fail(ErrorKind::io, "Could not open '", path, "'. ", why);
}

Bytes read_copy(int descriptor, std::size_t size, const std::string& path) {
  std::vector<std::byte> bytes(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(descriptor, bytes.data() + done, std::min(size - done, kPiece), static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) could_not_open(path, "Reading it failed: " + reason(errno));
    if (got == 0) could_not_open(path, concat("It had ", size, " bytes but was cut to ", done, " while being read"));
    done += static_cast<std::size_t>(got);
  }
  return Bytes::take(std::move(bytes));
}

Bytes map(int descriptor, std::size_t size, const std::string& path) {
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (start == MAP_FAILED) could_not_open(path, "Mapping it failed: " + reason(errno));
  std::shared_ptr<const void> owner(start, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
  return Bytes(std::move(owner), {static_cast<const std::byte*>(start), size});
}

}  // namespace

Bytes map_file(const std::string& path, std::size_t largest_copy) {
  if (path.find('\0') != std::string::npos) could_not_open(path.c_str(), "The name contains a NUL character");
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) could_not_open(path, reason(errno));
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) could_not_open(path, reason(errno));
  if (S_ISDIR(status.st_mode)) could_not_open(path, "It is a folder, not a file");
  if (!S_ISREG(status.st_mode)) could_not_open(path, "It is not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};
  return size <= largest_copy ? read_copy(file.get(), size, path) : map(file.get(), size, path);
}

}  // namespace litesmith
