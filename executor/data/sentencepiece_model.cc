// Field numbers: https://github.com/google/sentencepiece (Apache-2.0),
// src/sentencepiece_model.proto.
#include "executor/data/sentencepiece_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "executor/data/vocabulary.h"
#include "executor/data/wire_message.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  SentencePieces read(std::string_view bytes) {
    WireMessage message(bytes, file_);
    while (message.next()) {
      switch (message.field()) {
        case 1: read_piece(message.bytes()); break;
        case 2: read_trainer(message.bytes()); break;
        case 3: read_normalizer(message.bytes()); break;
        default: break;
      }
    }
    if (result_.pieces.empty()) fail("this is no model of sentencepiece: it has no pieces");
    const auto unknown = std::ranges::find(result_.pieces, SentencePieces::Kind::kUnknown,
                                           &SentencePieces::Piece::kind);
    if (unknown == result_.pieces.end()) fail("no piece is the unknown one");
    result_.unknown = static_cast<TokenId>(unknown - result_.pieces.begin());
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw InputError(Position{file_}, what); }

  void read_piece(std::string_view bytes) {
    SentencePieces::Piece piece;
    WireMessage message(bytes, file_);
    std::uint64_t kind = 1;
    while (message.next()) {
      switch (message.field()) {
        case 1: piece.name = message.bytes(); break;
        case 2: piece.score = message.real(); break;
        case 3: kind = message.number(); break;
        default: break;
      }
    }
    if (kind == 4) fail(fmt::format("pieces of users are not supported ('{}')", piece.name));
    if (kind == 5) fail(fmt::format("unused pieces are not supported ('{}')", piece.name));
    if (kind < 1 || kind > 6) fail(fmt::format("'{}' is a piece of no kind", piece.name));
    if (piece.name.empty() || piece.name.size() > kMostTokenBytes) {
      fail(fmt::format("a piece has from 1 to {} bytes", kMostTokenBytes));
    }
    if (!std::isfinite(piece.score)) fail(fmt::format("'{}' has no score", piece.name));
    piece.kind = static_cast<SentencePieces::Kind>(kind);
    result_.pieces.push_back(std::move(piece));
  }

  void read_trainer(std::string_view bytes) {
    WireMessage message(bytes, file_);
    while (message.next()) {
      switch (message.field()) {
        case 3: read_model(message.number()); break;
        case 24:
          if (message.number() != 0) fail("spaces behind words are not supported");
          break;
        case 35: result_.falls_back_on_bytes = message.number() != 0; break;
        case 47: result_.end_name = message.bytes(); break;
        default: break;
      }
    }
  }

  void read_model(std::uint64_t model) {
    if (model != 1 && model != 2) {
      fail("the model is of words or characters; Unigram and BPE are supported");
    }
    result_.model = static_cast<SentencePieces::Model>(model);
  }

  void read_normalizer(std::string_view bytes) {
    WireMessage message(bytes, file_);
    while (message.next()) {
      switch (message.field()) {
        case 2: result_.character_map = message.bytes(); break;
        case 3: result_.adds_space = message.number() != 0; break;
        case 4: result_.trims_spaces = message.number() != 0; break;
        case 5:
          if (message.number() == 0) fail("spaces that are not marked are not supported");
          break;
        default: break;
      }
    }
  }

  const std::string& file_;
  SentencePieces result_;
};

}  // namespace

SentencePieces read_sentence_pieces(std::string_view bytes, const std::string& file) {
  return Reader(file).read(bytes);
}

}  // namespace tandem
