// How jobs learn, and evaluations of what they have learned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/workloads/scenario_text.h"
#include "workloads/recipe.h"
#include "workloads/training.h"

namespace tandem {
namespace {

using testing::HasSubstr;

std::string train(const std::string& more = "", const std::string& name = "t") {
  return "  - train: { name: " + name +
         ", model: llama-5m, steps: 10, batch: 8, parallel: { dp: 2 }, sequence: 128" + more +
         " }\n";
}
std::string evaluate(const std::string& more) {
  return "  - evaluate: { name: e, model: llama-5m, batch: 8, parallel: {}, sequence: 128, rows: "
         "20" +
         more + " }\n";
}
const std::string kText = "text: { files: [a.txt, /data/b.txt] }";

/// The recipe of the first job, with one for the whole workload.
Recipe recipe(const std::string& own, const std::string& shared = "") {
  const std::string rest = shared.empty() ? "" : "  recipe: { " + shared + " }\n";
  const auto jobs = all_arrivals(load(with_jobs(train(own), rest), {}, "/scenarios"));
  return jobs.at(0).recipe != nullptr ? *jobs[0].recipe : Recipe{};
}

TEST(ScenarioRecipe, IsNotNeededToSimulate) {
  const auto jobs = all_arrivals(load(with_jobs(train())));
  EXPECT_EQ(jobs[0].recipe, nullptr);
  EXPECT_EQ(jobs[0].evaluation, nullptr);
}

TEST(ScenarioRecipe, HasEveryKey) {
  const Recipe read = recipe(
      ", recipe: { text: { files: [x], tokens: gpt2, vocabulary: v, held_out: 0.2 }, "
      "learning_rate: 0.5, final_learning_rate: 0.25, warmup: 3, betas: [0.1, 0.2], epsilon: 1e-6, "
      "weight_decay: 0.3, clip: 2, dropout: 0.4, seed: 7, checkpoint_every: 5, evaluate_every: 6 "
      "}");
  EXPECT_EQ(read.text.files.at(0), "/scenarios/x");
  EXPECT_EQ(read.text.tokens, Tokens::kGpt2);
  EXPECT_EQ(read.text.vocabulary, "/scenarios/v");
  EXPECT_EQ(read.text.held_out, 0.2);
  EXPECT_EQ(read.learning_rate, 0.5);
  EXPECT_EQ(read.final_learning_rate, 0.25);
  EXPECT_EQ(read.warmup, 3);
  EXPECT_EQ(read.beta1, 0.1);
  EXPECT_EQ(read.beta2, 0.2);
  EXPECT_EQ(read.epsilon, 1e-6);
  EXPECT_EQ(read.weight_decay, 0.3);
  EXPECT_EQ(read.clip, 2);
  EXPECT_EQ(read.dropout, 0.4);
  EXPECT_EQ(read.seed, 7U);
  EXPECT_EQ(read.checkpoint_every, 5);
  EXPECT_EQ(read.evaluate_every, 6);
}

TEST(ScenarioRecipe, FilesAreFoundFromTheScenario) {
  const Recipe read = recipe(", recipe: { " + kText + " }");
  ASSERT_EQ(read.text.files.size(), 2U);
  EXPECT_EQ(read.text.files[0], "/scenarios/a.txt") << "which need not be there";
  EXPECT_EQ(read.text.files[1], "/data/b.txt");
  EXPECT_EQ(recipe(", recipe: { text: { files: [../c/./d] } }").text.files[0], "/c/d");
}

TEST(ScenarioRecipe, EntriesChangeSingleKeysOfTheWorkloads) {
  const std::string shared = kText + ", learning_rate: 0.5, seed: 3";
  EXPECT_EQ(recipe("", shared).seed, 3U);
  const Recipe read = recipe(", recipe: { seed: 4, text: { held_out: 0.5 } }", shared);
  EXPECT_EQ(read.seed, 4U);
  EXPECT_EQ(read.learning_rate, 0.5);
  EXPECT_EQ(read.text.held_out, 0.5);
  EXPECT_EQ(read.text.files.size(), 2U);
  EXPECT_EQ(recipe(", recipe: { text: { files: [c] } }", shared).text.files.size(), 1U);
}

TEST(ScenarioRecipe, FinalRateFollowsThePeak) {
  EXPECT_DOUBLE_EQ(recipe("", kText + ", learning_rate: 0.5").final_learning_rate, 0.05);
  EXPECT_DOUBLE_EQ(recipe("", kText).final_learning_rate, Recipe{}.final_learning_rate);
  expect_error(with_jobs(train(", recipe: { " + kText + ", final_learning_rate: 1 }")),
               "recipe: final_learning_rate 1 is above learning_rate 0.001");
}

TEST(ScenarioRecipe, DrawnTrainingsHaveOne) {
  const std::string drawn =
      "  - generate:\n      count: 2\n      arrival: { every: 1 h }\n"
      "      duration: { deterministic: 1 h }\n"
      "      train: [{ model: llama-5m, batch: 8, parallel: {}, recipe: { seed: 9 } }]\n";
  const auto jobs = all_arrivals(load(with_jobs(drawn, "  recipe: { " + kText + " }\n")));
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[1].recipe->seed, 9U);
  EXPECT_EQ(jobs[1].recipe->text.files.size(), 2U);
}

TEST(ScenarioRecipe, HashIsOfTheTextAlone) {
  const std::string text = with_jobs(train(", recipe: { " + kText + " }"));
  EXPECT_EQ(load(text, {}, "/one").hash, load(text, {}, "/other").hash);
  EXPECT_NE(load(text).hash, load(with_jobs(train(", recipe: { seed: 2, " + kText + " }"))).hash);
}

TEST(ScenarioRecipe, MistakesAreExplained) {
  const auto with = [](const std::string& keys) {
    return with_jobs(train(", recipe: { " + keys + " }"));
  };
  expect_error(with("seed: 1"), "'text: { files: [...] }' is missing: what the job learns from");
  expect_error(with("text: { files: [a], tokens: gpt2 }"), "needs a 'vocabulary' file");
  expect_error(with(kText + ", betas: [0.9, 0.9, 0.9]"), "betas: expected two numbers");
  expect_error(with(kText + ", learn_rate: 1"), "did you mean 'learning_rate'?");
  expect_error(with("text: { files: ['a', ''] }"), "the file name is empty");
  expect_error(with("text: { files: [a], held_out: 1 }"), "from 0 to 0.99");
  expect_error(with("text: { files: [a], tokens: byte }"), "bytes");
}

std::vector<Arrival> jobs_of(const std::string& jobs, const std::string& rest = "") {
  return all_arrivals(load(with_jobs(jobs, rest), {}, "/scenarios"));
}

TEST(ScenarioEvaluate, TakesTheTimeOfItsForwardPasses) {
  const Arrival job = jobs_of(evaluate(", checkpoints: runs/a")).at(0);
  EXPECT_EQ(job.job.kind, JobKind::kEvaluate);
  ASSERT_NE(job.training, nullptr);
  EXPECT_EQ(job.training->steps(), 3) << "20 rows, 8 at a time";
  const Architecture& model = job.training->model();
  const Machine machine = usual_machine(built_in_catalog(), built_in_catalog().device("h100-sxm"));
  const double step = forward_time(model, machine, job.training->layout()).seconds();
  EXPECT_NEAR(to_seconds(job.run_time), 3 * step, 1e-8);
  EXPECT_EQ(job.state.count, 0) << "it changes nothing";
  EXPECT_EQ(job.evaluation->rows, 20);
  EXPECT_EQ(job.evaluation->of, "");
  EXPECT_EQ(job.evaluation->checkpoints, "/scenarios/runs/a");
}

TEST(ScenarioEvaluate, FitsWhereNothingIsLearned) {
  const std::string layout = ", model: llama-3-8b, batch: 1, parallel: {}";
  EXPECT_EQ(error_of(with_jobs("  - evaluate: { name: e, rows: 9, checkpoints: c" + layout + " }")),
            "");
  expect_error(with_jobs("  - train: { name: t, steps: 9" + layout + " }"),
               "train: llama-3-8b cannot run here");
  expect_error(
      with_jobs(
          "  - evaluate: { name: e, rows: 9, checkpoints: c, model: llama-3.1-405b, batch: 1, "
          "parallel: {} }"),
      "evaluate: llama-3.1-405b cannot run here");
}

TEST(ScenarioEvaluate, WaitsForWhatItEvaluates) {
  const auto jobs = jobs_of(evaluate(", of: t") + train());
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].job.name, "t") << "wherever it stands";
  EXPECT_EQ(jobs[1].evaluation->of, "t");
  EXPECT_TRUE(jobs[1].evaluation->checkpoints.empty());
  EXPECT_EQ(jobs[1].after, std::vector{jobs[0].job.id});
}

TEST(ScenarioEvaluate, LooksAtTheTextThatWasLearned) {
  const std::string shared = "  recipe: { " + kText + ", seed: 2 }\n";
  const std::string learns = train(", recipe: { text: { held_out: 0.5 }, clip: 3 }");
  const auto recipe_with = [&](const std::string& own) {
    return *jobs_of(learns + evaluate(", of: t" + own), shared).at(1).recipe;
  };
  EXPECT_EQ(recipe_with("").text.held_out, 0.5);
  EXPECT_EQ(recipe_with("").seed, 2U);
  EXPECT_EQ(recipe_with(", recipe: { text: { held_out: 0.25 } }").text.held_out, 0.25);
  EXPECT_EQ(recipe_with(", recipe: { text: { held_out: 0.25 } }").clip, 3);
}

TEST(ScenarioEvaluate, MistakesAreExplained) {
  expect_error(with_jobs(train("", "first") + evaluate(", of: frist")),
               "s.yaml:8:96: of: there is no train job 'frist' (did you mean 'first'?)");
  EXPECT_THAT(error_of(with_jobs(evaluate(", of: nothing"))), testing::Not(HasSubstr("depends_on")))
      << "one message is enough";
  expect_error(with_jobs("  - job: { name: t, duration: 1 h }\n" + evaluate(", of: t")),
               "there is no train job 't'");
  std::string other = with_jobs(train() + evaluate(", of: t"));
  other.replace(other.rfind("llama-5m"), 8, "llama-1m");
  expect_error(other, "'t' trains the model llama-5m, not llama-1m");
  expect_error(with_jobs(train(", submit: 1 h") + evaluate(", of: t")),
               "job 'e' is submitted at 0 s, before 't'");
  expect_error(with_jobs(evaluate("")), "of");
  expect_error(with_jobs(train() + evaluate(", of: t, checkpoints: c")), "checkpoints");
  expect_error(with_jobs(evaluate(", checkpoints: c, kind: train")), "unknown key 'kind'");
  expect_error(with_jobs(evaluate(", checkpoints: c, steps: 3")), "unknown key 'steps'");
}

}  // namespace
}  // namespace tandem
