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
using source::Finding;
using source::Severity;
using syntax::Word;

Finding error(std::string_view rule, const Word& word, std::string message, std::string hint,
              std::string_view meant = {}) {
    return {rule, Severity::error, word.where(), std::move(message), std::move(hint), {}, {}, meant};
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
        return error(semicolon ? "trailing-semicolon" : "unknown-keyword", word,
                     fmt::format("unknown keyword `{}' {}", text, where),
                     semicolon ? "a line needs no `;' at its end" : fmt::format("write `{}' and a blank", core), *name);
    }
    const std::string joined = fmt::format("{}_{}", text, next);
    if (const auto name = std::ranges::find(known, joined); name != known.end()) {
        return error("unknown-keyword", word, fmt::format("unknown keyword `{}' {}", text, where),
                     fmt::format("did you mean `{}'?", joined), *name);
    }
    const std::string_view other = keywords::meant_by(text, present_names_inside(around));
    if (const auto elsewhere = keywords::find_everywhere(text); !elsewhere.empty()) {
        std::string hint = fmt::format("it belongs in {}", fmt::join(places_of(elsewhere), ", "));
        if (!other.empty()) hint = fmt::format("the word for that is here `{}'", other);
        if (around == nullptr && has_block && text == "group" && !next.empty())
            hint = fmt::format("for the servers of a virtual_server_group write `virtual_server group {}'", next);
        return error("misplaced-keyword", word,
                     fmt::format("{} `{}' cannot stand {}", has_block ? "block" : "keyword", text, where),
                     std::move(hint), other.empty() ? elsewhere.front()->name : other);
    }
    const std::string_view meant = other.empty() ? keywords::nearest(text, known) : other;
    Finding finding = error("unknown-keyword", word, fmt::format("unknown keyword `{}' {}", text, where),
                            meant.empty() ? std::string() : fmt::format("did you mean `{}'?", meant), meant);
    if (!meant.empty() && finding.where.origin == 0)
        finding.fixes.push_back({fmt::format("write `{}'", meant), {{finding.where.range, std::string(meant)}}});
    return finding;
}

}  // namespace lbctl::ast
