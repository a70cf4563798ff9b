#include "cli/program.h"

#include <exception>

#include "cli/terminal.h"
#include "policies/core/error.h"

namespace tandem {

int run_program(int argc, const char* const* argv,
                const std::function<int(const Arguments&)>& run) {
  secure_streams();
  const auto parsed = parse_arguments(argc, argv);
  if (!parsed.arguments) return finish_output(parsed.exit_code);
  try {
    return finish_output(run(*parsed.arguments));
  } catch (const InputError& error) {
    print_error(error.what());
    return 2;
  } catch (const std::exception& error) {
    print_error(error.what());
    return 5;
  }
}

}  // namespace tandem
