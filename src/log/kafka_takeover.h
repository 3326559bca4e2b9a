// When a run may take a half of a Kafka log over.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "log/cursor_topic.h"
#include "log/log.h"

namespace headrace::log {

// How long a run that doesn't show itself is taken to be alive, and how often one shows itself.
inline constexpr int64_t kSessionUs = 10'000'000;
inline constexpr int64_t kShowEveryUs = 3'000'000;

// "processing of pipeline 'quakes'".
std::string HalfText(Half half, const std::string& pipeline);

// The name of the cursor topic.
std::string CursorTopicName(const std::string& prefix);

// Waits until no run has the half: at once where the last one gave it back, or is known to be dead;
// otherwise until it hasn't shown itself for kSessionUs. No clock is compared with another's.
//
// Errors: a user error as soon as the run that has it shows itself; Cancelled at a stop.
Status WaitUntilFree(CursorTopic& topic, Half half, const std::stop_token& stop);

// The topics with this prefix are no other pipeline's.
Status CheckPipeline(const std::optional<Claim>& last, const std::string& pipeline,
                     const std::string& prefix);

// The state of the engine is the one whose results the sinks hold, and not an older copy of it.
Status CheckState(const std::optional<Claim>& last, const EngineState& state);

}  // namespace headrace::log
