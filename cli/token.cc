// tandem token: who may ask the services of `tandem serve`.
#include "executor/http/token.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "executor/http/users.h"

namespace tandem {

int run_token(const Arguments& arguments) {
  const NewToken token = make_token();
  const std::string line =
      user_line(token, arguments.name, arguments.run.tenant, arguments.run.roles);
  if (arguments.json) {
    print_json({{"token", token.text}, {"id", token.id}, {"line", line}});
    return 0;
  }
  print_output(fmt::format(
      "{}\n\nThe token above is shown once: it is for {}. The file of users gets this line, below "
      "'users:':\n{}\n",
      token.text, arguments.name, line));
  return 0;
}

}  // namespace tandem
