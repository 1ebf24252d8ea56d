#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::source {

/// A line of a file.
using FileLine = std::pair<FileId, std::uint32_t>;

/// The one in which a place begins.
inline FileLine line_of(const Location& where) {
    return {where.range.file, where.range.begin.line};
}

/// What reading has found out about a configuration and its lines, for the stages that follow: these do not have to
/// look for what was told of it.
class ReadingFacts {
public:
    /// Of each kind of fact so many are kept, as so many findings are: hostile text can make millions.
    static constexpr std::size_t most = 10'000;

    /// The words of the line are not those that were meant, which has been told: what they look like now is a
    /// consequence.
    void note_spoilt(const Location& where) { add(spoilt_, line_of(where)); }
    [[nodiscard]] bool is_spoilt(const Location& where) const {
        return spoilt_.contains(line_of(where)) || string_goes_on_in(where);
    }
    [[nodiscard]] bool has_spoilt_lines() const { return !spoilt_.empty(); }

    /// A string begins on the line that is never closed there. That spoils it.
    void note_open_string(const Location& where) {
        note_spoilt(where);
        add(string_begins_in_, line_of(where));
    }
    /// Such a string was meant to go on up to line `last`: one mistake in all of these lines.
    void note_string_goes_on(const Location& where, std::uint32_t last) {
        const auto [file, first] = line_of(where);
        for (std::uint32_t line = first + 1; line <= last; ++line) add(string_goes_on_in_, {file, line});
    }
    /// Whether such a string begins on that line or goes on in it.
    [[nodiscard]] bool is_in_open_string(const Location& where) const {
        return string_begins_in_.contains(line_of(where)) || string_goes_on_in(where);
    }
    /// Whether such a string has begun on a line before that one and goes on in it.
    [[nodiscard]] bool string_goes_on_in(const Location& where) const {
        return string_goes_on_in_.contains(line_of(where));
    }
    [[nodiscard]] bool has_open_string() const { return !string_begins_in_.empty(); }

    /// A blank or quote stands in the line that is none for keepalived; `finding` is the index of what tells so.
    void note_odd_character(const Location& where, std::optional<std::size_t> finding) {
        if (finding && odd_characters_.size() < most) odd_characters_.emplace(line_of(where), *finding);
    }
    /// The index of the first such finding of the line.
    [[nodiscard]] std::optional<std::size_t> odd_character(const Location& where) const {
        const auto found = odd_characters_.find(line_of(where));
        return found == odd_characters_.end() ? std::nullopt : std::optional(found->second);
    }

    /// The file is a template that has not been filled in, of which nothing but this is known.
    void note_template() { is_template_ = true; }
    [[nodiscard]] bool is_template() const { return is_template_; }

    /// The file is no keepalived.conf, and nothing of it was read.
    void note_other_format() { is_other_format_ = true; }
    [[nodiscard]] bool is_other_format() const { return is_other_format_; }

    /// What an include names and could not be read, as was told.
    struct MissingInclude {
        Location where;
        std::string message;
    };
    void note_missing_include(MissingInclude missing) {
        if (missing_includes_.size() < most) missing_includes_.push_back(std::move(missing));
    }
    [[nodiscard]] const std::vector<MissingInclude>& missing_includes() const { return missing_includes_; }

private:
    static void add(std::set<FileLine>& lines, const FileLine& line) {
        if (lines.size() < most) lines.insert(line);
    }

    std::set<FileLine> spoilt_;
    std::set<FileLine> string_begins_in_;
    std::set<FileLine> string_goes_on_in_;
    std::map<FileLine, std::size_t> odd_characters_;
    std::vector<MissingInclude> missing_includes_;
    bool is_template_ = false;
    bool is_other_format_ = false;
};

}  // namespace lbctl::source
