#include "reports/journal_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "policies/core/error.h"
#include "reports/result_json.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongBytes = 1 << 20;
constexpr std::size_t kLongestLine = 16 << 20;  // A gang may hold millions of devices.
constexpr int kFastLevel = 1;
constexpr const char* kPlainName = "journal";
constexpr const char* kCompressedName = "journal.zst";

void check_zstd(std::size_t code, const std::string& file) {
  if (ZSTD_isError(code) != 0) {
    throw InputError({file, 0, 0}, fmt::format("damaged: {}", ZSTD_getErrorName(code)));
  }
}

/// A file's text in pieces, decompressed if need be.
class Pieces {
 public:
  explicit Pieces(const fs::path& path)
      : name_(path.string()),
        file_(path, std::ios::binary),
        compressed_(path.extension() == ".zst"),
        stream_(ZSTD_createDStream()) {
    if (!file_) throw InputError({name_, 0, 0}, "cannot be read");
  }
  ~Pieces() { ZSTD_freeDStream(stream_); }
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  const std::string& name() const { return name_; }

  /// The next piece; empty at the end.
  std::string_view next() {
    if (!compressed_) return read_raw();
    while (true) {
      if (input_.pos == input_.size) {
        const std::string_view raw = read_raw();
        input_ = {raw.data(), raw.size(), 0};
        if (raw.empty()) {
          if (frame_open_) throw InputError({name_, 0, 0}, "damaged: the file is cut");
          return {};
        }
      }
      output_.resize(ZSTD_DStreamOutSize());
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      const std::size_t left = ZSTD_decompressStream(stream_, &output, &input_);
      check_zstd(left, name_);
      frame_open_ = left != 0;
      if (output.pos > 0) return {output_.data(), output.pos};
    }
  }

 private:
  std::string_view read_raw() {
    raw_.resize(1 << 16);
    file_.read(raw_.data(), static_cast<std::streamsize>(raw_.size()));
    return {raw_.data(), static_cast<std::size_t>(file_.gcount())};
  }

  std::string name_;
  std::ifstream file_;
  bool compressed_;
  ZSTD_DStream* stream_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool frame_open_ = false;
  std::string raw_;
  std::string output_;
};

/// The folders of the runs that a result.json lists.
std::vector<std::string> run_folders_in(const fs::path& result) {
  std::ifstream file(result);
  const auto json = nlohmann::ordered_json::parse(file, nullptr, false);
  if (json.is_discarded()) throw InputError({result.string(), 0, 0}, "damaged: not JSON");
  std::vector<std::string> names;
  for (const RunResult& run : document_from_json(json).runs) {
    names.push_back(run_folder(run.policy, run.seed));
  }
  return names;
}

class Lines {
 public:
  explicit Lines(const fs::path& path) : pieces_(path) {}

  bool next(std::string& line) {
    line.clear();
    ++number_;
    while (true) {
      const std::size_t end = piece_.find('\n');
      line += piece_.substr(0, end);
      if (line.size() > kLongestLine) {
        throw InputError({pieces_.name(), 0, 0}, "not a journal: a line has no end");
      }
      if (end != std::string_view::npos) {
        piece_.remove_prefix(end + 1);
        return true;
      }
      piece_ = pieces_.next();
      if (!piece_.empty()) continue;
      // Half a line may read like a whole one.
      if (!line.empty()) throw InputError({pieces_.name(), number_, 0}, "damaged: the file is cut");
      return false;
    }
  }

 private:
  Pieces pieces_;
  std::string_view piece_;
  std::size_t number_ = 0;
};

}  // namespace

class JournalFile::Compressor {
 public:
  explicit Compressor(const fs::path& path) : file_(path), stream_(ZSTD_createCStream()) {
    ZSTD_initCStream(stream_, kFastLevel);
  }
  ~Compressor() { ZSTD_freeCStream(stream_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  void write(std::string_view text) { compress(text, ZSTD_e_continue); }
  void finish() {
    compress({}, ZSTD_e_end);
    file_.commit();
  }

 private:
  void compress(std::string_view text, ZSTD_EndDirective directive) {
    ZSTD_inBuffer input{text.data(), text.size(), 0};
    for (std::size_t left = 1; left != 0 || input.pos < input.size;) {
      output_.resize(ZSTD_CStreamOutSize());
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      left = ZSTD_compressStream2(stream_, &output, &input, directive);
      check_zstd(left, "journal.zst");
      file_.write({output_.data(), output.pos});
      if (directive == ZSTD_e_continue && input.pos == input.size) return;
    }
  }

  AtomicFile file_;
  ZSTD_CStream* stream_;
  std::string output_;
};

JournalFile::JournalFile(const fs::path& folder) : folder_(folder) {}
JournalFile::~JournalFile() = default;

void JournalFile::write(std::string_view text) {
  if (compressor_) return compressor_->write(text);
  plain_ += text;
  if (plain_.size() > kLongBytes) {
    compressor_ = std::make_unique<Compressor>(folder_ / kCompressedName);
    compressor_->write(plain_);
    std::string().swap(plain_);
  }
}

void JournalFile::finish() {
  if (compressor_) {
    compressor_->finish();
  } else {
    AtomicFile file(folder_ / kPlainName);
    file.write(plain_);
    file.commit();
  }
  std::error_code ignored;  // There usually is no such file.
  fs::remove(folder_ / (compressor_ ? kPlainName : kCompressedName), ignored);
}

JournalReader::LineSource open_journal(const fs::path& journal) {
  auto lines = std::make_shared<Lines>(journal);
  return [lines](std::string& line) { return lines->next(line); };
}

std::string run_folder(const std::string& policy, std::uint64_t seed) {
  std::string name = fmt::format("{}-seed{}", policy, seed);
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

std::vector<fs::path> find_journals(const fs::path& run) {
  std::error_code error;
  const fs::file_status status = fs::status(run, error);
  if (fs::is_regular_file(status)) return {run};
  if (!fs::is_directory(status)) throw InputError({run.string(), 0, 0}, "no such run");
  std::vector<fs::path> journals;
  const auto add_from = [&journals](const fs::path& folder) {
    for (const char* name : {kPlainName, kCompressedName}) {
      if (fs::is_regular_file(folder / name)) return journals.push_back(folder / name);
    }
  };
  add_from(run);
  if (!journals.empty()) return journals;
  if (const fs::path result = run / "result.json"; fs::is_regular_file(result)) {
    // An earlier call may have left runs of other policies here.
    for (const std::string& name : run_folders_in(result)) add_from(run / name);
  } else {
    for (const auto& entry : fs::directory_iterator(run)) {
      if (entry.is_directory()) add_from(entry.path());
    }
  }
  if (journals.empty()) {
    throw InputError({run.string(), 0, 0},
                     "no journal here; 'tandem simulate -o FOLDER' writes one for every run");
  }
  std::sort(journals.begin(), journals.end());
  return journals;
}

}  // namespace tandem
