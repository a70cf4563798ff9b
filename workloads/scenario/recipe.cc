// How jobs learn: from the recipe of the workload and what entries change of it.
#include "workloads/recipe.h"

#include <fmt/format.h>

#include "policies/core/nearest.h"
#include "workloads/scenario/build.h"

namespace tandem {
namespace {

/// One after the other, what several maps say; a later one has its way.
class RecipeReader {
 public:
  explicit RecipeReader(ScenarioBuild& build) : build_(build) {}

  void read(const Value& value) {
    last_ = &value;
    if (const Value* text = value.find("text")) read_text(*text);
    if (const Value* betas = value.find("betas")) read_betas(*betas);
    read_number(value, "learning_rate", recipe_.learning_rate);
    has_final_ |= value.has("final_learning_rate");
    read_number(value, "final_learning_rate", recipe_.final_learning_rate);
    read_whole(value, "warmup", recipe_.warmup);
    read_number(value, "epsilon", recipe_.epsilon);
    read_number(value, "weight_decay", recipe_.weight_decay);
    read_number(value, "clip", recipe_.clip);
    read_number(value, "dropout", recipe_.dropout);
    read_whole(value, "seed", recipe_.seed);
    read_whole(value, "checkpoint_every", recipe_.checkpoint_every);
    read_whole(value, "evaluate_every", recipe_.evaluate_every);
  }

  /// Null if nothing was read.
  std::shared_ptr<const Recipe> recipe() {
    if (last_ == nullptr) return nullptr;
    if (!has_final_) recipe_.final_learning_rate = recipe_.learning_rate / 10;
    if (recipe_.text.files.empty()) {
      build_.fail(*last_, "recipe: 'text: { files: [...] }' is missing: what the job learns from");
    }
    if (recipe_.text.tokens == Tokens::kGpt2 && recipe_.text.vocabulary.empty()) {
      build_.fail(*last_, "recipe: 'text: { tokens: gpt2 }' needs a 'vocabulary' file");
    }
    if (recipe_.final_learning_rate > recipe_.learning_rate) {
      build_.fail(*last_, fmt::format("recipe: final_learning_rate {} is above learning_rate {}",
                                      recipe_.final_learning_rate, recipe_.learning_rate));
    }
    return std::make_shared<const Recipe>(recipe_);
  }

 private:
  static void read_number(const Value& map, std::string_view key, double& number) {
    if (const Value* value = map.find(key)) number = number_of(*value);
  }
  template <class Whole>
  static void read_whole(const Value& map, std::string_view key, Whole& number) {
    if (const Value* value = map.find(key)) number = static_cast<Whole>(integer_of(*value));
  }

  void read_text(const Value& value) {
    TextSource& text = recipe_.text;
    if (const Value* files = value.find("files")) {
      text.files.clear();
      for (const Value& file : files->items)
        text.files.push_back(absolute_path_named(file, build_));
    }
    if (const Value* tokens = value.find("tokens")) {
      text.tokens = tokens->text == "gpt2"     ? Tokens::kGpt2
                    : tokens->text == "shards" ? Tokens::kShards
                                               : Tokens::kBytes;
    }
    if (const Value* vocabulary = value.find("vocabulary")) {
      text.vocabulary = absolute_path_named(*vocabulary, build_);
    }
    read_number(value, "held_out", text.held_out);
  }

  void read_betas(const Value& list) {
    if (list.items.size() != 2) return build_.fail(list, "betas: expected two numbers");
    recipe_.beta1 = number_of(list.items[0]);
    recipe_.beta2 = number_of(list.items[1]);
  }

  ScenarioBuild& build_;
  Recipe recipe_;
  bool has_final_ = false;
  const Value* last_ = nullptr;  ///< Where a problem with all of it is reported.
};

}  // namespace

std::filesystem::path absolute_path_named(const Value& value, ScenarioBuild& build) {
  const auto path = build.path_named(value);
  return path ? std::filesystem::absolute(*path).lexically_normal() : std::filesystem::path();
}

std::shared_ptr<const Recipe> recipe_of(std::span<const Value* const> own, ScenarioBuild& build) {
  RecipeReader reader(build);
  const Value* shared = build.document.root.find("workload")->find("recipe");
  if (shared != nullptr) reader.read(*shared);
  for (const Value* recipe : own) {
    if (recipe != nullptr) reader.read(*recipe);
  }
  return reader.recipe();
}

std::shared_ptr<const Evaluation> evaluation_of(const Value& value, ScenarioBuild& build) {
  auto evaluation = std::make_shared<Evaluation>();
  evaluation->rows = integer_of(*value.find("rows"));
  const Value* of = value.find("of");
  if (of == nullptr) {
    evaluation->checkpoints = absolute_path_named(*value.find("checkpoints"), build);
    return evaluation;
  }
  evaluation->of = of->text;
  const auto train = build.trains.find(of->text);
  if (train == build.trains.end()) {
    std::vector<std::string> names;
    for (const auto& [name, entry] : build.trains) names.push_back(name);
    build.fail(*of, fmt::format("of: there is no train job '{}'{}", of->text,
                                suggestion(of->text, names)));
    return evaluation;
  }
  const std::string& model = value.find("model")->text;
  const std::string& trained = train->second->find("model")->text;
  if (model != trained) {
    build.fail(*value.find("model"),
               fmt::format("'{}' trains the model {}, not {}", of->text, trained, model));
  }
  return evaluation;
}

}  // namespace tandem
