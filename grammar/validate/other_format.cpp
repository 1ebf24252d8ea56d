#include "grammar/validate/other_format.h"

#include <algorithm>
#include <cstdint>

#include "grammar/base/ascii.h"

namespace lbctl::validate {

namespace {

constexpr std::string_view blanks = " \t\r";

/// Calls `see` for every line that is neither blank nor a comment, with its number, until that gives false.
template <class See>
void for_each_line(std::string_view text, See see) {
    for (std::uint32_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t first = line.find_first_not_of(blanks);
        if (first == std::string_view::npos || line[first] == '#' || line[first] == '!') continue;
        if (!see(line, number)) return;
    }
}

/// "-A -t ...", "--set 900 120 300".
bool is_saved_line(std::string_view line) {
    if (line.starts_with("--")) return line.size() > 2 && base::is_letter(line[2]);
    return line.size() > 1 && line[0] == '-' && base::is_letter(line[1]) &&
           (line.size() == 2 || blanks.find(line[2]) != std::string_view::npos);
}

/// "virtual=10.0.0.1:80" or "virtual = 10.0.0.1:80", at the beginning of the line.
bool is_ldirectord_line(std::string_view line) {
    constexpr std::string_view word = "virtual";
    if (!line.starts_with(word)) return false;
    line.remove_prefix(word.size());
    const std::size_t next = line.find_first_not_of(blanks);
    return next != std::string_view::npos && line[next] == '=';
}

struct Kind {
    std::string_view message;
    std::string_view hint;
};

constexpr Kind saved_table{"this is the text of `ipvsadm --save', no keepalived.conf",
                           "`lbctl import' makes one of it; diff, apply and emit take it with --saved"};
constexpr Kind ldirectord{"this is a ldirectord.cf, no keepalived.conf", "`lbctl import' makes one of it"};
constexpr Kind json{"this is JSON, no keepalived.conf", "`lbctl build' makes one of the JSON of `lbctl dump'"};

}  // namespace

bool says_nothing(std::string_view text) {
    bool nothing = true;
    for_each_line(text, [&nothing](std::string_view, std::uint32_t) { return nothing = false; });
    return nothing;
}

std::optional<source::Finding> other_format(std::string_view text, source::FileId file) {
    bool saved = false;
    bool starts_a_block = false;
    const Kind* kind = nullptr;
    std::uint32_t where = 1;
    std::size_t length = 0;
    std::size_t seen = 0;
    for_each_line(text, [&](std::string_view line, std::uint32_t number) {
        constexpr std::size_t enough = 100;
        const bool first = seen++ == 0;
        const auto take = [&](const Kind& found) {
            kind = &found;
            where = number;
            length = line.size();
        };
        if (first && is_saved_line(line)) {
            saved = true;
            take(saved_table);
        } else if (first && line.starts_with('{') && (text.find('"') != std::string_view::npos)) {
            const std::size_t next = text.find_first_not_of(" \t\r\n", text.find('{') + 1);
            if (next == std::string_view::npos || text[next] != '"') return false;
            take(json);
            return false;
        } else if (saved && !is_saved_line(line)) {
            kind = nullptr;
            return false;
        } else if (!saved && is_ldirectord_line(line)) {
            take(ldirectord);
            return false;
        } else if (!saved && line.find('{') != std::string_view::npos) {
            starts_a_block = true;
        }
        return seen < enough && !starts_a_block;
    });
    if (kind == nullptr) return std::nullopt;
    const auto end = static_cast<std::uint32_t>(std::min<std::size_t>(length, 1000) + 1);
    return source::Finding{"other-format",
                           source::Severity::error,
                           {{file, {where, 1}, {where, end}}, 0},
                           std::string(kind->message),
                           std::string(kind->hint),
                           {},
                           {}};
}

}  // namespace lbctl::validate
