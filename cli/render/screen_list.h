#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lbctl::cli {

/// What every list on a screen has: a selected line, the lines that are in sight, and a filter that is typed.
class ScreenList {
public:
    /// Takes the first of the keys off, as the terminal sends it. Gives it where it is none of the list: those are
    /// arrows, j, k, PgUp, PgDn, blank, Home, End, g, G, / and Esc.
    std::optional<std::string_view> press(std::string_view& keys);

    [[nodiscard]] const std::string& filter() const { return filter_; }
    /// Whether the text has the filter in it, without regard to case.
    [[nodiscard]] bool accepts(std::string_view text) const;
    /// What is shown while the filter is typed.
    [[nodiscard]] std::optional<std::string> prompt() const;

    /// The selected one of so many.
    std::size_t selected(std::size_t count);
    /// The first line that is in sight, of `lines` on pages of `page`, so that line `at` with the selected one is.
    std::size_t first_in_sight(std::size_t at, std::size_t lines, std::size_t page);

private:
    void edit_filter(std::string_view key);
    void move(std::ptrdiff_t by);

    std::string filter_;
    bool edits_filter_ = false;
    std::size_t selected_ = 0;
    std::size_t first_ = 0;
    std::size_t page_ = 1;
};

}  // namespace lbctl::cli
