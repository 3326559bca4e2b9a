#include "http/listener.h"

#include <fmt/format.h>
#include <httplib.h>

#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

namespace headrace::http {

struct Listener::Implementation {
  httplib::Server server;
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

Listener::Listener(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

Listener::~Listener() {
  implementation_->server.stop();
  if (implementation_->thread.joinable()) implementation_->thread.join();
}

const std::string& Listener::address() const { return implementation_->address; }

Result<std::unique_ptr<Listener>> Listener::Start(
    const std::string& address, int threads,
    const std::function<void(httplib::Server& server)>& set_up) {
  ASSIGN_OR_RAISE(const auto host_and_port, SplitAddress(address));
  const auto& [host, port] = host_and_port;
  auto implementation = std::make_unique<Implementation>();
  httplib::Server& server = implementation->server;
  // Without SO_REUSEPORT, which is httplib's default: a second listener must be refused, not share
  // the port.
  server.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  server.new_task_queue = [threads] {
    return new httplib::ThreadPool(static_cast<size_t>(threads));
  };
  server.set_read_timeout(5);
  set_up(server);
  const int bound = port == 0 ? server.bind_to_any_port(host.c_str())
                              : (server.bind_to_port(host.c_str(), port) ? port : -1);
  if (bound < 0) {
    return UserError(fmt::format("cannot listen on {}", address),
                     "another process may listen there, or the host is not this one: write another "
                     "address");
  }
  implementation->address = fmt::format("{}:{}", host, bound);
  implementation->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return std::unique_ptr<Listener>(new Listener(std::move(implementation)));
}

}  // namespace headrace::http
