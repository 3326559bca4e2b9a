#include "metrics/server.h"

#include <httplib.h>

#include <utility>

namespace headrace::metrics {
namespace {

constexpr int kThreads = 2;

}  // namespace

Result<std::unique_ptr<http::Listener>> Serve(const std::string& address, const Registry& registry,
                                              std::function<std::string()> healthy) {
  auto listener = http::Listener::Start(address, kThreads, [&](httplib::Server& server) {
    server.set_payload_max_length(1024);
    server.Get("/metrics", [&registry](const httplib::Request&, httplib::Response& response) {
      response.set_content(registry.Text(), "text/plain; version=0.0.4; charset=utf-8");
    });
    server.Get("/healthz", [healthy = std::move(healthy)](const httplib::Request&,
                                                          httplib::Response& response) {
      const std::string problem = healthy();
      response.status = problem.empty() ? 200 : 503;
      response.set_content(problem.empty() ? "ok\n" : problem + "\n", "text/plain");
    });
  });
  if (listener.ok()) return listener;
  const Diagnostic problem = DiagnosticsOf(listener.status())[0];
  return UserError(problem.message, problem.hint + " with  metrics: {listen: HOST:PORT}, or off");
}

}  // namespace headrace::metrics
