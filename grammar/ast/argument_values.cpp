#include "grammar/ast/argument_values.h"

#include <algorithm>
#include <variant>

#include "grammar/keywords/argument_pattern.h"

namespace lbctl::ast {

source::Location place(const Node& node, std::size_t index) {
    return index < node.arguments.size() ? node.arguments[index].where() : node.head.where();
}

const Node* first_valid(const Node& node, keywords::KeywordId keyword_id) {
    const auto found = std::ranges::find_if(
        node.children, [keyword_id](const Node& child) { return child.valid && child.is(keyword_id); });
    return found == node.children.end() ? nullptr : &*found;
}

std::optional<std::int64_t> integer(std::string_view word) {
    return keywords::parse_integer(word);
}

std::optional<std::int64_t> leading_integer(std::string_view word) {
    return keywords::parse_leading_integer(word);
}

std::optional<std::int64_t> microseconds(std::string_view word) {
    const auto time = keywords::parse_decimal(word, decimals_of_seconds);
    if (!time) return std::nullopt;
    return time->units;
}

bool switched_on(const Node& node) {
    if (node.arguments.empty()) return true;
    if (const auto* flag = value_of<bool>(node, 0)) return *flag;
    return keywords::parse_bool(node.arguments.front().text()).value_or(true);
}

std::optional<IpAddress> plain_address(std::string_view word) {
    auto end = word.find('-');
    if (end == std::string_view::npos) end = word.find('/');
    const auto address = IpAddress::parse(word.substr(0, end));
    // A colon anywhere in the word makes it IPv6.
    const bool is_v6 = word.find(':') != std::string_view::npos;
    if (!address || (address->family() == Family::inet6) != is_v6) return std::nullopt;
    return address;
}

std::optional<std::uint16_t> port(std::string_view word) {
    if (word.find_first_not_of('0') == std::string_view::npos) return std::uint16_t{0};
    const auto value = keywords::parse_leading_integer(word);
    if (!value || *value < 1 || *value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*value);
}

std::optional<std::uint32_t> fwmark(std::string_view word) {
    const auto value = keywords::parse_leading_integer(word);
    if (!value || *value < 0 || *value > 0xffffffffLL) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<keywords::AddressRange> address_range(std::string_view word) {
    if (const auto range = keywords::AddressRange::parse(word)) return range;
    const std::size_t dash = word.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const bool is_v6 = word.find(':') != std::string_view::npos;
    // A whole address at the end has to be one.
    if (word.find(is_v6 ? ':' : '.', dash) != std::string_view::npos) return std::nullopt;
    const std::string_view digits = is_v6 ? "0123456789abcdefABCDEF" : "0123456789";
    return keywords::AddressRange::parse(word.substr(0, word.find_first_not_of(digits, dash + 1)));
}

std::optional<AddressWithPrefix> address_with_prefix(std::string_view word) {
    const auto slash = word.find('/');
    const auto address = IpAddress::parse(word.substr(0, slash));
    if (!address) return std::nullopt;
    AddressWithPrefix result{.address = *address, .prefix = full_length(address->family())};
    if (slash == std::string_view::npos) return result;
    result.prefix_written = true;
    const auto length_word = word.substr(slash + 1);
    // An empty length is read as the number 0.
    const auto length = length_word.empty() ? std::optional<std::int64_t>(0) : integer(length_word);
    result.prefix_valid = length && *length >= 0 && *length <= result.prefix;
    if (result.prefix_valid) result.prefix = static_cast<int>(*length);
    return result;
}

std::optional<AddressWithPrefix> address_with_prefix(const Node& node, std::size_t index) {
    if (const auto* network = value_of<keywords::Network>(node, index))
        return AddressWithPrefix{network->address, network->prefix, network->has_prefix, true};
    return address_with_prefix(text(node, index));
}

bool is_multicast(const IpAddress& address) {
    const auto first = address.padded_bytes()[0];
    return address.family() == Family::inet ? (first & 0xf0U) == 0xe0U : first == 0xff;
}

bool is_link_local(const IpAddress& address) {
    const auto& bytes = address.padded_bytes();
    return address.family() == Family::inet6 && bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80U;
}

bool is_link_local_multicast(const IpAddress& address) {
    const auto& bytes = address.padded_bytes();
    return address.family() == Family::inet6 && bytes[0] == 0xff && (bytes[1] & 0x0fU) == 0x02U;
}

}  // namespace lbctl::ast
