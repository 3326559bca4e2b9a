#include "metrics/server.h"

#include <fmt/format.h>
#include <httplib.h>

#include <charconv>
#include <thread>
#include <utility>

namespace headrace::metrics {

struct Server::Implementation {
  httplib::Server http;
  std::thread thread;
  std::string address;
};

namespace {

Result<std::pair<std::string, int>> SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon > 0) {
    const char* end = address.data() + address.size();
    const auto [stop, code] = std::from_chars(address.data() + colon + 1, end, port);
    if (code != std::errc() || stop != end) port = -1;
  }
  if (port < 0 || port > 65535) {
    return UserError(fmt::format("'{}' is no address to listen on", address),
                     "write a host and a port, such as 127.0.0.1:9464; port 0 takes a free one");
  }
  return std::pair(address.substr(0, colon), port);
}

}  // namespace

Server::Server(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Server::~Server() {
  implementation_->http.stop();
  if (implementation_->thread.joinable()) implementation_->thread.join();
}

const std::string& Server::address() const { return implementation_->address; }

Result<std::unique_ptr<Server>> Server::Start(const std::string& address, const Registry& registry,
                                              std::function<std::string()> healthy) {
  ASSIGN_OR_RAISE(const auto host_and_port, SplitAddress(address));
  const auto& [host, port] = host_and_port;
  auto implementation = std::make_unique<Implementation>();
  httplib::Server& http = implementation->http;
  // Without SO_REUSEPORT, which is httplib's default: a second listener must be refused, not share
  // the port.
  http.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  http.new_task_queue = [] { return new httplib::ThreadPool(2); };
  http.set_payload_max_length(1024);
  http.set_read_timeout(5);
  http.Get("/metrics", [&registry](const httplib::Request&, httplib::Response& response) {
    response.set_content(registry.Text(), "text/plain; version=0.0.4; charset=utf-8");
  });
  http.Get("/healthz",
           [healthy = std::move(healthy)](const httplib::Request&, httplib::Response& response) {
             const std::string problem = healthy();
             response.status = problem.empty() ? 200 : 503;
             response.set_content(problem.empty() ? "ok\n" : problem + "\n", "text/plain");
           });
  const int bound = port == 0 ? http.bind_to_any_port(host.c_str())
                              : (http.bind_to_port(host.c_str(), port) ? port : -1);
  if (bound < 0) {
    return UserError(fmt::format("cannot listen on {}", address),
                     "another process may listen there; choose another address with metrics: "
                     "{listen: HOST:PORT}, or "
                     "metrics: off");
  }
  implementation->address = fmt::format("{}:{}", host, bound);
  implementation->thread = std::thread([&http] { http.listen_after_bind(); });
  while (!http.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

}  // namespace headrace::metrics
