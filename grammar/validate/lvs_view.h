#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/ast/address.h"
#include "grammar/ast/node.h"

/// Virtual servers with what their statements amount to, as the rules need it.
namespace lbctl::validate {

enum class Protocol { none, tcp, udp, sctp };
enum class Forwarding { unset, nat, direct, tunnel };

/// One line of a virtual_server_group that keepalived takes.
struct GroupEntry {
    const ast::Node* node = nullptr;
    bool is_fwmark = false;
    std::optional<Family> family{};  ///< of the address, or behind the mark
    std::uint16_t port = 0;
};

struct GroupView {
    const ast::Node* node = nullptr;
    std::string_view name{};
    std::vector<GroupEntry> entries{};
    bool has_inet = false;
    bool has_inet6 = false;
    bool has_fwmark = false;
    bool has_addresses = false;
    bool fwmark_without_family = false;
    bool usable = true;  ///< false: keepalived drops it
};

struct RealServerView {
    const ast::Node* node = nullptr;
    IpAddress address{};
    std::uint16_t port = 0;  ///< 0: not written
    std::optional<std::int64_t> written_weight{};
    std::int64_t weight = 1;                    ///< with the service's default
    Forwarding forwarding = Forwarding::unset;  ///< its own, or the service's as it stood above it
    bool fits_family = true;                    ///< false: dropped
    const ast::Node* duplicate_of = nullptr;    ///< an earlier one with the same address and port
    std::optional<bool> inhibit{};
    std::optional<bool> alpha{};
    std::size_t checker_count = 0;
    bool tracks_others = false;                  ///< one of its checkers names an object that is defined elsewhere
    const ast::Node* upper_threshold = nullptr;  ///< the lines that count
    const ast::Node* lower_threshold = nullptr;

    [[nodiscard]] bool is_taken() const { return fits_family && duplicate_of == nullptr; }
};

struct SorryServerView {
    const ast::Node* node = nullptr;
    IpAddress address{};
    std::uint16_t port = 0;
    Forwarding forwarding = Forwarding::unset;
    bool inhibit = false;
    bool fits_family = true;
};

struct ServiceView {
    enum class Kind { address, fwmark, group };
    const ast::Node* node = nullptr;
    Kind kind = Kind::address;
    IpAddress address{};
    std::uint16_t port = 0;
    std::int64_t fwmark = 0;
    std::string_view group_name{};
    const GroupView* group = nullptr;  ///< null: none of that name
    std::optional<Family> family{};
    const ast::Node* family_from = nullptr;
    Protocol protocol = Protocol::none;
    Forwarding forwarding = Forwarding::unset;
    std::string_view scheduler{};  ///< empty: not written
    bool persistent = false;
    std::int64_t quorum = 1;
    std::int64_t hysteresis = 0;
    std::int64_t default_weight = 1;
    bool inhibit = false;
    bool alpha = false;
    const ast::Node* first_without_forwarding = nullptr;  ///< the server that needs the default
    std::vector<RealServerView> reals{};                  ///< those whose head can be read
    std::optional<SorryServerView> sorry{};

    [[nodiscard]] bool uses_fwmark() const { return kind == Kind::fwmark && fwmark != 0; }
    [[nodiscard]] bool has_addresses() const { return group != nullptr ? group->has_addresses : !uses_fwmark(); }
    /// Whether what is right or wrong about it depends on what else the configuration holds.
    [[nodiscard]] bool depends_on_others() const;
    /// How messages call it: "10.0.0.1:80", "fwmark 3", "group web".
    [[nodiscard]] std::string label() const;
};

/// The groups, in file order. They are resolved first, as services may stand before them.
std::vector<GroupView> resolve_groups(const ast::Node& root);

/// One virtual_server block, into a view whose memory is used again; false when keepalived cannot read its head.
bool resolve_service(const ast::Node& node, const std::unordered_map<std::string_view, const GroupView*>& groups,
                     ServiceView& service);

Forwarding forwarding_of(std::string_view word);
std::string_view to_string(Forwarding forwarding);
std::string_view to_string(Protocol protocol);

}  // namespace lbctl::validate
