// A front end whose engine is a timer, as a program: for tests of its page. Says where it is, and
// with "users" a token, and runs until its input ends.

#include <cstdio>
#include <string_view>

#include "tests/support/http_server.h"

int main(int argc, char** argv) {
  using namespace tandem;
  FrontEndOptions options;
  std::string token = "none";
  if (argc > 1 && std::string_view(argv[1]) == "users") {
    const NewToken made = make_token();
    User user;
    user.id = made.id;
    user.name = "tester";
    user.hash = made.hash;
    user.roles.add(Role::kAdmin);
    user.tenant_name = "lab";
    options.access.emplace();
    options.access->users.push_back(user);
    token = made.text;
  }
  HttpServer server(std::move(options));
  server.call([&] { server.desk().run_every(std::chrono::milliseconds(20)); });
  std::printf("http://127.0.0.1:%d %s\n", static_cast<int>(server.port()), token.c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
