#include "cli/render/xml_text.h"

#include <fmt/format.h>

#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

std::string_view entity_for(char c) {
    switch (c) {
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '&':
            return "&amp;";
        case '"':
            return "&quot;";
        case '\'':
            return "&apos;";
        default:
            return {};
    }
}

}  // namespace

std::string in_xml(std::string_view text) {
    constexpr std::uint32_t first_forbidden = 0xfffe;
    const std::string shown = base::shown(text);
    std::string out;
    for (std::size_t at = 0; at < shown.size();) {
        const base::Character character = base::character_at(shown, at);
        const std::string_view bytes = std::string_view(shown).substr(at, character.length);
        const std::string_view entity = entity_for(bytes.front());
        if (!entity.empty())
            out += entity;
        else if (character.code_point == first_forbidden || character.code_point == first_forbidden + 1)
            base::append(out, "\\u{:04x}", character.code_point);
        else
            out += bytes;
        at += character.length;
    }
    return out;
}

}  // namespace lbctl::cli
