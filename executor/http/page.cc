#include "executor/http/page.h"

#include <map>

namespace tandem {

extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kPageScript;

namespace {

HttpResponse file(const char* type, std::string_view text) {
  constexpr const char* kPolicy =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return {200,
          type,
          std::string(text),
          {{"Content-Security-Policy", kPolicy},
           {"Referrer-Policy", "no-referrer"},
           {"X-Frame-Options", "DENY"},
           {"Cache-Control", "no-cache"}}};
}

}  // namespace

const HttpResponse* page_file(std::string_view path) {
  static const std::map<std::string_view, HttpResponse> files{
      {"/", file("text/html; charset=utf-8", kPageHtml)},
      {"/page.css", file("text/css; charset=utf-8", kPageCss)},
      {"/page.js", file("text/javascript; charset=utf-8", kPageScript)}};
  const auto found = files.find(path);
  return found == files.end() ? nullptr : &found->second;
}

}  // namespace tandem
