#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/source/reading_facts.h"
#include "grammar/source/sources.h"

namespace lbctl::source {

/// error: keepalived of the target version refuses, skips or changes what was written, or the kernel would.
/// warning: accepted, and almost surely not what was meant. info: worth knowing.
enum class Severity { error, warning, info };

/// "error", "warning", "info"
std::string_view to_string(Severity severity);

/// The severity of one of these names; nothing for another word.
std::optional<Severity> severity_named(std::string_view name);

/// Another place that a finding speaks of.
struct Note {
    Range range;
    std::string message;
    const Sources* sources = nullptr;  ///< of the other node that it points into; null: those of the finding
};

/// Whether a fix may be made without anybody looking at it. safe: what keepalived makes of the file stays, or becomes
/// what was evidently written. needs_review: likely, and still a guess.
enum class Applicability { safe, needs_review };

/// "safe", or "unsafe" for needs_review, as the options of lint have it.
std::string_view to_string(Applicability applicability);

/// Replaces one stretch of text, which stands within one file, by another.
struct Edit {
    Range range;
    std::string before;  ///< what stands there now; an edit of a file that has anything else there is not made
    std::string text;
};

/// One way to mend what was found.
struct Fix {
    std::string title;
    std::vector<Edit> edits;
    Applicability applicability = Applicability::needs_review;
};

/// What would mend it, said by whoever found it in terms of the place of the finding. The text of the files is not at
/// hand there; validate::offer_fixes() makes a Fix of it.
struct Remedy {
    enum class Kind {
        write,           ///< `text` in the place of what was found
        leave_out,       ///< what was found, with the blanks before it
        leave_out_line,  ///< the statement that begins there, which has the line for itself
        join_with_next,  ///< `text` in the place of the blanks after it
        begin_line,      ///< a line of its own begins with it
        open_block,      ///< ` {` at the end of the line
        close_before,    ///< a line with `}` for each of `blocks` before its line
        close_after,     ///< the same after its line
    };
    Kind kind = Kind::write;
    std::string text{};
    Applicability applicability = Applicability::needs_review;
    std::optional<Location> where{};  ///< another place than that of the finding
    std::vector<Location> blocks{};   ///< that are to be closed, by their headers, the innermost first
};

/// What is said of a finding about a machine beyond its message.
struct Advice {
    std::string why;         ///< why it hurts
    std::string command;     ///< for sh: mends it; empty: no command does
    std::string what_to_do;  ///< the same in words, or what else there is to do; may be empty
    std::string source;      ///< where others can read the fact
};

/// Something to say about a configuration, with its place.
struct Finding {
    std::string_view rule;  ///< id of the rule, a literal in lower case with dashes
    Severity severity = Severity::error;
    Location where;
    std::string message;  ///< one line, no full stop
    std::string hint;     ///< shown after the underline: "did you mean `lb_kind'?"; may be empty
    std::vector<Note> notes;
    std::vector<Fix> fixes;
    /// Of a word that is not known here: the keyword of the table that was probably meant; empty: none is like it.
    std::string_view meant{};
    /// The lines that were passed over because of it, that with the unknown word first: what they hold is not known.
    std::vector<std::string> passed_over{};
    /// Of a configuration that was checked for several ids (see validate/variants.h): those for which it holds, with
    /// any_other_id for those that no line names. Empty: it holds for all.
    std::vector<std::string> config_ids{};
    std::optional<Remedy> remedy{};  ///< of which `fixes` are made
    std::optional<Advice> advice{};  ///< of a finding about a machine
};

/// Stands in Finding::config_ids for every id that no `@ID` line names.
inline constexpr std::string_view any_other_id = "*";

/// What has been found so far. Nobody reads a hundred thousand findings, and a few bytes of hostile text can make that
/// many: past a limit they are counted only, but for the first of each
/// rule and severity.
class Findings {
public:
    static constexpr std::size_t most = 10'000;

    void push_back(Finding finding);

    /// The one added last, also when it was only counted: for what is added to it at once.
    [[nodiscard]] Finding& back() { return counted_last_ ? counted_ : findings_.back(); }

    /// Where that one stands; nothing when it was only counted.
    [[nodiscard]] std::optional<std::size_t> index_of_last() const {
        return counted_last_ ? std::nullopt : std::optional(findings_.size() - 1);
    }

    /// What reading has found out, beside what it tells.
    [[nodiscard]] ReadingFacts& facts() { return facts_; }
    [[nodiscard]] const ReadingFacts& facts() const { return facts_; }

    /// Adds those of another list after its own, without their facts.
    void append(Findings&& others);

    /// How many were counted only.
    [[nodiscard]] std::size_t not_shown() const { return not_shown_; }

    /// How many errors there were, told or only counted.
    [[nodiscard]] std::size_t errors() const { return errors_; }

    [[nodiscard]] bool empty() const { return findings_.empty(); }
    [[nodiscard]] std::size_t size() const { return findings_.size(); }
    [[nodiscard]] Finding& operator[](std::size_t index) { return findings_[index]; }
    [[nodiscard]] const Finding& operator[](std::size_t index) const { return findings_[index]; }
    [[nodiscard]] const Finding& at(std::size_t index) const { return findings_.at(index); }
    [[nodiscard]] const Finding& front() const { return findings_.front(); }
    [[nodiscard]] auto begin() { return findings_.begin(); }
    [[nodiscard]] auto end() { return findings_.end(); }
    [[nodiscard]] auto begin() const { return findings_.begin(); }
    [[nodiscard]] auto end() const { return findings_.end(); }

    void erase(std::vector<Finding>::iterator first, std::vector<Finding>::iterator last) {
        findings_.erase(first, last);
    }

private:
    std::vector<Finding> findings_;
    std::size_t not_shown_ = 0;
    std::size_t errors_ = 0;
    std::set<std::pair<std::string_view, Severity>> kinds_;  ///< that are in the list
    bool counted_last_ = false;
    Finding counted_;
    ReadingFacts facts_;
};

/// Orders findings by place, at one place by severity, rule and message, and drops those that repeat another's rule and
/// place.
void sort_findings(Findings& findings);

}  // namespace lbctl::source
