// A real HTTP server for tests, on a free loopback port, ended with the object.
#pragma once

#include <httplib.h>

#include <string>
#include <thread>

namespace headrace::http {

class TestServer {
 public:
  TestServer() : port_(server_.bind_to_any_port("127.0.0.1")) {}
  ~TestServer() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // For handlers; before Start().
  httplib::Server& get() { return server_; }

  void Start() {
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }

  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

 private:
  httplib::Server server_;
  int port_;
  std::thread thread_;
};

}  // namespace headrace::http
