#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/sources.h"

namespace lbctl::syntax {

/// The `@ID` lines that one reading met: which ids they name, and which of them it read and which it passed over.
class Conditions {
public:
    /// More ids than this are not remembered: no cluster has so many nodes.
    static constexpr std::size_t most_ids = 1000;

    struct Line {
        source::FileId file = 0;
        std::uint32_t line = 0;
        std::uint32_t column = 1;
        auto operator<=>(const Line&) const = default;
    };

    /// A condition at `where`, which held or did not.
    void note(std::string_view id, bool negated, const Line& where, bool held);

    /// Takes in what another reading met; `file_here` says what its files are here.
    template <class FileHere>
    void merge(const Conditions& other, const FileHere& file_here) {
        const auto here = [&](Line line) {
            line.file = file_here(line.file);
            return line;
        };
        has_negated_ = has_negated_ || other.has_negated_;
        for (std::size_t i = 0; i < other.ids_.size(); ++i) add_id(other.ids_[i], here(other.first_lines_[i]));
        for (const Line& line : other.read_) read_.push_back(here(line));
        for (const Line& line : other.passed_over_) passed_over_.push_back(here(line));
    }

    /// In the order in which they were met, each once.
    [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }
    /// Where the first line with each of ids() is.
    [[nodiscard]] const std::vector<Line>& first_lines() const { return first_lines_; }
    /// Whether a line is for all ids but one.
    [[nodiscard]] bool has_negated() const { return has_negated_; }
    /// The lines that were read, or passed over; one that is read several times may be in both.
    [[nodiscard]] const std::vector<Line>& read() const { return read_; }
    [[nodiscard]] const std::vector<Line>& passed_over() const { return passed_over_; }

private:
    void add_id(std::string_view id, const Line& where);

    std::vector<std::string> ids_;
    std::vector<Line> first_lines_;
    std::set<std::string, std::less<>> known_;
    bool has_negated_ = false;
    std::vector<Line> read_;
    std::vector<Line> passed_over_;
};

}  // namespace lbctl::syntax
