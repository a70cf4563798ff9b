#include "tests/support/child_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "policies/core/check.h"

namespace tandem {

ChildProgram::ChildProgram(const std::string& program, const std::vector<std::string>& arguments,
                           std::filesystem::path output)
    : output_(std::move(output)) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(),
                                   O_CREAT | O_WRONLY | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  std::string path = std::string(TANDEM_BINARY_DIR) + "/" + program;
  std::vector<std::string> copies = arguments;
  std::vector<char*> argv{path.data()};
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int error = posix_spawn(&id_, path.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  CHECK(error == 0, "{} does not start: error {}", path, error);
}

ChildProgram::~ChildProgram() {
  if (id_ == 0) return;
  signal(SIGKILL);
  look(0);
}

void ChildProgram::signal(int number) const {
  if (id_ != 0) kill(id_, number);
}

void ChildProgram::look(int options) {
  int status = 0;
  if (id_ == 0 || waitpid(id_, &status, options) != id_) return;
  result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  id_ = 0;
}

int ChildProgram::wait() {
  look(0);
  return result_;
}

bool ChildProgram::wait_for(const std::string& word) {
  for (;;) {
    const bool ran = id_ != 0;
    if (output().find(word) != std::string::npos) return true;
    if (!ran) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    look(WNOHANG);
  }
}

std::string ChildProgram::output() const {
  std::ifstream in(output_);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tandem
