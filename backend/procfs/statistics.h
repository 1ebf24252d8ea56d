#pragma once

#include <optional>
#include <string_view>

#include "backend/table/live.h"

namespace lbctl::procfs {

/// What a network namespace has counted as a whole: /proc/net/ip_vs_stats.
struct Statistics {
    table::Counters counters;
    table::Rates rates;
};

/// Reads the file's text. Nothing when it is not laid out as the kernel does it.
std::optional<Statistics> parse_statistics(std::string_view text);

}  // namespace lbctl::procfs
