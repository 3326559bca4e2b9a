#include "cli/signals.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace headrace::cli {
namespace {

sigset_t EndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

StopOnSignal::StopOnSignal() {
  const sigset_t signals = EndingSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error of the write
  thread_ = std::jthread([this, signals](const std::stop_token& ended) {
    const timespec wait{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (!ended.stop_requested()) {
      if (sigtimedwait(&signals, nullptr, &wait) < 0) continue;
      if (!source_.request_stop()) std::_Exit(130);
    }
  });
}

StopOnSignal::~StopOnSignal() {
  thread_.request_stop();
  thread_.join();
}

}  // namespace headrace::cli
