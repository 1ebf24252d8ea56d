#include "grammar/base/time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace lbctl::base {

std::string utc_text(std::time_t time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

std::string local_text(std::time_t time) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(time));
}

}  // namespace lbctl::base
