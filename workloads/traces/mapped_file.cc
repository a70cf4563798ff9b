// Opening by name, with the reasons why it may fail in words.
#include "workloads/traces/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "policies/core/error.h"

namespace tandem {
namespace {

[[noreturn]] void fail_to(const char* act, const std::string& file) {
  throw InputError(Position{file},
                   fmt::format("cannot {}: {}", act, std::generic_category().message(errno)));
}

/// A read-only file descriptor that closes itself.
class Descriptor {
 public:
  // Not blocking: opening a pipe without a writer must fail below, not wait.
  explicit Descriptor(const std::string& file)
      : number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (number_ < 0) fail_to("open it", file);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::size_t size_of(const Descriptor& descriptor, const std::string& file) {
  struct stat facts {};
  if (::fstat(descriptor.number(), &facts) != 0) fail_to("look at it", file);
  if (S_ISDIR(facts.st_mode)) throw InputError(Position{file}, "is a directory, not a file");
  if (!S_ISREG(facts.st_mode)) {
    throw InputError(Position{file}, "is not a regular file: save it to one first");
  }
  return static_cast<std::size_t>(facts.st_size);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& file) {
  const std::string name = file.string();
  const Descriptor descriptor(name);
  const std::size_t size = size_of(descriptor, name);
  if (size == 0) return;
  void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number(), 0);
  if (mapping == MAP_FAILED) fail_to("read it", name);
  bytes_ = {static_cast<const char*>(mapping), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

void MappedFile::pass_over() const {
  if (!bytes_.empty()) {
    ::madvise(const_cast<char*>(bytes_.data()), bytes_.size(), MADV_SEQUENTIAL);
  }
}

}  // namespace tandem
