#include "grammar/ast/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Match;
using keywords::Mismatch;
using keywords::MismatchKind;
using source::Severity;
using syntax::Statement;
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

/// `$NAME` as a word of its own: a reference that the reader could not replace.
bool looks_like_reference(const Word& word) {
    if (word.quoted || word.text.size() < 2 || word.text[0] != '$') return false;
    return std::all_of(word.text.begin() + 1, word.text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

class Binder {
public:
    Binder(keywords::Version target, source::Findings& findings) : target_(target), findings_(findings) {
        // What is wrong with these lines has been told; what their words now look like is its consequence.
        const std::set<std::string_view> spoiling{"undefined-parameter", "unterminated-quote", "line-too-long",
                                                  "reference-cycle",     "bad-parameter",      "block-where-value"};
        for (const source::Finding& finding : findings) {
            if (spoiling.contains(finding.rule))
                spoilt_.emplace(finding.where.range.file, finding.where.range.begin.line);
        }
    }

    void bind_all(std::span<const Statement> statements, const Keyword* block, Node& parent) {
        parent.children.reserve(statements.size());
        for (const Statement& statement : statements) {
            parent.children.push_back(statement.keyword == nullptr ? bind_entry(statement, block)
                                                                   : bind_keyword(statement));
        }
    }

private:
    Node bind_keyword(const Statement& statement);
    Node bind_entry(const Statement& statement, const Keyword* block);
    using Matcher = std::function<Match(std::span<const std::string_view>)>;
    void read_arguments(Node& node, std::span<const Word> words, const Matcher& matcher);
    bool check_release(const Keyword& keyword, const Word& head);
    void report(const Mismatch& mismatch, const Node& node, std::span<const Word> words, const Matcher& matcher);
    [[nodiscard]] bool is_spoilt(const source::Location& where) const {
        return spoilt_.contains({where.range.file, where.range.begin.line});
    }

    keywords::Version target_;
    source::Findings& findings_;
    std::set<std::pair<source::FileId, std::uint32_t>> spoilt_;
};

bool Binder::check_release(const Keyword& keyword, const Word& head) {
    if (keyword.known_to(target_)) return true;
    source::Finding finding;
    finding.where = head.where;
    if (target_ < keyword.since) {
        finding.rule = "keyword-too-new";
        finding.message = fmt::format("keepalived {} does not know `{}', which came with {}", target_.to_string(),
                                      keyword.name, keyword.since.to_string());
    } else {
        finding.rule = "keyword-removed";
        finding.message = fmt::format("keepalived {} does not know `{}' any more, since {}", target_.to_string(),
                                      keyword.name, keyword.removed.to_string());
        if (!keyword.replaced_by.empty()) finding.hint = fmt::format("write {} instead", keyword.replaced_by);
    }
    findings_.push_back(std::move(finding));
    return false;
}

void Binder::report(const Mismatch& mismatch, const Node& node, std::span<const Word> words, const Matcher& matcher) {
    const MismatchRule rule = rule_of(mismatch.kind);
    source::Finding finding{rule.id, rule.severity, node.head.where, mismatch.message, mismatch.hint, {}, {}};
    if (mismatch.word < words.size()) {
        const Word& word = words[mismatch.word];
        finding.where = word.where;
        if (!word.quoted && word.text.size() > 1 && word.text.ends_with(';')) {
            std::vector<std::string_view> mended;
            for (const Word& each : words) mended.push_back(each.text);
            mended[mismatch.word].remove_suffix(1);
            if (matcher(mended).fits()) {
                finding.rule = "trailing-semicolon";
                finding.hint = "a line needs no `;' at its end";
            }
        }
    }
    findings_.push_back(std::move(finding));
}

void Binder::read_arguments(Node& node, std::span<const Word> words, const Matcher& matcher) {
    std::vector<std::string_view> texts;
    texts.reserve(words.size());
    for (const Word& word : words) texts.push_back(word.text);
    const Match match = matcher(texts);
    for (std::size_t i = 0; i < words.size(); ++i) {
        keywords::Value value = i < match.values.size() ? match.values[i] : keywords::Value(words[i].text);
        node.arguments.push_back({std::move(value), words[i]});
    }
    node.valid = match.used();
    if (!is_spoilt(node.head.where)) {
        for (const Mismatch& mismatch : match.mismatches) report(mismatch, node, words, matcher);
    }
    if (!match.fits()) return;
    for (const Word& word : words) {
        if (!looks_like_reference(word) || is_spoilt(word.where)) continue;
        findings_.push_back({"undefined-parameter",
                             Severity::warning,
                             word.where,
                             fmt::format("no parameter `{}' is defined before this line", word.text.substr(1)),
                             "keepalived takes the word as it stands",
                             {},
                             {}});
    }
}

Node Binder::bind_keyword(const Statement& statement) {
    const Keyword& keyword = *statement.keyword;
    Node node;
    node.keyword = &keyword;
    node.head = statement.head();
    node.script_words = statement.script_words;
    node.valid = check_release(keyword, node.head);
    const bool takes_command = !statement.script_words.empty();
    const std::span<const Word> words = takes_command ? statement.script_words : statement.words;
    if (node.valid) {
        read_arguments(node, words.subspan(1), [&](std::span<const std::string_view> texts) {
            return keywords::match_keyword(keyword, texts, target_);
        });
    }
    if (const syntax::Block* block = statement.block()) {
        node.open = block->open;
        node.close = block->close;
        bind_all(block->statements, &keyword, node);
    }
    return node;
}

Node Binder::bind_entry(const Statement& statement, const Keyword* block) {
    Node node;
    node.head = statement.head();
    read_arguments(node, statement.words, [&](std::span<const std::string_view> texts) {
        return keywords::match_entry(*block, texts, target_);
    });
    return node;
}

}  // namespace

Node bind(std::span<const Statement> statements, keywords::Version target, source::Findings& findings) {
    Node root;
    Binder(target, findings).bind_all(statements, nullptr, root);
    return root;
}

}  // namespace lbctl::ast
