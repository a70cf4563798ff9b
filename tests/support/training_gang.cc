#include "tests/support/training_gang.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tandem {
namespace {

Architecture tiny_model() {
  Architecture model;
  model.layers = 4;
  model.hidden = 32;
  model.heads = 4;
  model.head_size = 8;
  model.vocabulary = 256;
  model.context = 32;
  return model;
}

TrainingSpec spec_of(const Architecture& model, const std::filesystem::path& text) {
  TrainingSpec spec;
  spec.model = model;
  spec.steps = 50;
  spec.layout.batch = 8;
  spec.layout.micro_batch = 2;
  spec.layout.sequence = 16;
  spec.layout.precision = Precision::kFp32;
  spec.recipe.text.files = {text};
  spec.recipe.text.held_out = 0.03;
  spec.recipe.learning_rate = 3e-3;
  spec.recipe.warmup = 5;
  return spec;
}

std::vector<double> numbers_of(const std::string& output, int column) {
  std::vector<double> numbers;
  std::istringstream in(output);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("step ")) continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i <= column; ++i) words >> word;
    numbers.push_back(std::strtod(word.c_str(), nullptr));
  }
  return numbers;
}

}  // namespace

TrainingSpec tiny_gpt2(const std::filesystem::path& text) {
  Architecture model = tiny_model();
  model.name = "tiny-gpt2";
  model.kv_heads = 4;
  model.ffn = 128;
  model.tied = true;
  model.positions = 32;
  model.biases = Biases::kAll;
  model.norm = Norm::kLayer;
  return spec_of(model, text);
}

TrainingSpec tiny_llama(const std::filesystem::path& text) {
  Architecture model = tiny_model();
  model.name = "tiny-llama";
  model.kv_heads = 2;
  model.ffn = 96;
  model.gated = true;
  return spec_of(model, text);
}

std::filesystem::path write_text(const std::filesystem::path& folder) {
  std::filesystem::path path = folder / "text.txt";
  std::ofstream out(path);
  constexpr std::string_view kWords = "gang rank step loss wait turn node kept";
  std::uint64_t state = 1;
  for (int i = 0; i < 1500; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t draw = state >> 60U;
    out << "the " << kWords.substr(draw / 2 * 5, 4) << draw << '\n';
  }
  return path;
}

TrainingGang::TrainingGang(const TrainingSpec& spec, const std::vector<std::string>& commands,
                           std::chrono::milliseconds patience,
                           const std::vector<std::string>& more) {
  const auto rendezvous = folder_.path() / "rendezvous";
  std::filesystem::create_directories(rendezvous);
  std::ofstream(folder_.path() / "spec.json") << to_json(spec).dump();
  const std::int64_t count = spec.layout.devices();
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::string> arguments{folder_.path() / "spec.json", rendezvous, std::to_string(i),
                                       std::to_string(patience.count())};
    if (i == count - 1) arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), commands.begin(), commands.end());
    ranks_.push_back(std::make_unique<ChildProgram>("rank_program", arguments,
                                                    folder_.path() / std::to_string(i)));
  }
}

std::string TrainingGang::output() {
  for (const auto& rank : ranks_) {
    EXPECT_EQ(rank->wait(), 0) << rank->output();
    EXPECT_TRUE(rank->output().ends_with("clean\n")) << rank->output();
  }
  return ranks_.front()->output();
}

std::vector<double> losses_of(const std::string& output) { return numbers_of(output, 2); }
std::vector<double> norms_of(const std::string& output) { return numbers_of(output, 3); }

}  // namespace tandem
