// A Listener answers HTTP requests on one address, with threads of its own. What it answers is set
// up on the server of cpp-httplib.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"

namespace httplib {
class Server;
}

namespace headrace::http {

// Answers until it is destroyed, which waits for the requests under way.
class Listener {
 public:
  // Listens on `address`, "127.0.0.1:9464"; port 0 takes a free one. `set_up` gives the server its
  // handlers and limits; they are called by up to `threads` threads at once.
  //
  // Errors: a user error where the address is malformed, can't be had or is in use.
  static Result<std::unique_ptr<Listener>> Start(
      const std::string& address, int threads,
      const std::function<void(httplib::Server& server)>& set_up);
  ~Listener();

  // The address it listens on, with the real port.
  const std::string& address() const;

 private:
  struct Implementation;
  explicit Listener(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace headrace::http
