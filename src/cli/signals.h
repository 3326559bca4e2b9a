// SIGTERM and SIGINT as a stop request.
#pragma once

#include <stop_token>
#include <thread>

namespace headrace::cli {

// From its construction on, the first SIGTERM or SIGINT requests a stop, and a second one ends the
// process at once (status 130). Construct it before any other thread is started: threads inherit
// the blocked signals. One per process.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();

  std::stop_token token() const { return source_.get_token(); }
  // Requests the stop from inside.
  void Stop() { source_.request_stop(); }

 private:
  std::stop_source source_;
  std::jthread thread_;
};

}  // namespace headrace::cli
