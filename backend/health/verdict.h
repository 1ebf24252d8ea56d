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

/// What went wrong, as far as keepalived's mail tells it apart.
enum class Fault : std::uint8_t {
    other,
    unreachable,    ///< there is no way to the server
    no_connection,  ///< refused, or broken while it was made
    slow_to_connect,
    closed,    ///< the server ended the connection in the middle
    silent,    ///< it said nothing for too long
    greeting,  ///< another one than was to come
    hello,     ///< another answer to HELO than was to come
};

struct Verdict {
    State state = State::none;
    std::string reason;  ///< one line for people, no full stop; may hold bytes that came from the server
    Fault fault = Fault::other;
};

/// A page as HTTP_GET read it.
struct Page {
    unsigned status = 0;  ///< 0: none that keepalived reads
    std::string digest;   ///< MD5 of the body in hexadecimal digits, lower case
};

}  // namespace lbctl::health
