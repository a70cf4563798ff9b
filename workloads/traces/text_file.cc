#include "workloads/traces/text_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::string_view kZstMagic = "\x28\xB5\x2F\xFD";

}  // namespace

TextFile::TextFile(const std::filesystem::path& file, std::size_t enough) {
  const std::string name = file.string();
  const std::string_view bytes = mapped_.emplace(file).bytes();
  if (bytes.empty()) throw InputError(Position{name}, "the file is empty");
  mapped_->pass_over();
  text_ = bytes;
  if (file.extension() != ".zst" && !is_zst(bytes)) return;
  unpacked_ = unpack_zst(bytes, name, kMostText, enough);
  if (unpacked_.empty()) throw InputError(Position{name}, "there is nothing in the .zst file");
  text_ = unpacked_;
  mapped_.reset();
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
