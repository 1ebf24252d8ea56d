#pragma once

#include <ctime>
#include <string>

namespace lbctl::base {

/// "2026-11-30T18:00:00Z", as ISO 8601 has it: for programs. Seconds since 1970.
std::string utc_text(std::time_t time);

/// "2026-11-30 18:00:00" in the time zone of the process: for people.
std::string local_text(std::time_t time);

}  // namespace lbctl::base
