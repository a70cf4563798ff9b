// From yaml-cpp's events to a Document, within bounds.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "workloads/format/document.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostValues = 2'000'000;

std::uint32_t from_one(int position) { return static_cast<std::uint32_t>(position + 1); }

std::size_t size_of(const Value& value) {
  std::size_t size = 1;
  for (const Value& item : value.items) size += size_of(item);
  return size;
}

std::size_t depth_of(const Value& value) {
  std::size_t depth = 0;
  for (const Value& item : value.items) depth = std::max(depth, depth_of(item));
  return depth + 1;
}

/// Builds the tree. The lists and maps that are still open form a stack; in a map, a scalar is
/// taken for a key and for a value in turn.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& name) : name_(name) {}

  Value take() { return std::move(root_); }
  bool has_document() const { return has_document_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) fail(mark, "there is a second document; a scenario is one document");
    has_document_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (wants_key()) fail(mark, "a key is missing before ':'");
    add(leaf(mark), anchor, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    if (wants_key()) return take_key(mark, text);
    Value value = leaf(mark);
    value.kind = Value::Kind::kScalar;
    value.quoted = tag == "!";
    value.text = text;
    add(std::move(value), anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) fail(mark, "an alias cannot stand inside what it names");
    if (wants_key()) fail(mark, "an alias cannot be a key");
    count(size_of(known->second) - 1, mark);
    if (open_.size() + depth_of(known->second) > kDeepest) fail_depth(mark);
    Value copy = known->second;
    copy.line = from_one(mark.line);
    copy.column = from_one(mark.column);
    add(std::move(copy), 0, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value value;
    YAML::anchor_t anchor;
    bool has_key = false;
    Value key;
    std::unordered_set<std::string> keys;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) const {
    throw InputError({name_, from_one(mark.line), from_one(mark.column)}, message);
  }
  [[noreturn]] void fail_depth(const YAML::Mark& mark) const {
    fail(mark, fmt::format("nested more than {} levels deep", kDeepest));
  }

  static Value leaf(const YAML::Mark& mark) {
    Value value;
    value.line = from_one(mark.line);
    value.column = from_one(mark.column);
    return value;
  }

  bool wants_key() const {
    return !open_.empty() && open_.back().value.kind == Value::Kind::kMap && !open_.back().has_key;
  }

  void take_key(const YAML::Mark& mark, const std::string& text) {
    Open& map = open_.back();
    if (!map.keys.insert(text).second)
      fail(mark, fmt::format("the key {} is given twice", shown(text)));
    map.has_key = true;
    map.key.key = text;
    map.key.key_line = from_one(mark.line);
    map.key.key_column = from_one(mark.column);
  }

  /// Aliases count as often as they are used, so that nine lines of them stay nine lines.
  void count(std::size_t values, const YAML::Mark& mark) {
    count_ += values;
    if (count_ > kMostValues) fail(mark, fmt::format("more than {} values", kMostValues));
  }

  void open(Value::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (wants_key()) fail(mark, "a list or a map cannot be a key");
    if (open_.size() == kDeepest) fail_depth(mark);
    Open next{leaf(mark), anchor, false, {}, {}};
    next.value.kind = kind;
    open_.push_back(std::move(next));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    // The parser ends what it began; its last mark is of no use here.
    add(std::move(done.value), done.anchor, YAML::Mark::null_mark());
  }

  void add(Value value, YAML::anchor_t anchor, const YAML::Mark& mark) {
    count(1, mark);
    if (anchor != 0) {
      count(size_of(value), mark);
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == Value::Kind::kMap) {
      value.key = std::move(parent.key.key);
      value.key_line = parent.key.key_line;
      value.key_column = parent.key.key_column;
      parent.has_key = false;
    }
    parent.value.items.push_back(std::move(value));
  }

  const std::string& name_;
  Value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Value> anchors_;
  std::size_t count_ = 0;
  bool has_document_ = false;
};

}  // namespace

Document parse_document(std::string_view text, const std::string& name) {
  // The parser would put a substitute for what it cannot read.
  if (!is_utf8(text)) throw InputError({name, 0, 0}, "this is not a text file: it is not UTF-8");
  Builder builder(name);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::ParserException& error) {
    throw InputError({name, from_one(error.mark.line), from_one(error.mark.column)},
                     "not valid YAML: " + error.msg);
  } catch (const YAML::Exception& error) {
    throw InputError({name, 0, 0}, std::string("not valid YAML: ") + error.what());
  }
  Document document;
  document.sources.push_back(name);
  document.root = builder.take();
  return document;
}

}  // namespace tandem
