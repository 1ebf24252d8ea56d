#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "grammar/base/address.h"
#include "grammar/base/result.h"

/// What stands in an ldirectord.cf (ldirectord(8)).
namespace lbctl::imports::ldirectord {

struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;  ///< 0 without one
};

struct Server {
    unsigned line = 0;
    Endpoint place;
    std::string method = "gate";  ///< gate, masq or ipip
    std::uint32_t weight = 1;
    std::optional<std::string> request;  ///< its own
    std::optional<std::string> receive;
    std::uint32_t upper_threshold = 0;
    std::uint32_t lower_threshold = 0;
};

/// A virtual service that has servers.
struct Service {
    unsigned line = 0;
    std::optional<Endpoint> place;  ///< nothing: it is found by its mark
    std::uint32_t mark = 0;
    std::map<std::string, std::string> options;  ///< its own, and the general ones that it does not have
    std::vector<Server> servers;
    std::optional<Server> fallback;

    [[nodiscard]] std::string option(const std::string& key, const std::string& otherwise = {}) const;
    [[nodiscard]] Family family() const;
};

/// The most real servers that a file may have in all: a few lines of ranges stand for millions, and keepalived with
/// thousands of checkers is slow already.
inline constexpr std::size_t most_servers = 100'000;

/// What cannot be carried over, by lines.
class Losses {
public:
    explicit Losses(std::string_view file) : file_(file) {}

    /// Takes one; of long words in it only the beginning is kept. What a service as a whole loses is found at every
    /// server of it, and kept once.
    void add(unsigned line, std::string_view what);

    /// All of them in the order of their lines: "FILE:LINE: what".
    [[nodiscard]] std::vector<std::string> take();

private:
    std::string file_;
    std::vector<std::pair<unsigned, std::string>> losses_;
    std::unordered_set<std::string> seen_;
};

/// The services of a file in their order. Lines without a counterpart in keepalived go to the losses. Fails on more
/// than most_servers; `name` is what messages call the file.
Result<std::vector<Service>> read_services(std::string_view text, std::string_view name, Losses& losses);

}  // namespace lbctl::imports::ldirectord
