#include "grammar/base/shown_text.h"
#include "grammar/base/append.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

namespace lbctl::base {

namespace {

constexpr bool is_plain(char c) {
    return c >= 0x20 && c < 0x7f && c != '\\';
}

/// Whether the text after a backslash makes it read as one of the escapes of shown().
bool reads_as_escape(std::string_view behind) {
    if (behind.empty()) return false;
    const std::size_t digits = behind[0] == 'x' ? 2 : behind[0] == 'u' ? 4 : behind[0] == 'U' ? 8 : 0;
    if (digits == 0 || behind.size() <= digits) return false;
    return behind.substr(1, digits).find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_shown_escaped(const Character& character) {
    return !character.is_valid || is_unshowable(character.code_point);
}

void add_escape(std::string& out, std::string_view bytes, const Character& character) {
    if (!character.is_valid || character.code_point < 0x80) {
        append(out, "\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    } else if (character.code_point < 0x10000) {
        append(out, "\\u{:04x}", character.code_point);
    } else {
        append(out, "\\U{:08x}", character.code_point);
    }
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return {1, lead, true};
    utf8proc_int32_t code_point = 0;
    const std::string_view rest = text.substr(at, 4);
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                         static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
    if (length <= 0) return {1, lead, false};
    return {static_cast<std::size_t>(length), static_cast<std::uint32_t>(code_point), true};
}

bool is_unshowable(std::uint32_t code_point) {
    if (code_point < 0x20 || code_point == 0x7f) return true;
    if (code_point < 0x7f) return false;
    const utf8proc_property_t* property = utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point));
    switch (property->category) {
        case UTF8PROC_CATEGORY_CC:
        case UTF8PROC_CATEGORY_CF:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
        case UTF8PROC_CATEGORY_CS:
            return true;
        default:
            return property->ignorable != 0;
    }
}

std::string shown(std::string_view text) {
    return shown(text, 0, text.size());
}

std::string shown(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view part = text.substr(begin, end - begin);
    if (std::ranges::all_of(part, is_plain)) return std::string(part);
    std::string out;
    out.reserve(part.size() + 16);
    for (std::size_t at = begin; at < end;) {
        const std::size_t backslashes = std::min(text.find_first_not_of('\\', at), text.size()) - at;
        if (backslashes > 0) {
            const std::size_t behind = at + backslashes;
            const bool doubled = behind < text.size() &&
                                 (reads_as_escape(text.substr(behind)) || is_shown_escaped(character_at(text, behind)));
            const std::size_t here = std::min(behind, end) - at;
            out.append(doubled ? 2 * here : here, '\\');
            at += here;
            continue;
        }
        // Half a character at the end is no UTF-8.
        const Character character = character_at(text.substr(0, end), at);
        const std::string_view bytes = text.substr(at, character.length);
        if (is_shown_escaped(character)) {
            add_escape(out, bytes, character);
        } else {
            out += bytes;
        }
        at += character.length;
    }
    return out;
}

std::size_t columns_of(std::string_view shown_text) {
    std::size_t columns = 0;
    for (std::size_t at = 0; at < shown_text.size();) {
        const Character character = character_at(shown_text, at);
        at += character.length;
        const int width =
            character.is_valid ? utf8proc_charwidth(static_cast<utf8proc_int32_t>(character.code_point)) : 1;
        columns += static_cast<std::size_t>(std::max(width, 0));
    }
    return columns;
}

}  // namespace lbctl::base
