#include "grammar/syntax/include_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lbctl::syntax {

namespace {

using source::Severity;

Severity severity(bool checked) {
    return checked ? Severity::error : Severity::warning;
}

/// The first few of them: braces in a pattern can stand for thousands.
std::string some_of(std::span<const std::string> names) {
    constexpr std::size_t most = 20;
    const auto first = names.first(std::min(most, names.size()));
    std::string text = fmt::format("`{}'", fmt::join(first, "', `"));
    if (first.size() < names.size()) text += fmt::format(" and {} more", names.size() - first.size());
    return text;
}

}  // namespace

void IncludeChecks::set(std::span<const std::string_view> words) {
    const std::array<std::pair<std::string_view, bool IncludeChecks::*>, 4> names{{
        {"read", &IncludeChecks::read_},
        {"match", &IncludeChecks::match_},
        {"wildcard_match", &IncludeChecks::wildcard_match_},
        {"brace_match", &IncludeChecks::brace_match_},
    }};
    if (words.empty()) {
        for (const auto& [name, member] : names) this->*member = true;
        return;
    }
    for (std::string_view word : words) {
        const bool add = word.starts_with('+');
        const bool remove = word.starts_with('-');
        if (add || remove) word.remove_prefix(1);
        const auto found =
            std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.first == word; });
        if (found == names.end()) continue;
        if (!add && !remove) {
            *this = {};
            read_ = true;
        }
        this->*(found->second) = !remove;
    }
}

IncludeChecks IncludeChecks::with_variant(char letter) const {
    IncludeChecks checks = *this;
    if (letter != '\0') checks.read_ = true;
    if (letter == 'm' || letter == 'w' || letter == 'a') checks.match_ = true;
    if (letter == 'w' || letter == 'a') checks.wildcard_match_ = true;
    if (letter == 'b' || letter == 'a') checks.brace_match_ = true;
    return checks;
}

std::vector<IncludeChecks::Problem> IncludeChecks::problems(const IncludeHead& head,
                                                            const source::Matches& matches) const {
    std::vector<Problem> found;
    const std::string hint = head.pattern.find_first_of("\"'") != std::string_view::npos
                                 ? "the quotes are taken for a part of the name: remove them"
                                 : "";
    if (!matches.missing.empty()) {
        const bool checked = matches.has_braces ? brace_match_ : match_;
        found.push_back({severity(checked), fmt::format("{} names no file", some_of(matches.missing)), hint});
    } else if (matches.paths.empty() && matches.has_wildcard) {
        found.push_back({wildcard_match_ ? Severity::error : Severity::info,
                         fmt::format("no file matches `{}'", head.pattern), hint});
    }
    return found;
}

bool IncludeChecks::reads_nothing(const source::Matches& matches) const {
    return matches.has_braces && brace_match_ && !matches.missing.empty();
}

Severity IncludeChecks::severity_of_unreadable() const {
    return severity(read_);
}

}  // namespace lbctl::syntax
