// Where the numbers of a step cost are from and how far to trust them: part of every result that
// rests on it.
#pragma once

#include <string>
#include <vector>

namespace tandem {

struct CostNumber {
  std::string name;
  double value = 0;
  std::string unit;
  std::string source;
};

/// Measured over modelled: nine of ten lie between.
struct CostBand {
  double low = 1;
  double high = 1;
};

struct CostAccount {
  std::vector<CostNumber> numbers;
  std::vector<std::string> warnings;  ///< What a reader must know before the figures.
  CostBand prefill;                   ///< Of steps with prompts.
  CostBand decode;                    ///< Of steps without.
  std::string band_source;
};

}  // namespace tandem
