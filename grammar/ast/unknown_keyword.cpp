#include "grammar/ast/unknown_keyword.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/keywords/other_names.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using source::Applicability;
using source::Finding;
using source::Remedy;
using source::Severity;
using syntax::Word;

Finding error(std::string_view rule, const Word& word, std::string message, std::string hint,
              std::string_view meant = {}) {
    return {rule, Severity::error, word.where(), std::move(message), std::move(hint), {}, {}, meant};
}

/// `instead` in the place of the word. Safe only where both are the same word but for case and dashes.
source::Remedy write(const Word& word, std::string_view instead) {
    return {Remedy::Kind::write, std::string(instead),
            keywords::has_same_letters(word.text(), instead) ? Applicability::safe : Applicability::needs_review};
}

/// "priority 100" for `priority=100`.
std::string with_blank(std::string_view word, std::string_view keyword) {
    const std::string_view behind = word.substr(keyword.size() + 1);
    return behind.empty() ? std::string(keyword) : fmt::format("{} {}", keyword, behind);
}

std::vector<std::string_view> names_inside(const Keyword* around) {
    std::vector<std::string_view> names;
    const std::string context = around == nullptr ? std::string("/") : keywords::context_inside(*around);
    for (const Keyword* keyword : keywords::keywords_of(context)) names.push_back(keyword->name);
    return names;
}

/// Those that releases of today have.
std::vector<std::string_view> present_names_inside(const Keyword* around) {
    std::vector<std::string_view> names;
    const std::string context = around == nullptr ? std::string("/") : keywords::context_inside(*around);
    for (const Keyword* keyword : keywords::keywords_of(context)) {
        if (keyword->known_to(keywords::default_target)) names.push_back(keyword->name);
    }
    return names;
}

/// The first few of the blocks in which these stand.
std::vector<std::string> places_of(const std::vector<const Keyword*>& found) {
    constexpr std::size_t few = 3;
    std::vector<std::string> places;
    for (const Keyword* keyword : found) {
        const std::string_view context = keyword->context;
        std::string place =
            context == "/" ? std::string("the top level") : std::string(context.substr(context.find_last_of('/') + 1));
        if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
        if (places.size() == few) break;
    }
    return places;
}

}  // namespace

Finding unknown_keyword(const Word& word, std::string_view next, const Keyword* around, bool has_block) {
    const std::string_view text = word.text();
    if (text == ";")
        return error("trailing-semicolon", word, "`;' is read as a keyword", "a line needs no `;' at its end");

    const std::string where = around == nullptr ? "at the top level" : fmt::format("in {}", around->name);
    const std::vector<std::string_view> known = names_inside(around);
    const std::string_view core = text.substr(0, text.find_first_of("=:;", 1));
    if (const auto name = std::ranges::find(known, core); core.size() != text.size() && name != known.end()) {
        const bool semicolon = text[core.size()] == ';';
        Finding finding =
            error(semicolon ? "trailing-semicolon" : "unknown-keyword", word,
                  fmt::format("unknown keyword `{}' {}", text, where),
                  semicolon ? "a line needs no `;' at its end" : fmt::format("write `{}' and a blank", core), *name);
        if (!semicolon) finding.remedy = {Remedy::Kind::write, with_blank(text, core), Applicability::safe};
        return finding;
    }
    const std::string joined = fmt::format("{}_{}", text, next);
    if (const auto name = std::ranges::find(known, joined); name != known.end()) {
        Finding finding = error("unknown-keyword", word, fmt::format("unknown keyword `{}' {}", text, where),
                                fmt::format("did you mean `{}'?", joined), *name);
        finding.remedy = {Remedy::Kind::join_with_next, "_", Applicability::safe};
        return finding;
    }
    const std::string_view other = keywords::meant_by(text, present_names_inside(around));
    if (const auto elsewhere = keywords::find_everywhere(text); !elsewhere.empty()) {
        std::string hint = fmt::format("it belongs in {}", fmt::join(places_of(elsewhere), ", "));
        if (!other.empty()) hint = fmt::format("the word for that is here `{}'", other);
        if (around == nullptr && has_block && text == "group" && !next.empty())
            hint = fmt::format("for the servers of a virtual_server_group write `virtual_server group {}'", next);
        Finding finding = error("misplaced-keyword", word,
                                fmt::format("{} `{}' cannot stand {}", has_block ? "block" : "keyword", text, where),
                                std::move(hint), other.empty() ? elsewhere.front()->name : other);
        if (!other.empty()) finding.remedy = write(word, other);
        return finding;
    }
    const std::string_view meant = other.empty() ? keywords::nearest(text, known) : other;
    Finding finding = error("unknown-keyword", word, fmt::format("unknown keyword `{}' {}", text, where),
                            meant.empty() ? std::string() : fmt::format("did you mean `{}'?", meant), meant);
    if (!meant.empty()) finding.remedy = write(word, meant);
    return finding;
}

}  // namespace lbctl::ast
