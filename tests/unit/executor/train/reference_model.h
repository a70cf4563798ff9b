// The formulas of GPT-2 and LLaMA in double precision, with loops, one token at a time: what the
// trainer's models are held against. Shares nothing with them but the names of the parameters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/catalog/architecture.h"

namespace tandem {

class ReferenceModel {
 public:
  using Numbers = std::vector<double>;

  ReferenceModel(const Architecture& model, std::map<std::string, Numbers> weights)
      : model_(model), weights_(std::move(weights)) {}

  std::map<std::string, Numbers>& weights() { return weights_; }
  /// Of each token of one row.
  std::vector<Numbers> logits(const std::vector<std::int64_t>& tokens) const;
  /// Sum of -ln p(token after) over a row of one token more than is put in.
  double loss(const std::vector<std::int64_t>& row) const;

 private:
  using Rows = std::vector<Numbers>;

  const Numbers& weight(const std::string& name) const { return weights_.at(name); }
  Rows embedded(const std::vector<std::int64_t>& tokens) const;
  Numbers normed(const Numbers& x, const std::string& name) const;
  /// x W + b, whichever way round the family's matrices are; no bias of that name: none.
  Numbers multiplied(const Numbers& x, const std::string& name, std::size_t outputs) const;
  void attend(Rows& x, const std::string& prefix) const;
  void feed_forward(Rows& x, const std::string& prefix) const;
  Rows queries_keys_values(const Numbers& x, const std::string& prefix) const;
  void rotate(Numbers& heads, std::size_t position) const;
  bool gpt2() const { return model_.norm == Norm::kLayer; }

  Architecture model_;
  std::map<std::string, Numbers> weights_;
};

}  // namespace tandem
