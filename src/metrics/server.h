// Serves /metrics (Prometheus text) and /healthz while a pipeline runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "http/listener.h"
#include "metrics/registry.h"

namespace headrace::metrics {

// Listens on `address` until the listener is destroyed. Loopback unless the pipeline file names
// another address. It has no access control: what it shows holds no secrets and no records.
// /healthz answers 200 while `healthy` returns an empty string, otherwise 503 with what it returns.
//
// Errors: a user error where the address is malformed or in use.
Result<std::unique_ptr<http::Listener>> Serve(const std::string& address, const Registry& registry,
                                              std::function<std::string()> healthy);

}  // namespace headrace::metrics
