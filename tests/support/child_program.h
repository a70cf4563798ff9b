// A program that a test starts beside itself: by posix_spawn, as a fork would hang in LibTorch's
// threads. What it says lies in a file, so that a test can look while it runs.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tandem {

class ChildProgram {
 public:
  /// Starts `program` from the build tree. Its output, of both kinds, goes to the file `output`.
  ChildProgram(const std::string& program, const std::vector<std::string>& arguments,
               std::filesystem::path output);
  /// Kills it if it still runs.
  ~ChildProgram();
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;

  void signal(int number) const;
  /// Until it has ended: its exit code, or minus the signal that ended it.
  int wait();
  /// Until it has written a line with `word` in it; false if it ends without.
  bool wait_for(const std::string& word);
  std::string output() const;

 private:
  pid_t id_ = 0;  ///< 0: has ended.
  int result_ = 0;
  std::filesystem::path output_;

  void look(int options);
};

}  // namespace tandem
