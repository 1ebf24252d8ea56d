#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/render/screen_list.h"

namespace lbctl::cli {

/// A group of connections, as `connections --top' shows it.
struct TopRow {
    std::vector<std::string> names;  ///< one for each key
    std::uint64_t connections = 0;
    std::string note;  ///< what a configuration says of it
};

/// What one look found.
struct TopLook {
    std::vector<std::string> keys;  ///< what is counted by: "client/24", "real-server"
    std::vector<TopRow> rows;       ///< the greatest groups
    std::uint64_t connections = 0;  ///< of all groups
    std::size_t groups = 0;
    std::chrono::system_clock::time_point time{};
};

/// The screen of `connections --top --watch': a line for each group, with its share, and how many more or fewer it has
/// than at the look before. It knows no terminal: what it shows is text, what it is told are keys.
class TopScreen {
public:
    explicit TopScreen(std::string title) : title_(std::move(title)) {}

    struct Pressed {
        bool ends = false;
        std::size_t next_keys = 0;  ///< to go on so many times to the next way to group, and to count anew
    };
    /// What was typed.
    Pressed press(std::string_view keys);

    /// While it is paused, what is looked at is not shown.
    [[nodiscard]] bool is_paused() const { return is_paused_; }
    void take(TopLook look);

    /// Exactly so many lines, none wider than that; with the sequences for attributes in them.
    std::vector<std::string> draw(std::size_t rows, std::size_t columns);

private:
    enum class Order : std::uint8_t { connections, change, name };

    struct Line {
        const TopRow* row = nullptr;
        std::int64_t change = 0;
    };

    [[nodiscard]] std::vector<Line> lines() const;
    [[nodiscard]] std::string head(std::size_t columns) const;
    [[nodiscard]] std::string foot(const TopRow* selected) const;

    std::string title_;
    TopLook look_;
    std::unordered_map<std::string, std::uint64_t> before_;  ///< connections of groups at the look before
    bool had_all_ = false;                                   ///< all groups of that look are in it
    Order order_ = Order::connections;
    bool reversed_ = false;
    bool is_paused_ = false;
    bool shows_help_ = false;
    ScreenList list_;
};

}  // namespace lbctl::cli
