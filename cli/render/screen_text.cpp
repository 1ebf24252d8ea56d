#include "cli/render/screen_text.h"

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

}  // namespace lbctl::cli::screen
