// The page at `/`: plain HTML, CSS and JavaScript in page/, built into the program.
#pragma once

#include <string_view>

#include "executor/http/connection.h"

namespace tandem {

/// The file at a path such as "/page.js"; null if there is none. With headers that let a browser
/// run and ask nothing but what comes from here.
const HttpResponse* page_file(std::string_view path);

}  // namespace tandem
