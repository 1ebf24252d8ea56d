#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lbctl::health {

/// An answer of HTTP/1 read as RFC 9112 has it, where HttpAnswer reads it as keepalived does.
struct HttpPage {
    unsigned status = 0;                   ///< of the final answer, after interim ones (100 Continue)
    std::string_view body;                 ///< as it came, chunk lines included
    std::string decoded;                   ///< the body itself
    bool is_complete = false;              ///< all of it is there
    std::optional<std::size_t> announced;  ///< Content-Length
};

/// Nothing when the text does not begin with a whole HTTP/1 header. `closed`: nothing more comes, which ends a body
/// without length. Points into `answer`.
std::optional<HttpPage> read_http_page(std::string_view answer, bool closed);

}  // namespace lbctl::health
