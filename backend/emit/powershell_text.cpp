#include "backend/emit/powershell_text.h"

#include <fmt/format.h>

#include "grammar/base/shown_text.h"

namespace lbctl::emit {

namespace {

std::string ascii(std::string_view text) {
    const std::string shown = base::shown(text);
    std::string result;
    for (std::size_t at = 0; at < shown.size();) {
        const base::Character character = base::character_at(shown, at);
        if (character.code_point < 0x80) {
            result += shown[at];
        } else if (character.code_point <= 0xffff) {
            result += fmt::format("\\u{:04x}", character.code_point);
        } else {
            result += fmt::format("\\U{:08x}", character.code_point);
        }
        at += character.length;
    }
    return result;
}

}  // namespace

std::string powershell_comment(std::string_view text) {
    return "# " + ascii(text) + "\n";
}

std::string powershell_string(std::string_view text) {
    std::string result = "'";
    for (const char character : ascii(text)) {
        if (character == '\'') result += '\'';
        result += character;
    }
    return result + "'";
}

}  // namespace lbctl::emit
