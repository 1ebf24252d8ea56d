#include "grammar/base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "grammar/base/shown_text.h"

namespace lbctl::base {

namespace {

constexpr bool is_plain(char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n';
}

/// What is_unshowable() stands in a string of JSON, and nowhere else, as `\u202e`; the library escapes C0 only.
std::string with_escapes(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 16);
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t plain =
            static_cast<std::size_t>(
                std::find_if_not(json.begin() + static_cast<std::ptrdiff_t>(at), json.end(), is_plain) - json.begin()) -
            at;
        out += json.substr(at, plain);
        at += plain;
        if (at == json.size()) break;
        const Character character = character_at(json, at);
        const std::uint32_t code = character.code_point;
        if (!is_unshowable(code)) {
            out += json.substr(at, character.length);
        } else if (code < 0x10000) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
        } else {
            const std::uint32_t pair = code - 0x10000;
            fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xd800 + (pair >> 10U),
                           0xdc00 + (pair & 0x3ffU));
        }
        at += character.length;
    }
    return out;
}

}  // namespace

std::string json_text(const nlohmann::ordered_json& json, int indentation) {
    std::string text = json.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return std::ranges::all_of(text, is_plain) ? text : with_escapes(text);
}

std::string json_string(std::string_view word) {
    return json_text(word, -1);
}

std::string_view json_fault(std::string_view said) {
    constexpr std::string_view end_of_name = "] ";
    const std::size_t end = said.starts_with("[json.exception.") ? said.find(end_of_name) : std::string_view::npos;
    return end == std::string_view::npos ? said : said.substr(end + end_of_name.size());
}

bool is_nested_too_deeply(std::string_view json) {
    constexpr int most = 100;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') ++i;
        if (in_string) continue;
        if ((c == '[' || c == '{') && ++depth > most) return true;
        if (c == ']' || c == '}') --depth;
    }
    return false;
}

}  // namespace lbctl::base
