// Serves /metrics (Prometheus text) and /healthz while a pipeline runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "metrics/registry.h"

namespace headrace::metrics {

// Listens until it is destroyed. Loopback unless the pipeline file names another address. It has no
// access control: what it shows holds no secrets and no records.
class Server {
 public:
  // Starts to listen on `address`, "127.0.0.1:9464"; port 0 takes a free one. /healthz answers 200
  // while `healthy` returns an empty string, otherwise 503 with what it returns.
  //
  // Errors: a user error where the address is malformed or in use.
  static Result<std::unique_ptr<Server>> Start(const std::string& address, const Registry& registry,
                                               std::function<std::string()> healthy);
  ~Server();

  // The address it listens on, with the real port.
  const std::string& address() const;

 private:
  struct Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace headrace::metrics
