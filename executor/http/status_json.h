// GET /status.json: what the page shows.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "executor/http/metrics.h"
#include "executor/serve/service_desk.h"

namespace tandem {

/// "tandem.status/1". Times in seconds, rates a second, over the last moments.
std::string status_json(const ServiceDesk& desk, const Metrics& metrics, const std::string& version,
                        std::size_t connections, std::chrono::steady_clock::duration uptime);

}  // namespace tandem
