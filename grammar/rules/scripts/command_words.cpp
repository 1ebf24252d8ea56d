#include "grammar/rules/scripts/command_words.h"

#include <algorithm>

#include "grammar/base/ascii.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::rules {

namespace {

/// Older releases replace escapes before they look for quotes.
constexpr keywords::Version keeps_escapes{2, 3, 0};

}  // namespace

bool CommandWord::is_all_bare() const {
    return std::ranges::all_of(guards, [](Guard guard) { return guard == Guard::none; });
}

std::vector<CommandWord> words_of_command(std::string_view command, keywords::Version target) {
    std::string replaced;
    if (target < keeps_escapes && command.find('\\') != std::string_view::npos) {
        replaced = syntax::replace_escapes(command);
        command = replaced;
    }
    std::vector<CommandWord> words;
    bool in_word = false;
    char quote = '\0';
    const auto add = [&](char c, Guard guard) {
        words.back().text += c;
        words.back().guards.push_back(guard);
    };
    for (std::size_t at = 0; at < command.size(); ++at) {
        const char c = command[at];
        if (quote == '\0' && base::is_space(c)) {
            in_word = false;
            continue;
        }
        if (!in_word) words.emplace_back();
        in_word = true;
        if (c == '\\' && at + 1 < command.size()) {
            add(command[++at], Guard::backslash);
        } else if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                add(c, quote == '"' ? Guard::double_quotes : Guard::single_quotes);
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else {
            add(c, Guard::none);
        }
    }
    return words;
}

}  // namespace lbctl::rules
