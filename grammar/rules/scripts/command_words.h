#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/keywords/version.h"

namespace lbctl::rules {

/// How a character of a command is guarded, by keepalived and by a shell alike.
enum class Guard : std::uint8_t { none, double_quotes, single_quotes, backslash };

/// A word of a command as keepalived passes it on, with the guard of each of its characters.
struct CommandWord {
    std::string text;
    std::vector<Guard> guards;

    /// Whether a character would mean something to a shell.
    [[nodiscard]] bool is_bare(std::size_t at) const { return at < guards.size() && guards[at] == Guard::none; }
    /// Whether a shell would replace what begins there: it does so in double quotes, too.
    [[nodiscard]] bool is_replaced(std::size_t at) const {
        return is_bare(at) || (at < guards.size() && guards[at] == Guard::double_quotes);
    }
    [[nodiscard]] bool is_all_bare() const;
};

/// The words of a command that keepalived of that release makes of it (syntax/script_words.h). Escapes for control
/// characters are not replaced.
std::vector<CommandWord> words_of_command(std::string_view command, keywords::Version target);

}  // namespace lbctl::rules
