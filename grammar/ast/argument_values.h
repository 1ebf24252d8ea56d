#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "grammar/ast/node.h"
#include "grammar/base/address.h"
#include "grammar/keywords/argument_pattern.h"

/// What the arguments of a node are. Those that fit have been read by the Binder, and their values are taken; of others
/// the words are read as the running keepalived reads them.
namespace lbctl::ast {

/// The text of a node's argument; empty when there is none. For entries of line blocks word 0 is the first word.
inline std::string_view text(const Node& node, std::size_t index) {
    return index < node.arguments.size() ? node.arguments[index].text() : std::string_view();
}

/// Where that argument stands; the node's head when there is none.
source::Location place(const Node& node, std::size_t index);

/// The last child with that keyword that keepalived takes, or null. Rules ask for one setting after the other.
inline const Node* last_valid(const Node& node, keywords::KeywordId keyword_id) {
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
        if (child->valid && child->is(keyword_id)) return &*child;
    }
    return nullptr;
}

/// The first of them: of some keywords a later line is passed over.
const Node* first_valid(const Node& node, keywords::KeywordId keyword_id);

/// Whether a child with that keyword is taken.
inline bool given(const Node& node, keywords::KeywordId keyword_id) {
    return last_valid(node, keyword_id) != nullptr;
}

/// The value of an argument that is one of that type; null: the word is to be read.
template <class Type>
const Type* value_of(const Node& node, std::size_t index) {
    return index < node.values.size() ? std::get_if<Type>(&node.values[index]) : nullptr;
}

/// An integer as keepalived reads it: decimal, but where the table says that 0x10 is a number, too.
std::optional<std::int64_t> integer(std::string_view word);
inline std::optional<std::int64_t> integer(const Node& node, std::size_t index) {
    if (const auto* number = value_of<std::int64_t>(node, index)) return *number;
    return index < node.arguments.size() ? integer(text(node, index)) : std::nullopt;
}

/// A number of which the running keepalived takes the digits that it begins with: 5 of `5x`, 0 of `x`.
std::optional<std::int64_t> leading_integer(std::string_view word);
inline std::optional<std::int64_t> leading_integer(const Node& node, std::size_t index) {
    if (const auto* number = value_of<std::int64_t>(node, index)) return *number;
    return index < node.arguments.size() ? leading_integer(text(node, index)) : std::nullopt;
}

/// Seconds with up to six decimals, in microseconds.
inline constexpr int decimals_of_seconds = 6;
std::optional<std::int64_t> microseconds(std::string_view word);
inline std::optional<std::int64_t> microseconds(const Node& node, std::size_t index) {
    const auto* time = value_of<keywords::Decimal>(node, index);
    if (time != nullptr && time->digits == decimals_of_seconds) return time->units;
    return index < node.arguments.size() ? microseconds(text(node, index)) : std::nullopt;
}

/// A flag with an optional boolean: true when it stands alone.
bool switched_on(const Node& node);

/// An address in a place where everything from the first `-`, or else the first `/`, is cut off.
std::optional<IpAddress> plain_address(std::string_view word);
inline std::optional<IpAddress> plain_address(const Node& node, std::size_t index) {
    if (const auto* address = value_of<IpAddress>(node, index)) return *address;
    return plain_address(text(node, index));
}

/// A port as virtual_server and its like take it: 0 when the word is empty or all zeros, else the digits that it begins
/// with, nothing when these are no port.
std::optional<std::uint16_t> port(std::string_view word);
inline std::optional<std::uint16_t> port(const Node& node, std::size_t index) {
    const auto* number = value_of<std::int64_t>(node, index);
    if (number != nullptr && *number >= 0 && *number <= 65535) return static_cast<std::uint16_t>(*number);
    return port(text(node, index));
}

/// A firewall mark, of which the digits at the begin count.
std::optional<std::uint32_t> fwmark(std::string_view word);

/// An entry of a virtual_server_group; of the last part of a range the digits at its begin count.
std::optional<keywords::AddressRange> address_range(std::string_view word);

/// ADDRESS[/LENGTH], as virtual_ipaddress and routes take it.
struct AddressWithPrefix {
    IpAddress address{};
    int prefix = 32;  ///< what keepalived uses
    bool prefix_written = false;
    bool prefix_valid = true;  ///< false: keepalived complains and uses the full length
};
std::optional<AddressWithPrefix> address_with_prefix(std::string_view word);
std::optional<AddressWithPrefix> address_with_prefix(const Node& node, std::size_t index);

bool is_multicast(const IpAddress& address);
bool is_link_local(const IpAddress& address);            ///< fe80::/10
bool is_link_local_multicast(const IpAddress& address);  ///< ff02::/16 and its flag variants

/// Number of bits in an address of that family.
constexpr int full_length(Family family) {
    return family == Family::inet ? 32 : 128;
}

}  // namespace lbctl::ast
