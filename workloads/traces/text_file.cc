#include "workloads/traces/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::string_view kZstMagic = "\x28\xB5\x2F\xFD";

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
  if (facts.st_size == 0) throw InputError(Position{file}, "the file is empty");
  return static_cast<std::size_t>(facts.st_size);
}

}  // namespace

TextFile::TextFile(const std::filesystem::path& file, std::size_t enough) {
  const std::string name = file.string();
  {
    const Descriptor descriptor(name);
    mapping_size_ = size_of(descriptor, name);
    mapping_ = ::mmap(nullptr, mapping_size_, PROT_READ, MAP_PRIVATE, descriptor.number(), 0);
  }
  if (mapping_ == MAP_FAILED) fail_to("read it", name);
  // Readers pass over the text once: the kernel may read ahead and drop what lies behind.
  ::madvise(mapping_, mapping_size_, MADV_SEQUENTIAL);
  text_ = {static_cast<const char*>(mapping_), mapping_size_};
  if (file.extension() != ".zst" && !is_zst(text_)) return;

  // The destructor does not run for a constructor that throws.
  const auto unmap = [this](void* mapping) { ::munmap(mapping, mapping_size_); };
  const std::unique_ptr<void, decltype(unmap)> packed(mapping_, unmap);
  mapping_ = nullptr;
  unpacked_ = unpack_zst(text_, name, kMostText, enough);
  if (unpacked_.empty()) throw InputError(Position{name}, "there is nothing in the .zst file");
  text_ = unpacked_;
}

TextFile::~TextFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_size_);
}

bool is_zst(std::string_view bytes) { return bytes.starts_with(kZstMagic); }

std::string unpack_zst(std::string_view bytes, const std::string& file, std::size_t most,
                       std::size_t enough) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  const auto piece = std::make_unique<char[]>(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string text;
  std::size_t missing = 0;
  bool flushed = true;
  while ((in.pos < in.size || !flushed) && text.size() < enough) {
    ZSTD_outBuffer out{piece.get(), ZSTD_DStreamOutSize(), 0};
    missing = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(missing) != 0) {
      throw InputError(Position{file},
                       fmt::format("the .zst file is broken: {}", ZSTD_getErrorName(missing)));
    }
    if (out.pos > most - text.size()) {
      throw InputError(Position{file},
                       fmt::format("the .zst file unpacks to more than {} bytes", most));
    }
    text.append(piece.get(), out.pos);
    // A full piece may leave more inside the decompressor.
    flushed = out.pos < out.size;
  }
  if (missing != 0 && text.size() < enough) {
    throw InputError(Position{file}, "the .zst file ends too early: it was cut off");
  }
  return text;
}

}  // namespace tandem
