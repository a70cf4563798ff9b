// What a person sees of a run while it goes on: a table that is redrawn on a terminal, plain lines
// elsewhere.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "executor/control/client_desk.h"

namespace tandem {

/// The jobs of a run as `tandem ps` shows them, those that are active first; at most `rows` of
/// them.
std::string status_table(const nlohmann::ordered_json& status, std::size_t rows);

class RunDisplay final : public Bystander {
 public:
  enum class Mode : std::uint8_t { kTerminal, kLines, kQuiet };
  /// `desk` must outlive it.
  RunDisplay(const ClientDesk& desk, Mode mode) : desk_(desk), mode_(mode) {}
  void add_to(std::vector<zmq_pollitem_t>&) const override {}
  void attend() override;
  /// The last changes are told, or the table is taken off the terminal: what follows is the result.
  void finish();

 private:
  void redraw();
  void clear();
  void tell_changes();

  const ClientDesk& desk_;
  const Mode mode_;
  std::chrono::steady_clock::time_point next_{};
  std::size_t drawn_lines_ = 0;
  std::map<std::uint32_t, std::string> told_;  ///< By job: its state when it was last spoken of.
};

}  // namespace tandem
