#pragma once

#include <cstdint>
#include <string>

namespace lbctl::health {

/// What one run of a checker says of a real server.
enum class State : std::uint8_t {
    up,
    down,
    none,  ///< nothing: the check could not be made, and keepalived leaves the server as it is
};

struct Verdict {
    State state = State::none;
    std::string reason;  ///< one line for people, no full stop; may hold bytes that came from the server
};

/// A page as HTTP_GET read it.
struct Page {
    unsigned status = 0;  ///< 0: none that keepalived reads
    std::string digest;   ///< MD5 of the body in hexadecimal digits, lower case
};

}  // namespace lbctl::health
