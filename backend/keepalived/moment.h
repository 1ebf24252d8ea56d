#pragma once

#include <chrono>

namespace lbctl::keepalived {

/// Time of the day, as files and people have it.
using Moment = std::chrono::system_clock::time_point;

}  // namespace lbctl::keepalived
