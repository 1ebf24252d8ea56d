#pragma once

#include <string>
#include <string_view>

#include "backend/health/watch.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// How `check --watch' tells: a line for each change.
enum class WatchFormat { text, ndjson };

/// A line about one change, with its end. Times are UTC.
std::string watch_line(WatchFormat format, const health::WatchEvent& event, const source::Sources& sources);

/// A line about the watch itself; `what' is one word: "start", "reload", "stop", "table", "problem".
std::string watch_line(WatchFormat format, std::string_view what, std::string_view message);

}  // namespace lbctl::cli
