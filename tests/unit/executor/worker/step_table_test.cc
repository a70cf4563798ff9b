// The table of a training that goes on from a checkpoint has every step once.
#include "executor/worker/step_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(StepTable, BeginsWithItsHead) {
  const TemporaryFile place("unused", "");
  const auto path = place.folder() / "losses.csv";
  StepTable table(path, "step,loss", 0);
  table.row(1, "5.5");
  table.sync();
  EXPECT_EQ(text_of(path), "step,loss\n1,5.5\n");
}

TEST(StepTable, StepsThatAreDoneAgainAreTakenOut) {
  const TemporaryFile file("losses.csv", "step,loss\n1,5\n2,4\n3,3\n4,2\n");
  StepTable table(file.path(), "step,loss", 2);
  table.row(3, "3");
  table.sync();
  EXPECT_EQ(text_of(file.path()), "step,loss\n1,5\n2,4\n3,3\n");
}

TEST(StepTable, HalfARowIsNone) {
  const TemporaryFile file("losses.csv", "step,loss\n1,5\n2,4.");
  StepTable table(file.path(), "step,loss", 9);
  table.sync();
  EXPECT_EQ(text_of(file.path()), "step,loss\n1,5\n");
}

}  // namespace
}  // namespace tandem
