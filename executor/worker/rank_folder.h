// What every rank has around it, whatever it runs: the job's folder, in which this rank is run by
// nobody else, with its log; and an end that is told, whether good or bad.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "executor/protocol/messages.h"
#include "executor/worker/control_link.h"

namespace tandem {

/// Tells that the rank is loading and calls `work`, whose output goes into the job's log. False: it
/// threw, which has been told, and this process is fit for nothing more.
bool in_folder_of(const RankTask& task, ControlLink& link, const std::function<void()>& work);

/// A line of the job's log: when, which generation, what.
void log_line(const RankTask& task, std::string_view text);
template <class... Args>
void log(const RankTask& task, fmt::format_string<Args...> text, Args&&... args) {
  log_line(task, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace tandem
