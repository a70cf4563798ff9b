// Training steps that others measured and published: what the step-time model is held against. The
// table of docs/step-time.md is printed from these.
#pragma once

#include <string>
#include <vector>

#include "workloads/perf/machine.h"

namespace tandem {

struct PublishedRun {
  std::string name;
  std::string group;   ///< Which publication.
  std::string model;   ///< Of catalog_of_runs().
  std::string device;  ///< The same.
  Layout layout;
  double seconds = 0;  ///< Measured, of a step.
};

/// The built-in catalogue and what was only trained once.
const Catalog& catalog_of_runs();

/// Korthikanti et al. 2022, table 5. Calibration.
std::vector<PublishedRun> korthikanti_runs();
/// Narayanan et al. 2021 (SC21), table 1; micro-batches from Megatron-LM's examples/sc21. The four
/// of the calibration are 1.7B, 18.4B, 145.6B and 1008B; the others were held out.
std::vector<PublishedRun> sc21_runs();
/// MosaicML, llm-foundry, scripts/train/benchmarking/README.md. Held out, but for the passes of
/// eager kernels and the efficiency of the H100, which its mean decided together with the next.
std::vector<PublishedRun> mosaic_runs();
/// Other software on A100, held out: Megatron-Turing NLG 530B (Smith et al. 2022, section 3.3),
/// BLOOM 176B (Le Scao et al. 2022, section 3.2.5), GPT-NeoX 20B (Black et al. 2022, section 3.4).
std::vector<PublishedRun> deepspeed_runs();
/// Llama 3 (Grattafiori et al. 2024, table 4), NeMo 24.07 (performance summary, fp8), torchtitan
/// (December 2024; H100 at 500 W with slower memory).
std::vector<PublishedRun> other_runs();

/// Modelled seconds over measured ones, less one.
double residual(const PublishedRun& run);

}  // namespace tandem
