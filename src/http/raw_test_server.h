// A RawTestServer is a real HTTP server on loopback whose answers a test writes byte by byte, so
// that they can be as wrong as the test likes.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace headrace::http {

struct RawReply {
  std::string bytes;
  bool hold_open = false;  // say nothing more and don't close, until the server ends
};

// One connection after the other, one request on each. Bodies are read up to their Content-Length.
class RawTestServer {
 public:
  using Handler = std::function<RawReply(const std::string& request)>;

  explicit RawTestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const bool listening =
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
        ::listen(listener_, 16) == 0 &&
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    assert(listening);
    (void)listening;
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~RawTestServer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }

  std::string Url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool Readable(int descriptor) const {
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 5) == 1;
  }

  void Serve() {
    while (!stopping_) {
      if (!Readable(listener_)) continue;
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      Answer(connection);
      ::close(connection);
    }
  }

  static bool IsWhole(const std::string& request) {
    const size_t head = request.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const size_t length = request.find("\r\nContent-Length: ");
    return length >= head || request.size() - head - 4 >= std::stoul(request.substr(length + 18));
  }

  void Answer(int connection) {
    std::string request;
    char buffer[65536];
    while (!stopping_ && !IsWhole(request)) {
      if (!Readable(connection)) continue;
      const ssize_t size = ::read(connection, buffer, sizeof(buffer));
      if (size <= 0) return;
      request.append(buffer, static_cast<size_t>(size));
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const RawReply reply = handler_(request);
    for (size_t sent = 0; sent < reply.bytes.size() && !stopping_;) {
      const ssize_t size =
          ::send(connection, reply.bytes.data() + sent, reply.bytes.size() - sent, MSG_NOSIGNAL);
      if (size <= 0) return;
      sent += static_cast<size_t>(size);
    }
    while (reply.hold_open && !stopping_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A whole answer. `headers` are lines that end in CRLF.
inline RawReply Reply(int status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers + "Content-Length: " +
          std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body};
}

}  // namespace headrace::http
