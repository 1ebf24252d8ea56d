#include "backend/ipvsadm/port_name.h"

#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <string>

#include "backend/ipvsadm/address.h"

namespace lbctl::ipvsadm {

namespace {

const char* services_name(table::Protocol protocol) {
    switch (protocol) {
        case table::Protocol::tcp:
            return "tcp";
        case table::Protocol::udp:
            return "udp";
        default:
            return "sctp";
    }
}

}  // namespace

std::optional<std::uint16_t> read_port(std::string_view text, std::optional<table::Protocol> protocol) {
    if (const auto number = ipvsadm::read_number(text, 0, 0xffff)) return static_cast<std::uint16_t>(*number);
    // The functions of C stop at a NUL, and no name of a service is long.
    constexpr std::size_t longest_name = 255;
    if (text.empty() || text.size() > longest_name || text.find('\0') != std::string_view::npos) return std::nullopt;
    std::array<char, 1024> memory{};
    servent entry{};
    servent* found = nullptr;
    const char* among = protocol ? services_name(*protocol) : nullptr;
    const std::string name(text);
    if (getservbyname_r(name.c_str(), among, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

}  // namespace lbctl::ipvsadm
