#include "grammar/keywords/secrets.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "grammar/base/ascii.h"
#include "grammar/keywords/notation.h"

namespace lbctl::keywords {

namespace {

/// What names of secrets have in them.
constexpr std::array<std::string_view, 6> parts_of_names{"pass", "pwd", "secret", "token", "community", "credential"};

/// Words of any command that are followed by one.
constexpr std::array<std::string_view, 5> announcing_words{"password", "passwd", "pass", "pwd", "secret"};

bool is_secret(const notation::Pattern& pattern) {
    const auto* atom = std::get_if<notation::Atom>(&pattern.node);
    return atom != nullptr && atom->type != nullptr && atom->type->secret;
}

}  // namespace

std::optional<std::size_t> first_secret_argument(const Keyword& keyword) {
    const notation::Pattern* pattern = notation::arguments_of(keyword);
    if (pattern == nullptr) return std::nullopt;
    if (is_secret(*pattern)) return 0;
    const auto* sequence = std::get_if<notation::Sequence>(&pattern->node);
    if (sequence == nullptr) return std::nullopt;
    const auto found = std::ranges::find_if(sequence->items, is_secret);
    if (found == sequence->items.end()) return std::nullopt;
    return static_cast<std::size_t>(found - sequence->items.begin());
}

std::span<const Keyword* const> secret_keywords() {
    static const std::vector<const Keyword*> found = [] {
        std::vector<const Keyword*> keywords;
        for (const Keyword& keyword : all_keywords()) {
            if (first_secret_argument(keyword)) keywords.push_back(&keyword);
        }
        return keywords;
    }();
    return found;
}

bool is_keyword_anywhere(std::string_view word) {
    static const std::unordered_set<std::string_view> names = [] {
        std::unordered_set<std::string_view> all;
        for (const Keyword& keyword : all_keywords()) all.insert(keyword.name);
        return all;
    }();
    return names.contains(word);
}

bool sounds_secret(std::string_view unknown_word) {
    if (is_keyword_anywhere(unknown_word)) return false;
    const std::string word = base::lower(unknown_word);
    const auto is_part = [&](std::string_view part) { return word.find(part) != std::string::npos; };
    if (std::ranges::any_of(parts_of_names, is_part)) return true;
    std::vector<std::string_view> names;
    for (const Keyword* keyword : secret_keywords()) names.push_back(keyword->name);
    // Of a short name nearest() forgives no lost letter, because much else is as near; here that does no harm.
    const auto has_lost_its_end = [&](std::string_view name) {
        return name.starts_with(word) && word.size() + 1 == name.size();
    };
    if (std::ranges::any_of(names, has_lost_its_end)) return true;
    return !nearest(unknown_word, names).empty();
}

bool announces_secret(std::string_view word) {
    if (std::ranges::find(announcing_words, word) != announcing_words.end()) return true;
    // A name that no other setting has, and no word of everyday language.
    const auto is_meant = [&](const Keyword* keyword) {
        return keyword->name == word && word.find('_') != std::string_view::npos;
    };
    return std::ranges::any_of(secret_keywords(), is_meant);
}

}  // namespace lbctl::keywords
