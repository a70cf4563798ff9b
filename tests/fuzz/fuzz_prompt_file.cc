// Fuzzes the reader of files of prompts: whatever it lets pass is a request's body with a name of
// its own.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "executor/serve/prompt_file.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  std::set<std::string> ids;
  PromptFile file({reinterpret_cast<const char*>(data), size}, "fuzz");
  while (const auto prompt = file.next()) {
    require(!prompt->id.empty() && ids.insert(prompt->id).second, "ids come once");
    require(!prompt->mistake.empty() || nlohmann::json::parse(prompt->body).is_object(),
            "a body is an object");
  }
  return 0;
}
