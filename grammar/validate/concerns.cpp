#include "grammar/validate/concerns.h"

#include <vector>

#include "grammar/keywords/keyword.h"
#include "grammar/validate/checks.h"

namespace lbctl::validate {

namespace {

std::uint8_t bits_of(const keywords::Keyword& keyword) {
    std::uint8_t bits = 0;
    const auto add = [&bits](Concern concern) {
        bits = static_cast<std::uint8_t>(bits | static_cast<unsigned>(concern));
    };
    if (keyword.takes_command) add(Concern::command);
    if (keyword.takes_command || names_user(keyword)) add(Concern::script);
    if (is_special(keyword)) add(Concern::of_release);
    return bits;
}

/// By number of the keyword.
const std::vector<std::uint8_t>& table() {
    static const std::vector<std::uint8_t> bits = [] {
        std::vector<std::uint8_t> all;
        for (const keywords::Keyword& keyword : keywords::all_keywords()) all.push_back(bits_of(keyword));
        return all;
    }();
    return bits;
}

std::uint8_t bits_in(const ast::Node& node, const std::uint8_t* by_number) {
    unsigned bits = node.keyword == nullptr ? 0U : by_number[node.keyword->number];
    for (const ast::Node& child : node.children) {
        bits |= child.children.empty() && child.keyword != nullptr ? by_number[child.keyword->number]
                                                                   : bits_in(child, by_number);
    }
    return static_cast<std::uint8_t>(bits);
}

}  // namespace

Concerns::Concerns(const ast::Node& statement) : bits_(bits_in(statement, table().data())) {}

}  // namespace lbctl::validate
