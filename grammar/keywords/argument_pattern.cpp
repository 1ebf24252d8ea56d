#include "grammar/keywords/argument_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "grammar/base/ascii.h"
#include "grammar/keywords/notation.h"
#include "grammar/keywords/word_values.h"

namespace lbctl::keywords {
namespace {

using notation::Pattern;

bool same(std::string_view left, std::string_view right, bool any_case) {
    return any_case ? base::equal_in_any_case(left, right) : left == right;
}

/// What the words of a set are, for messages.
std::string_view noun_of(std::string_view set) {
    if (set == "lvs_sched") return "scheduler";
    if (set == "lb_kind") return "forwarding method";
    if (set == "protocol") return "protocol";
    if (set == "scope") return "scope";
    if (set == "dns_type") return "record type";
    if (set == "tunnel_type" || set == "encap_type") return "tunnel type";
    if (set == "rule-action") return "action";
    if (set == "lvs_timeouts" || set.find("option") != std::string_view::npos) return "option";
    return {};
}

/// "a", "a or b", "a, b or c"
std::string listed(std::span<const std::string_view> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i != 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

/// Matches by descent. What could not stand where the words ended to fit is remembered, so that the message can say
/// what was expected at the word that is to blame.
class Matcher {
public:
    /// `types`, where somebody wants them, gets those of the words that were read.
    Matcher(std::string_view subject, std::span<const std::string_view> words, Version target, Match& match,
            std::vector<WordType>* types = nullptr)
        : subject_(subject), words_(words), target_(target), match_(match), types_(types) {
        match_.values.reserve(words.size());
    }

    void run(const Pattern& pattern) {
        const bool fitted = fits(pattern);
        const std::size_t end = position();
        if (!fitted || (end < words_.size() && expected_count_ != 0 && furthest_ >= end)) {
            match_.mismatches.push_back(blame());
        } else if (end < words_.size()) {
            match_.mismatches.push_back(
                {MismatchKind::surplus, end, fmt::format("{} ignores `{}'", subject_, words_[end]), {}});
        }
    }

private:
    /// The values read so far are the words read so far.
    [[nodiscard]] std::size_t position() const { return match_.values.size(); }
    [[nodiscard]] bool at_end() const { return position() == words_.size(); }

    /// Takes back what was read after a place.
    struct Mark {
        std::size_t position;
        std::size_t mismatches;
    };
    [[nodiscard]] Mark mark() const { return {position(), match_.mismatches.size()}; }
    void back_to(const Mark& mark) {
        match_.values.resize(mark.position);
        match_.mismatches.resize(mark.mismatches);
        if (types_ != nullptr && types_->size() > mark.position) types_->resize(mark.position);
    }

    bool fits(const Pattern& pattern) {
        return std::visit([this, &pattern](const auto& node) { return fits_node(node, pattern); }, pattern.node);
    }

    bool fits_node(const notation::Sequence& node, const Pattern& /*self*/) {
        const std::string_view outer = option_;
        bool fitted = true;
        for (const Pattern& item : node.items) {
            fitted = fits(item);
            if (!fitted) break;
            // What follows a leading word is about that word: `fwmark 5'.
            const auto* literal = std::get_if<notation::Literal>(&item.node);
            if (literal != nullptr && option_.empty()) option_ = literal->word;
        }
        option_ = outer;
        return fitted;
    }

    bool fits_node(const notation::Choice& node, const Pattern& /*self*/) {
        for (const Pattern& way : node.ways) {
            const Mark start = mark();
            if (fits(way)) return true;
            back_to(start);
        }
        return false;
    }

    bool fits_node(const notation::Optional& node, const Pattern& /*self*/) {
        const Mark start = mark();
        ++optional_depth_;
        if (!fits(node.inner.front())) back_to(start);
        --optional_depth_;
        return true;
    }

    bool fits_node(const notation::Repeat& node, const Pattern& /*self*/) {
        if (!fits(node.inner.front())) return false;
        while (!at_end()) {
            const Mark start = mark();
            if (!fits(node.inner.front()) || position() == start.position) {
                back_to(start);
                break;
            }
        }
        return true;
    }

    bool fits_node(const notation::Skipping& node, const Pattern& self) {
        const Mark start = mark();
        const std::size_t furthest = furthest_;
        const std::size_t count = expected_count_;
        if (fits(node.inner.front())) return true;
        back_to(start);
        if (at_end()) return expect(self, MismatchKind::missing);
        // What was expected here is not to blame for anything that comes later.
        furthest_ = furthest;
        expected_count_ = count;
        const std::string_view word = words_[position()];
        match_.mismatches.push_back({MismatchKind::ignored_word, position(),
                                     fmt::format("{} ignores `{}'", subject_, word), nearest_word(node.inner, word)});
        match_.values.emplace_back(word);
        return true;
    }

    bool fits_node(const notation::Atom& node, const Pattern& self) {
        if (at_end()) return expect(self, MismatchKind::missing);
        const std::string_view word = words_[position()];
        notation::ReadWord read = notation::read_word(node, word);
        if (!read.value) return expect(self, *read.problem);
        if (read.problem) {
            match_.mismatches.push_back({*read.problem, position(),
                                         notation::describe(node, *read.problem, subject_here(), word),
                                         notation::suggest(node, *read.problem, word)});
        }
        match_.values.push_back(*read.value);
        if (types_ != nullptr) {
            types_->resize(position());
            types_->back() = {node.type->name, optional_depth_ > 0};
        }
        return true;
    }

    bool fits_node(const notation::Literal& node, const Pattern& self) {
        if (at_end()) return expect(self, MismatchKind::missing);
        const std::string_view word = words_[position()];
        if (word != node.word) return expect(self, MismatchKind::unknown_word);
        match_.values.emplace_back(word);
        return true;
    }

    bool fits_node(const notation::OneOf& node, const Pattern& self) {
        if (at_end()) return expect(self, MismatchKind::missing);
        const std::string_view word = words_[position()];
        for (const std::string& known : node.words) {
            if (!same(word, known, node.any_case)) continue;
            match_.values.emplace_back(word);
            return true;
        }
        return expect(self, MismatchKind::unknown_word);
    }

    bool fits_node(const notation::SetWord& node, const Pattern& self) {
        if (at_end()) return expect(self, MismatchKind::missing);
        const std::string_view word = words_[position()];
        for (const ValueWord* known : node.words) {
            if (!same(word, known->word, node.any_case) || !is_known(*known)) continue;
            match_.values.emplace_back(word);
            if (known->arguments.empty()) return true;
            const Pattern* arguments = notation::find_parsed(known->arguments);
            if (arguments == nullptr) return true;
            const std::string_view outer = option_;
            option_ = word;
            const bool fitted = fits(*arguments);
            option_ = outer;
            return fitted;
        }
        return expect(self, MismatchKind::unknown_word);
    }

    bool fits_node(const notation::End& /*node*/, const Pattern& self) {
        return at_end() || expect(self, MismatchKind::unwanted);
    }

    [[nodiscard]] bool is_known(const ValueWord& word) const {
        return word.since <= target_ && (word.removed == Version{} || target_ < word.removed);
    }

    /// Notes what would have fitted here; false, for the convenience of the callers.
    bool expect(const Pattern& pattern, MismatchKind kind) {
        if (position() < furthest_) return false;
        if (position() > furthest_) expected_count_ = 0;
        furthest_ = position();
        if (expected_count_ < expected_.size()) expected_[expected_count_++] = {&pattern, kind, option_};
        return false;
    }

    /// "track_script weight" or "priority"
    [[nodiscard]] std::string subject_here(std::string_view option) const {
        if (option.empty()) return std::string(subject_);
        return fmt::format("{} {}", subject_, option);
    }
    [[nodiscard]] std::string subject_here() const { return subject_here(option_); }

    static Suggestion nearest_word(std::span<const Pattern> patterns, std::string_view word) {
        std::vector<std::string_view> words;
        for (const Pattern& pattern : patterns) collect_words(pattern, words);
        return nearest_of(word, words);
    }

    static Suggestion nearest_of(std::string_view word, std::span<const std::string_view> known) {
        const std::string_view near = nearest(word, known);
        if (near.empty()) return {};
        return {fmt::format("did you mean `{}'?", near), std::string(near), has_same_letters(word, near)};
    }

    static void collect_words(const Pattern& pattern, std::vector<std::string_view>& words) {
        if (const auto* literal = std::get_if<notation::Literal>(&pattern.node)) words.emplace_back(literal->word);
        if (const auto* one_of = std::get_if<notation::OneOf>(&pattern.node)) {
            words.insert(words.end(), one_of->words.begin(), one_of->words.end());
        }
        if (const auto* set = std::get_if<notation::SetWord>(&pattern.node)) {
            for (const ValueWord* known : set->words) words.push_back(known->word);
        }
    }

    struct Expected {
        const Pattern* pattern = nullptr;
        MismatchKind kind = MismatchKind::missing;
        std::string_view option;  ///< of which it would have been an argument
    };

    /// The mismatch at the furthest word that was reached.
    [[nodiscard]] Mismatch blame() const {
        const std::span<const Expected> expected(expected_.data(), expected_count_);
        if (expected.empty()) return {MismatchKind::bad_value, position(), fmt::format("{} is wrong", subject_), {}};
        const bool missing = furthest_ == words_.size();
        const std::string_view word = missing ? std::string_view{} : words_[furthest_];
        std::vector<std::string_view> known;
        for (const Expected& one : expected) add_known(*one.pattern, known);
        const Suggestion near = missing ? Suggestion{} : near_word(word, known);
        if (!missing) {
            if (auto newer = blame_version(expected, word)) return *newer;
        }
        std::vector<const Expected*> typed;
        for (const Expected& one : expected) {
            if (std::holds_alternative<notation::Atom>(one.pattern->node)) typed.push_back(&one);
        }
        const std::string_view noun = noun_expected(expected);
        // A word that cannot be meant as an address or a number is a misspelt option where options can stand.
        const bool plain_word =
            word.find_first_of(".:/$0123456789") == std::string_view::npos &&
            std::ranges::none_of(typed, [](const Expected* one) {
                return std::get<notation::Atom>(one->pattern->node).type->reading == notation::Reading::interface;
            });
        const bool option_meant = !missing && !noun.empty() && (!near.hint.empty() || plain_word);
        if (!typed.empty() && !option_meant) return blame_type(typed, known, word, near);
        return blame_words(expected.front(), noun, known, word, near);
    }

    /// What the words of the first set among those expected are.
    static std::string_view noun_expected(std::span<const Expected> expected) {
        for (const Expected& one : expected) {
            const auto* set = std::get_if<notation::SetWord>(&one.pattern->node);
            if (set != nullptr && !noun_of(set->set).empty()) return noun_of(set->set);
        }
        return {};
    }

    [[nodiscard]] Mismatch blame_words(const Expected& first, std::string_view noun,
                                       std::span<const std::string_view> known, std::string_view word,
                                       const Suggestion& near) const {
        const bool missing = furthest_ == words_.size();
        const std::string subject = subject_here(first.option);
        Mismatch mismatch{missing ? MismatchKind::missing : MismatchKind::unknown_word, furthest_, {}, near};
        constexpr std::size_t few = 6;
        if (known.empty()) {
            mismatch.kind = MismatchKind::unwanted;
            mismatch.message = fmt::format("`{}' is one word too many for {}", word, subject);
        } else if (missing) {
            mismatch.message = fmt::format("{} needs {}", subject,
                                           known.size() <= few ? listed(known)
                                           : noun.empty()      ? "a word more"
                                                               : fmt::format("a {}", noun));
        } else if (noun == "option" || (!noun.empty() && known.size() > few)) {
            mismatch.message = fmt::format("unknown {} `{}' in {}", noun, word, subject);
            if (near.hint.empty() && known.size() <= few)
                mismatch.suggestion.hint = fmt::format("known: {}", listed(known));
        } else if (known.size() <= few) {
            mismatch.message = fmt::format("{} must be {}, not `{}'", subject, listed(known), word);
        } else {
            mismatch.message = fmt::format("unknown word `{}' in {}", word, subject);
        }
        return mismatch;
    }

    void add_known(const Pattern& pattern, std::vector<std::string_view>& known) const {
        if (const auto* set = std::get_if<notation::SetWord>(&pattern.node)) {
            for (const ValueWord* word : set->words) {
                if (is_known(*word)) known.push_back(word->word);
            }
        } else {
            collect_words(pattern, known);
        }
    }

    [[nodiscard]] static Suggestion near_word(std::string_view word, std::span<const std::string_view> known) {
        std::string_view plain = word;
        if (plain.size() > 1 && (plain.ends_with(';') || plain.ends_with(','))) {
            plain.remove_suffix(1);
            if (std::ranges::find(known, plain) != known.end()) {
                return {fmt::format("write `{}', without the `{}'", plain, word.back()), std::string(plain), true};
            }
        }
        return nearest_of(plain, known);
    }

    /// Where words of one or more types could have stood.
    [[nodiscard]] Mismatch blame_type(std::span<const Expected* const> typed, std::span<const std::string_view> known,
                                      std::string_view word, const Suggestion& near) const {
        // A number outside its limits was meant as a number, whatever else could stand here.
        const auto numeric = std::ranges::find_if(typed, [](const Expected* one) {
            return one->kind == MismatchKind::out_of_range || one->kind == MismatchKind::negative;
        });
        const Expected& first = numeric != typed.end() ? **numeric : *typed.front();
        Mismatch mismatch{first.kind, furthest_, {}, {}};
        const bool is_address = first.kind == MismatchKind::bad_address;
        if (numeric != typed.end() || (typed.size() == 1 && (known.empty() || known.size() > 3 || is_address))) {
            const auto& atom = std::get<notation::Atom>(first.pattern->node);
            mismatch.message = notation::describe(atom, first.kind, subject_here(first.option), word);
            mismatch.suggestion = notation::suggest(atom, first.kind, word);
        } else {
            std::vector<std::string> wanted;
            for (const Expected* one : typed) {
                const auto& atom = std::get<notation::Atom>(one->pattern->node);
                wanted.push_back(notation::wanted(atom));
                if (mismatch.suggestion.hint.empty()) mismatch.suggestion = notation::suggest(atom, one->kind, word);
            }
            std::vector<std::string_view> views;
            if (known.size() <= 3) views.assign(known.begin(), known.end());
            views.insert(views.end(), wanted.begin(), wanted.end());
            const std::string subject = subject_here(first.option);
            mismatch.message = first.kind == MismatchKind::missing
                                   ? fmt::format("{} needs {}", subject, listed(views))
                                   : fmt::format("{} must be {}, not `{}'", subject, listed(views), word);
        }
        if (mismatch.suggestion.hint.empty()) mismatch.suggestion = near;
        return mismatch;
    }

    /// For a word that another release knows.
    [[nodiscard]] std::optional<Mismatch> blame_version(std::span<const Expected> expected,
                                                        std::string_view word) const {
        for (const Expected& one : expected) {
            const auto* set = std::get_if<notation::SetWord>(&one.pattern->node);
            if (set == nullptr) continue;
            for (const ValueWord* known : set->words) {
                if (!same(word, known->word, set->any_case)) continue;
                const std::string subject = subject_here(one.option);
                std::string message = target_ < known->since ? fmt::format("{} knows `{}' since keepalived {}", subject,
                                                                           word, known->since.to_string())
                                                             : fmt::format("{} knows `{}' only before keepalived {}",
                                                                           subject, word, known->removed.to_string());
                return Mismatch{MismatchKind::unknown_word,
                                furthest_,
                                std::move(message),
                                {fmt::format("this is for {}", target_.to_string())}};
            }
        }
        return std::nullopt;
    }

    std::string_view subject_;
    std::span<const std::string_view> words_;
    Version target_;
    Match& match_;
    std::vector<WordType>* types_;
    int optional_depth_ = 0;
    std::string_view option_;  ///< the word whose arguments are being read
    std::size_t furthest_ = 0;
    std::array<Expected, 8> expected_;
    std::size_t expected_count_ = 0;
};

/// A null pattern says nothing of the words.
void match_pattern(const Pattern* pattern, std::string_view subject, std::span<const std::string_view> words,
                   Version target, Match& match) {
    match.values.clear();
    match.mismatches.clear();
    if (pattern != nullptr) Matcher(subject, words, target, match).run(*pattern);
}

std::vector<WordType> types_by(const Pattern* pattern, std::string_view subject,
                               std::span<const std::string_view> words, Version target) {
    Match match;
    std::vector<WordType> types;
    if (pattern != nullptr) Matcher(subject, words, target, match, &types).run(*pattern);
    return types;
}

const Pattern* pattern_of(const Keyword& keyword, Version target) {
    return target < default_target ? notation::find_parsed(arguments_in(keyword, target))
                                   : notation::arguments_of(keyword);
}

}  // namespace

std::vector<WordType> types_of_arguments(const Keyword& keyword, std::span<const std::string_view> words,
                                         Version target) {
    return types_by(pattern_of(keyword, target), keyword.name, words, target);
}

std::vector<WordType> types_of_entry(const Keyword& block, std::span<const std::string_view> words, Version target) {
    return types_by(notation::find_parsed(entry_notation(block)), block.name, words, target);
}

bool Match::used() const {
    return std::ranges::all_of(mismatches, [](const Mismatch& mismatch) { return is_used(mismatch.kind); });
}

Result<Match> match_arguments(std::string_view text, std::string_view subject, std::span<const std::string_view> words,
                              Version target) {
    Match match;
    if (const Pattern* known = notation::find_parsed(text)) {
        match_pattern(known, subject, words, target, match);
        return match;
    }
    const auto pattern = notation::parse(text);
    if (!pattern) return tl::make_unexpected(pattern.error());
    match_pattern(&*pattern, subject, words, target, match);
    return match;
}

Match match_keyword(const Keyword& keyword, std::span<const std::string_view> words, Version target) {
    Match match;
    match_keyword(keyword, words, target, match);
    return match;
}

void match_keyword(const Keyword& keyword, std::span<const std::string_view> words, Version target, Match& match) {
    match_pattern(pattern_of(keyword, target), keyword.name, words, target, match);
}

Match match_entry(const Keyword& block, std::span<const std::string_view> words, Version target) {
    Match match;
    match_entry(block, words, target, match);
    return match;
}

void match_entry(const Keyword& block, std::span<const std::string_view> words, Version target, Match& match) {
    match_pattern(notation::find_parsed(entry_notation(block)), block.name, words, target, match);
}

}  // namespace lbctl::keywords
