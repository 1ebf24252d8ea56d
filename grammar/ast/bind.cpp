#include "grammar/ast/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "grammar/ast/split_statement.h"
#include "grammar/base/ascii.h"
#include "grammar/keywords/notation.h"
#include "grammar/keywords/secrets.h"
#include "grammar/keywords/usage.h"
#include "grammar/keywords/word_values.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Match;
using keywords::Mismatch;
using keywords::MismatchKind;
using keywords::Value;
using source::Applicability;
using source::Remedy;
using source::Severity;
using syntax::Word;

struct MismatchRule {
    std::string_view id;
    Severity severity;
};

MismatchRule rule_of(MismatchKind kind) {
    switch (kind) {
        case MismatchKind::missing:
            return {"missing-argument", Severity::error};
        case MismatchKind::negative:
        case MismatchKind::out_of_range:
            return {"out-of-range", Severity::error};
        case MismatchKind::not_a_number:
            return {"not-a-number", Severity::error};
        case MismatchKind::too_precise:
            return {"too-precise", Severity::error};
        case MismatchKind::too_long:
            return {"too-long", Severity::error};
        case MismatchKind::unknown_word:
            return {"unknown-value", Severity::error};
        case MismatchKind::bad_address:
            return {"bad-address", Severity::error};
        case MismatchKind::impossible_name:
            return {"interface-name", Severity::warning};
        case MismatchKind::unwanted:
            return {"surplus-words", Severity::error};
        case MismatchKind::surplus:
            return {"surplus-words", Severity::warning};
        case MismatchKind::ignored_suffix:
            return {"ignored-suffix", Severity::warning};
        case MismatchKind::ignored_word:
            return {"ignored-word", Severity::warning};
        case MismatchKind::bad_value:
            break;
    }
    return {"bad-value", Severity::error};
}

/// The name of the parameter that a word begins with, or nothing: the reader could not replace it.
std::string_view reference_in(const Word& word) {
    const auto is_letter = [](char c) { return base::is_letter(c) || c == '_'; };
    const auto is_part = [&](char c) { return is_letter(c) || base::is_digit(c); };
    std::string_view text = word.text();
    if (text.size() < 2 || text[0] != '$' || !is_letter(text[1])) return {};
    text.remove_prefix(1);
    return {text.begin(), std::ranges::find_if_not(text, is_part)};
}

/// `$NAME` as a word of its own.
bool looks_like_reference(const Word& word) {
    const std::string_view name = reference_in(word);
    return !word.quoted() && !name.empty() && name.size() + 1 == word.text().size();
}

bool is_in_single_quotes(const Word& word) {
    const std::string_view text = word.text();
    return !word.quoted() && text.size() > 2 && text.starts_with('\'') && text.ends_with('\'');
}

/// A number or an address, as most words are: nothing about it can be odd.
bool looks_like_number(const Word& word) {
    const std::string_view text = word.text();
    return !text.empty() && base::is_digit(text.front()) && text.back() != ';' && text.back() != '\\';
}

bool is_typed(const Value& value) {
    return !std::holds_alternative<std::string_view>(value);
}

/// Holds words against what the keyword of a node takes, or for an entry the `block` that it stands in.
void match_arguments(const Node& node, const Keyword* block, std::span<const std::string_view> texts,
                     keywords::Version target, Match& match) {
    if (node.keyword == nullptr)
        keywords::match_entry(*block, texts, target, match);
    else
        keywords::match_keyword(*node.keyword, texts, target, match);
}

}  // namespace

class Binder::Work {
public:
    Work(keywords::Version target, base::Arena& tree, source::Findings& findings)
        : target_(target), tree_(tree), findings_(findings) {}

    void bind(Node& statement) {
        std::span<Node> statements(&statement, 1);
        bind_all(statements, nullptr);
    }

private:
    void bind_all(std::span<Node>& nodes, const Keyword* block) {
        auto kept = nodes.begin();
        for (auto at = nodes.begin(); at != nodes.end(); ++at) {
            Node& node = *at;
            if (node.keyword != nullptr) {
                if (!fitted_last(node)) bind_keyword(node);
                if (!node.children.empty()) bind_all(node.children, node.keyword);
            } else {
                match_arguments(node, block, texts_of(node), target_, match_);
                const bool fits = match_.fits();
                const bool goes_on = !fits || ends_in_backslash(texts_);
                const auto next = std::next(at);
                if (goes_on && next != nodes.end() && is_split(node, *next, *block)) {
                    node.valid = match_.used();
                    report_split(node, *next);
                    at = next;
                } else if (!fits && kept != nodes.begin() && is_split(*std::prev(kept), node, *block)) {
                    // keepalived does not take it for an entry, either.
                    report_split(*std::prev(kept), node);
                    continue;
                } else {
                    check_arguments(node, block);
                }
            }
            if (&*kept != &node) *kept = node;
            ++kept;
        }
        nodes = {nodes.begin(), kept};
    }

    void bind_keyword(Node& node);
    bool is_split(const Node& one, const Node& next, const Keyword& block) const;
    void report_split(const Node& one, const Node& next);
    std::span<const std::string_view> texts_of(const Node& node);
    bool check_arguments(Node& node, const Keyword* block);
    bool check_words(const Node& node);
    void check_swallowed(const Node& node);
    bool blames_odd_character(const Node& node, const Mismatch& mismatch);
    bool check_release(const Keyword& keyword, const Word& head);
    void report(const Mismatch& mismatch, const Node& node, const Keyword* block);
    [[nodiscard]] bool would_fit(const Node& node, const Keyword* block,
                                 std::span<const std::string_view> texts) const {
        Match match;
        match_arguments(node, block, texts, target_, match);
        return match.fits();
    }
    [[nodiscard]] bool is_spoilt(const Word& word) const {
        const source::ReadingFacts& facts = findings_.facts();
        return facts.has_spoilt_lines() && facts.is_spoilt(word.where());
    }

    /// The words of the line that is being read with others, as `instead` holds them, in the place of one.
    [[nodiscard]] std::vector<std::string_view> with_words(std::size_t index, std::string_view instead) const {
        std::vector<std::string_view> words = texts_;
        const auto place = words.erase(words.begin() + static_cast<std::ptrdiff_t>(index));
        std::vector<std::string_view> others;
        while (!instead.empty()) {
            others.push_back(instead.substr(0, instead.find(' ')));
            instead.remove_prefix(std::min(instead.size(), others.back().size() + 1));
        }
        words.insert(place, others.begin(), others.end());
        return words;
    }

    /// Keeps what the arguments of the node are, where they are more than text.
    void keep_values(Node& node) {
        if (std::ranges::any_of(match_.values, is_typed))
            node.values = tree_.keep_all(std::span<const Value>(match_.values));
    }

    /// Large configurations say the same thing again and again: what fitted a keyword last time fits it now, and is the
    /// same.
    bool fitted_last(Node& node) const {
        if (node.arguments.size() > 1) return false;
        const Fitted& last = fitted_[node.keyword->number];
        if (node.arguments.empty()) return last.bare;
        if (!last.argument || *last.argument != node.arguments.front().text()) return false;
        if (last.value) node.values = {tree_.make(*last.value), 1};
        return true;
    }

    /// Most keywords take a row of words of one type each, and most lines hold just that. What does not is held against
    /// the whole pattern, which knows what to say of it.
    bool fits_row(const Node& node) {
        const keywords::notation::Row* row = row_of(*node.keyword);
        if (row == nullptr || !row->takes(node.arguments.size())) return false;
        match_.values.clear();
        auto type = row->words.begin();
        for (const Word& word : node.arguments) {
            const auto read = keywords::notation::read_word(*type++, word.text());
            if (!read.value || read.problem) return false;
            match_.values.push_back(*read.value);
        }
        return true;
    }
    /// Null where it takes more than a row, or the release does not know it.
    const keywords::notation::Row* row_of(const Keyword& keyword) {
        auto& row = fitted_[keyword.number].row;
        if (!row) row = keyword.known_to(target_) ? keywords::notation::row_of_arguments(keyword, target_) : nullptr;
        return *row;
    }

    void remember(const Node& node) {
        if (node.arguments.size() > 1) return;
        Fitted& fitted = fitted_[node.keyword->number];
        if (node.arguments.empty()) {
            fitted.bare = true;
            return;
        }
        // What is fine in quotes or in a line of which more is told may be worth a word without them.
        const Word& word = node.arguments.front();
        if (word.quoted() || looks_like_reference(word) || is_spoilt(node.head)) return;
        if (word.text().size() > longest_remembered) return;
        fitted.argument = word.text();
        fitted.value = node.values.empty() ? std::nullopt : std::optional(node.values.front());
    }

    static constexpr std::size_t longest_remembered = 256;

    /// What is known of a keyword.
    struct Fitted {
        bool bare = false;  ///< it may stand without an argument
        /// Its only argument. A copy: the statement that it stood in may be forgotten before the next is bound.
        std::optional<std::string> argument;
        std::optional<Value> value;                         ///< of that; nothing: it is but text
        std::optional<const keywords::notation::Row*> row;  ///< nothing: nobody has asked for it
    };

    keywords::Version target_;
    base::Arena& tree_;
    source::Findings& findings_;
    std::vector<Fitted> fitted_{keywords::all_keywords().size()};  ///< what fitted last, by number of the keyword
    Match match_;                                                  ///< of the line that is being read
    std::vector<std::string_view> texts_;                          ///< its arguments
};

bool Binder::Work::check_release(const Keyword& keyword, const Word& head) {
    if (keyword.known_to(target_)) return true;
    source::Finding finding;
    finding.where = head.where();
    if (target_ < keyword.since) {
        finding.rule = "keyword-too-new";
        finding.message =
            keyword.since == keywords::unreleased
                ? fmt::format("keepalived {} does not know `{}', which is in its sources and in no release yet",
                              target_.to_string(), keyword.name)
                : fmt::format("keepalived {} does not know `{}', which came with {}", target_.to_string(), keyword.name,
                              keyword.since.to_string());
    } else {
        finding.rule = "keyword-removed";
        finding.message = fmt::format("keepalived {} does not know `{}' any more, since {}", target_.to_string(),
                                      keyword.name, keyword.removed.to_string());
        if (!keyword.replaced_by.empty()) {
            finding.hint = keywords::replacement_hint(keyword.replaced_by);
            if (keywords::successor_of(keyword, target_) != nullptr)
                finding.remedy = {Remedy::Kind::write, std::string(keyword.replaced_by)};
        }
    }
    findings_.push_back(std::move(finding));
    return false;
}

void Binder::Work::report(const Mismatch& mismatch, const Node& node, const Keyword* block) {
    const MismatchRule rule = rule_of(mismatch.kind);
    source::Finding finding{rule.id, rule.severity, node.head.where(), mismatch.message, mismatch.suggestion.hint, {},
                            {}};
    if (mismatch.word < node.arguments.size()) {
        const Word& word = node.arguments[mismatch.word];
        finding.where = word.where();
        const bool is_rest = mismatch.kind == MismatchKind::surplus || mismatch.kind == MismatchKind::unwanted;
        const Keyword* const lost =
            is_rest && node.keyword != nullptr ? keywords::find_keyword(node.keyword->context, word.text()) : nullptr;
        if (lost != nullptr) {
            finding.severity = Severity::error;
            finding.meant = lost->name;
            finding.message = fmt::format("`{}' is not read here: it needs a line of its own", word.text());
            finding.remedy = {Remedy::Kind::begin_line};
        } else if (is_rest && (word.text().starts_with("//") || word.text().starts_with("--"))) {
            finding.hint = "a comment begins with `#' or `!'";
        }
        if (mismatch.kind == MismatchKind::out_of_range && finding.hint.empty() && word.text() == "0" &&
            node.keyword != nullptr && mismatch.word == 0 && !node.keyword->default_value.empty()) {
            finding.hint = fmt::format("leave it out: the default is {}", node.keyword->default_value);
            if (node.keyword->default_value == word.text())
                finding.remedy = {Remedy::Kind::leave_out_line, {}, Applicability::safe, node.head.where()};
        }
        if (!mismatch.suggestion.instead.empty() && !word.quoted() &&
            would_fit(node, block, with_words(mismatch.word, mismatch.suggestion.instead))) {
            finding.remedy = {Remedy::Kind::write, mismatch.suggestion.instead,
                              mismatch.suggestion.evident ? Applicability::safe : Applicability::needs_review};
        }
        const bool is_sign = word.text() == "=" || word.text() == ":";
        if (is_sign && !word.quoted() && would_fit(node, block, with_words(mismatch.word, {}))) {
            finding.hint = fmt::format("no `{}' stands between a keyword and its value", word.text());
            finding.remedy = {Remedy::Kind::leave_out, {}, Applicability::safe};
        }
        if (!word.quoted() && word.text().size() > 1 && word.text().ends_with(';')) {
            std::vector<std::string_view> mended = texts_;
            mended[mismatch.word].remove_suffix(1);
            if (would_fit(node, block, mended)) {
                finding.rule = "trailing-semicolon";
                finding.hint = "a line needs no `;' at its end";
            }
        }
    }
    findings_.push_back(std::move(finding));
}

std::span<const std::string_view> Binder::Work::texts_of(const Node& node) {
    texts_.clear();
    for (const Word& word : node.arguments) texts_.push_back(word.text());
    return texts_;
}

/// Where a line holds a blank or a quote that is none, what does not fit is its fault, and told as that.
bool Binder::Work::blames_odd_character(const Node& node, const Mismatch& mismatch) {
    const auto told = findings_.facts().odd_character(node.head.where());
    if (!told) return false;
    if (rule_of(mismatch.kind).severity == Severity::error) {
        source::Finding finding = findings_[*told];
        finding.severity = Severity::error;
        findings_.push_back(std::move(finding));
    }
    return true;
}

/// False when something was told.
bool Binder::Work::check_arguments(Node& node, const Keyword* block) {
    if (match_.fits()) {
        node.valid = true;
        keep_values(node);
        return check_words(node);
    }
    node.valid = match_.used();
    if (is_spoilt(node.head)) return false;
    for (const Mismatch& mismatch : match_.mismatches) {
        if (!blames_odd_character(node, mismatch)) report(mismatch, node, block);
    }
    return false;
}

/// Words that fit and are still hardly meant so. False when there are some.
bool Binder::Work::check_words(const Node& node) {
    const std::size_t before = findings_.size();
    const auto warn = [&](std::string_view rule, const Word& word, std::string message, std::string hint) {
        findings_.push_back({rule, Severity::warning, word.where(), std::move(message), std::move(hint), {}, {}});
    };
    const auto is_password = [&node] {
        return node.keyword != nullptr &&
               keywords::first_secret_argument(*node.keyword) == std::optional<std::size_t>(0);
    };
    for (const Word& word : node.arguments) {
        if (is_spoilt(word)) continue;
        const std::string_view name = reference_in(word);
        if (looks_like_reference(word)) {
            warn("undefined-parameter", word, fmt::format("no parameter `{}' is defined before this line", name),
                 "keepalived takes the word as it stands");
        } else if (!name.empty() && !node.takes_command && !is_password()) {
            warn("undefined-parameter", word,
                 fmt::format("`${}' is not replaced here: a name ends at a blank, or at the line's end", name),
                 fmt::format("write ${{{}}}", name));
            findings_.back().remedy = {Remedy::Kind::write,
                                       fmt::format("${{{}}}{}", name, word.text().substr(1 + name.size()))};
        } else if (is_in_single_quotes(word) && !node.takes_command) {
            warn("odd-quote", word, "single quotes are a part of this word", "write double quotes, or none");
            const std::string_view inside = word.text().substr(1, word.text().size() - 2);
            findings_.back().remedy = {Remedy::Kind::write, fmt::format("\"{}\"", inside)};
        }
    }
    check_swallowed(node);
    if (findings_.size() != before || node.arguments.empty() || is_spoilt(node.head)) return findings_.size() == before;
    const Word& last = node.arguments.back();
    const std::string_view text = last.text();
    if (text.size() > 1 && !last.quoted()) {
        if (text.back() == ';')
            warn("trailing-semicolon", last, "the `;' is taken for a part of this word",
                 "a line needs no `;' at its end");
        if (text.back() == '\\' && !node.takes_command)
            warn("trailing-backslash", last, "the backslash is taken for a part of this word",
                 "it joins no lines outside of definitions");
    }
    return findings_.size() == before;
}

/// A second statement on the line of a keyword whose last words may be missing: it is taken for one of them.
void Binder::Work::check_swallowed(const Node& node) {
    if (node.keyword == nullptr || node.keyword->arguments.find('[') == std::string_view::npos) return;
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
        const Word& word = node.arguments[i];
        // As most words are addresses and numbers, of which none begins as a keyword does.
        const bool may_be_keyword = !word.quoted() && !word.text().empty() && !base::is_digit(word.text().front());
        const Keyword* const lost =
            may_be_keyword ? keywords::find_keyword(node.keyword->context, word.text()) : nullptr;
        if (lost == nullptr || is_spoilt(word)) continue;
        const auto types = keywords::types_of_arguments(*node.keyword, texts_of(node), target_);
        if (i >= types.size() || types[i].type.empty() || !types[i].may_be_missing) continue;
        source::Finding finding{"surplus-words",
                                Severity::error,
                                word.where(),
                                fmt::format("`{}' is taken for an argument of {}: it needs a line of its own",
                                            word.text(), node.head.text()),
                                {},
                                {},
                                {}};
        finding.meant = lost->name;
        finding.remedy = {Remedy::Kind::begin_line};
        findings_.push_back(std::move(finding));
        return;
    }
}

/// Whether two lines of a line block, of which one at least is no entry, were meant to be one.
bool Binder::Work::is_split(const Node& one, const Node& next, const Keyword& block) const {
    if (block.kind != keywords::Kind::line_block || is_spoilt(one.head) || is_spoilt(next.head)) return false;
    return completes_entry(block, ast::texts_of(one.arguments), ast::texts_of(next.arguments), target_);
}

void Binder::Work::report_split(const Node& one, const Node& next) {
    std::string whole;
    for (const Word& word : one.arguments) whole.append(whole.empty() ? "" : " ").append(word.text());
    if (whole.ends_with('\\')) whole.pop_back();
    for (const Word& word : next.arguments) whole.append(" ").append(word.text());
    findings_.push_back({"split-line",
                         Severity::error,
                         one.head.where(),
                         "what belongs to this line stands on the next",
                         fmt::format("write it on one line: {}", whole),
                         {{next.head.where().range, "this is read as a line of its own"}},
                         {}});
}

void Binder::Work::bind_keyword(Node& node) {
    if (fits_row(node)) {
        node.valid = true;
        keep_values(node);
        if (std::ranges::all_of(node.arguments, looks_like_number) || check_words(node)) remember(node);
        return;
    }
    node.valid = check_release(*node.keyword, node.head);
    if (!node.valid) {
        node.arguments = {};
        return;
    }
    match_arguments(node, nullptr, texts_of(node), target_, match_);
    const bool is_clean = check_arguments(node, nullptr);
    // keepalived complains of words before the brace of such a block, and reads the block all the same.
    const bool is_list = node.keyword->kind == keywords::Kind::line_block || node.keyword->kind == keywords::Kind::list;
    if (is_list && node.keyword->arguments == "END") node.valid = true;
    if (is_clean) remember(node);
}

Binder::Binder(keywords::Version target, base::Arena& tree, source::Findings& findings)
    : work_(std::make_unique<Work>(target, tree, findings)) {}

Binder::~Binder() = default;

void Binder::bind(Node& statement) {
    work_->bind(statement);
}

std::vector<keywords::Value> values_of(const Node& node, const Keyword* block, keywords::Version target) {
    const std::vector<std::string_view> texts = texts_of(node.arguments);
    Match match;
    match_arguments(node, block, texts, target, match);
    for (std::size_t i = match.values.size(); i < texts.size(); ++i) match.values.emplace_back(texts[i]);
    return std::move(match.values);
}

}  // namespace lbctl::ast
