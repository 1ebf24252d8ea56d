#include "cli/render/screen_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/base/shown_text.h"

namespace lbctl::cli::screen {

std::string fitted(std::string_view text, std::size_t columns) {
    const std::string shown = base::shown(text);
    std::string fit;
    std::size_t used = 0;
    for (std::size_t at = 0; at < shown.size();) {
        const auto character = base::character_at(shown, at);
        const std::string_view bytes = std::string_view(shown).substr(at, character.length);
        const std::size_t wide = base::columns_of(bytes);
        if (used + wide > columns) break;
        fit += bytes;
        used += wide;
        at += character.length;
    }
    return fit + std::string(columns - used, ' ');
}

std::string heading(std::string_view left, std::string_view right, std::size_t columns) {
    const std::size_t room = std::min(right.size(), columns);
    return fmt::format("{}{}{}{}", bold, fitted(left, columns - room), fitted(right, room), plain);
}

std::string titles(std::string_view text, std::size_t columns) {
    return fmt::format("{}{}{}", inverse, fitted(text, columns), plain);
}

std::string marked(std::string line) {
    return line.empty() ? line : line.replace(0, 1, fmt::format("{}>{}", bold, plain));
}

}  // namespace lbctl::cli::screen
