#include "executor/http/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "executor/http/openai_response.h"
#include "executor/http/page.h"
#include "executor/http/same_origin.h"
#include "executor/http/status_json.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using nlohmann::ordered_json;

constexpr std::string_view kModels = "/v1/models/";
constexpr std::size_t kLongestPath = 100;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string_view path_of(const HttpRequest& request) {
  const std::string_view target = view(request.target());
  return target.substr(0, target.find('?'));
}

HttpResponse json_response(std::string body) {
  return {200, "application/json", std::move(body), {{"Cache-Control", "no-store"}}};
}

User everybody(const FrontEndOptions& options) {
  User user;
  user.name = "everybody";
  user.roles.add(Role::kAdmin);
  user.tenant = options.tenant;
  user.tenant_name = options.tenant_name;
  return user;
}

}  // namespace

struct Routes::Route {
  std::string path;  ///< With a '/' at its end: whatever begins so.
  bool posts = false;
  std::optional<Role> role;  ///< Nothing: anybody may, also without a token.
  Answer (Routes::*answer)(Connection&, const HttpRequest&, const User*);

  bool fits(std::string_view other) const {
    const bool is_folder = path.size() > 1 && path.ends_with('/');
    return is_folder ? other.starts_with(path) && other.size() > path.size() : other == path;
  }
};

const Routes::Route& Routes::find(std::string_view path, http::verb method) {
  static const std::vector<Route> routes{
      {"/", false, {}, &Routes::show_page},
      {"/page.css", false, {}, &Routes::show_page},
      {"/page.js", false, {}, &Routes::show_page},
      {"/health", false, {}, &Routes::health},
      {"/version", false, {}, &Routes::version},
      {"/metrics", false, Role::kRead, &Routes::metrics},
      {"/status.json", false, Role::kRead, &Routes::status},
      {"/v1/models", false, Role::kInfer, &Routes::models},
      {std::string(kModels), false, Role::kInfer, &Routes::model},
      {"/v1/completions", true, Role::kInfer, &Routes::complete},
      {"/v1/chat/completions", true, Role::kInfer, &Routes::chat}};
  const auto found =
      std::ranges::find_if(routes, [&](const Route& route) { return route.fits(path); });
  if (found == routes.end()) {
    std::vector<std::string> paths;
    for (const Route& route : routes) paths.push_back(route.path);
    const std::string shown(path.substr(0, kLongestPath));
    throw ApiError(404, fmt::format("nothing is at '{}'{}", shown, suggestion(shown, paths)));
  }
  const bool is_get = method == http::verb::get || method == http::verb::head;
  if (found->posts ? method == http::verb::post : is_get) return *found;
  ApiError error(405, fmt::format("'{}' is for {}", found->path, found->posts ? "POST" : "GET"));
  error.allow = found->posts ? "POST" : "GET, HEAD";
  throw ApiError(error);
}

Routes::Routes(ServiceDesk& desk, const FrontEndOptions& options,
               std::function<std::size_t()> connections)
    : desk_(desk),
      options_(options),
      connections_(std::move(connections)),
      metrics_(desk.models()),
      doorkeeper_(options.access, everybody(options)),
      tenants_(options.access ? options.access->limits : std::map<std::string, TenantLimit>()),
      completions_(desk, metrics_, tenants_, options_.limits, *this) {}

asio::awaitable<void> Routes::handle(Connection& connection, const HttpRequest& request) {
  const auto host = request.find(http::field::host);
  if (host == request.end() && request.version() >= 11) {
    throw ApiError(400, "a request of HTTP/1.1 has a header 'Host'");
  }
  const Route& route = find(path_of(request), request.method());
  if (!doorkeeper_.knows_users()) {
    check_origin(view(request[http::field::host]), view(request[http::field::origin]));
  }
  const User* user = nullptr;
  if (route.role) {
    std::string authorization(view(request[http::field::authorization]));
    user = co_await doorkeeper_.admit(std::move(authorization), connection.address(), *route.role);
  }
  if (!connection.is_broken()) co_await (this->*route.answer)(connection, request, user);
}

Routes::Answer Routes::show_page(Connection& connection, const HttpRequest& request, const User*) {
  return connection.reply(*page_file(path_of(request)));
}

Routes::Answer Routes::health(Connection& connection, const HttpRequest&, const User*) {
  HttpResponse response = json_response(R"({"status":"ok"})");
  if (completions_.refuses()) {
    response.status = 503;
    response.body = R"({"status":"leaving"})";
  }
  return connection.reply(std::move(response));
}

Routes::Answer Routes::version(Connection& connection, const HttpRequest&, const User*) {
  const ordered_json version{{"version", options_.version},
                             {"has_users", doorkeeper_.knows_users()}};
  return connection.reply(json_response(version.dump()));
}

Routes::Answer Routes::metrics(Connection& connection, const HttpRequest&, const User*) {
  HttpResponse response = json_response(metrics_.text(desk_, connections_()));
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  return connection.reply(std::move(response));
}

Routes::Answer Routes::status(Connection& connection, const HttpRequest&, const User*) {
  return connection.reply(
      json_response(status_json(desk_, metrics_, options_.version, connections_(),
                                std::chrono::steady_clock::now() - start_)));
}

Routes::Answer Routes::models(Connection& connection, const HttpRequest&, const User*) {
  return connection.reply(json_response(models_json(desk_.models())));
}

Routes::Answer Routes::model(Connection& connection, const HttpRequest& request, const User*) {
  const std::string name(path_of(request).substr(kModels.size()));
  const ServedModel& model = desk_.models()[completions_.model_named(name)];
  return connection.reply(json_response(model_json(model)));
}

Routes::Answer Routes::complete(Connection& connection, const HttpRequest&, const User* user) {
  return completions_.handle(connection, *user, false);
}

Routes::Answer Routes::chat(Connection& connection, const HttpRequest&, const User* user) {
  return completions_.handle(connection, *user, true);
}

}  // namespace tandem
