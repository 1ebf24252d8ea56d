#include "grammar/rules/vrrp/simple_password.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"

namespace lbctl::rules {

namespace {

/// In lower case. The first ones stand in keepalived's samples and in what was copied from them.
constexpr std::string_view well_known[] = {
    "1111",     "1234",   "12345",   "123456",   "1234567",  "12345678", "123456789", "4321",     "0000",
    "000000",   "1212",   "111111",  "11111111", "secret",   "password", "passwd",    "passw0rd", "pass",
    "pass1234", "test",   "test123", "changeme", "change_m", "admin",    "admin123",  "root",     "letmein",
    "qwerty",   "abc123", "example", "keepaliv", "k@l!ve1",  "vrrp"};

}  // namespace

std::optional<SimplePassword> simple_password(const model::VrrpInstance& instance) {
    if (instance.duplicate_of != nullptr || instance.strict || instance.version == 3) return std::nullopt;
    if (ast::given(*instance.node, "auth_hmac"_kw)) return std::nullopt;
    const ast::Node* type = nullptr;
    const ast::Node* password = nullptr;
    for (const ast::Node& child : instance.node->children) {
        if (!child.is("authentication"_kw)) continue;
        if (const auto* line = ast::last_valid(child, "auth_type"_kw)) type = line;
        if (const auto* line = ast::last_valid(child, "auth_pass"_kw)) password = line;
    }
    if (type == nullptr || ast::text(*type, 0) != "PASS") return std::nullopt;
    if (password == nullptr || ast::text(*password, 0).empty()) return std::nullopt;
    return SimplePassword{type, password};
}

bool is_well_known(const ast::Node& password) {
    std::string word = base::lower(ast::text(password, 0));
    // keepalived uses eight bytes, so that "password123" is "password".
    constexpr std::size_t used = 8;
    word.resize(std::min(word.size(), used));
    return std::ranges::find(well_known, word) != std::end(well_known);
}

}  // namespace lbctl::rules
