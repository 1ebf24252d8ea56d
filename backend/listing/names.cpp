#include "backend/listing/names.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <cstring>

#include "backend/table/table.h"
#include "grammar/base/shown_text.h"
#include "grammar/base/socket_address.h"

namespace lbctl::listing {

namespace {

std::string look_up(const IpAddress& address) {
    std::array<char, NI_MAXHOST> name{};
    const base::SocketAddress where = base::socket_address(address);
    const bool found = getnameinfo(where.get(), where.size, name.data(), name.size(), nullptr, 0, NI_NAMEREQD) == 0;
    return found ? base::shown(name.data()) : address.to_string();
}

const char* protocol_word(std::uint16_t protocol) {
    switch (static_cast<table::Protocol>(protocol)) {
        case table::Protocol::tcp:
            return "tcp";
        case table::Protocol::udp:
            return "udp";
        case table::Protocol::sctp:
            return "sctp";
    }
    return nullptr;
}

std::string look_up(std::uint16_t port, std::uint16_t protocol) {
    if (const char* word = protocol_word(protocol)) {
        std::array<char, 1024> memory{};
        servent entry{};
        servent* found = nullptr;
        if (getservbyport_r(htons(port), word, &entry, memory.data(), memory.size(), &found) == 0 && found != nullptr) {
            return base::shown(found->s_name);
        }
    }
    return std::to_string(port);
}

}  // namespace

const std::string& NameCache::host(const IpAddress& address) {
    const auto known = hosts_.find(address);
    return known != hosts_.end() ? known->second : hosts_.emplace(address, look_up(address)).first->second;
}

const std::string& NameCache::port(std::uint16_t port, std::uint16_t protocol) {
    const std::pair key{port, protocol};
    const auto known = ports_.find(key);
    return known != ports_.end() ? known->second : ports_.emplace(key, look_up(port, protocol)).first->second;
}

std::string NameCache::endpoint(const IpAddress& address, std::uint16_t number, std::uint16_t protocol) {
    const bool inet = address.family() == Family::inet;
    std::string text =
        fmt::format("{}{}{}:{}", inet ? "" : "[", host(address), inet ? "" : "]", port(number, protocol));
    if (text.size() > longest_name) text.resize(longest_name);
    return text;
}

}  // namespace lbctl::listing
