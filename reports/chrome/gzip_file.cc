#include "reports/chrome/gzip_file.h"

#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <limits>

#include "policies/core/check.h"

namespace tandem {

class GzipFile::Stream {
 public:
  Stream() {
    constexpr int kGzip = 16 + MAX_WBITS;
    constexpr int kMemory = 8;
    const int status = deflateInit2(&state_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory,
                                    Z_DEFAULT_STRATEGY);
    CHECK(status == Z_OK, "zlib cannot begin: {}", status);
  }
  ~Stream() { deflateEnd(&state_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream& state() { return state_; }

 private:
  z_stream state_{};
};

GzipFile::GzipFile(const std::filesystem::path& path)
    : file_(path), stream_(std::make_unique<Stream>()) {}
GzipFile::~GzipFile() = default;

void GzipFile::write(std::string_view text) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  for (; text.size() > kMost; text.remove_prefix(kMost)) compress(text.substr(0, kMost), false);
  compress(text, false);
}

void GzipFile::commit() {
  compress({}, true);
  file_.commit();
}

void GzipFile::compress(std::string_view text, bool is_last) {
  z_stream& state = stream_->state();
  std::array<char, 1 << 16> output;
  state.next_in = reinterpret_cast<const Bytef*>(text.data());
  state.avail_in = static_cast<uInt>(text.size());
  do {
    state.next_out = reinterpret_cast<Bytef*>(output.data());
    state.avail_out = output.size();
    const int status = deflate(&state, is_last ? Z_FINISH : Z_NO_FLUSH);
    CHECK(status != Z_STREAM_ERROR, "zlib's state is broken");
    file_.write({output.data(), output.size() - state.avail_out});
  } while (state.avail_out == 0);
}

}  // namespace tandem
