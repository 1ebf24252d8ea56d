#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/command.h"
#include "cli/commands/weight_selection.h"

/// What `weight`, `drain` and `enable` say of servers whose weight they leave as it is.
namespace lbctl::cli {

/// Says on standard error who holds each of them down, what lbctl remembers, and what will become of it.
void mention_left(const WeightSelection& selection, const WeightOptions& options, const Supervisor& supervisor,
                  const Streams& streams);

/// [{"service", "destination", "why", "reason", "drained"}]; why is "held", "removed", "unseen", "file", "off" or
/// "unknown".
nlohmann::ordered_json left_json(const WeightSelection& selection);

}  // namespace lbctl::cli
