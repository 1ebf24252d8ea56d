#include "cli/render/top_screen.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/counted.h"
#include "cli/render/screen_text.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

constexpr std::array<std::string_view, 3> order_words{"connections", "change", "name"};

/// Of the groups of one look no two have the same.
std::string name_of(const TopRow& row) {
    std::string name;
    for (const std::string& part : row.names) name += part + '\n';
    return name;
}

std::string change_text(std::int64_t change) {
    return change == 0 ? std::string() : fmt::format("{:+}", change);
}

}  // namespace

void TopScreen::take(TopLook look) {
    const bool has_before = look.keys == look_.keys;
    // Of a group that was not among the greatest it is not known how many it had.
    had_all_ = has_before && look_.groups == look_.rows.size();
    before_.clear();
    if (has_before) {
        for (const TopRow& row : look_.rows) before_.emplace(name_of(row), row.connections);
    }
    look_ = std::move(look);
}

std::vector<TopScreen::Line> TopScreen::lines() const {
    std::vector<Line> lines;
    for (const TopRow& row : look_.rows) {
        const bool is_wanted = std::ranges::any_of(row.names, [this](const auto& name) { return list_.accepts(name); });
        if (!is_wanted && !(list_.accepts(row.note) && !row.note.empty())) continue;
        Line line{&row, 0};
        const auto before = before_.find(name_of(row));
        if (before != before_.end()) {
            line.change = static_cast<std::int64_t>(row.connections) - static_cast<std::int64_t>(before->second);
        } else if (had_all_) {
            line.change = static_cast<std::int64_t>(row.connections);
        }
        lines.push_back(line);
    }
    if (order_ == Order::change) {
        std::ranges::stable_sort(lines, std::ranges::greater(), &Line::change);
    } else if (order_ == Order::name) {
        std::ranges::stable_sort(lines, {}, [](const Line& line) { return line.row->names; });
    }
    if (reversed_) std::ranges::reverse(lines);
    return lines;
}

std::string TopScreen::head(std::size_t columns) const {
    const std::string right = fmt::format("{} in {}  {:%H:%M:%S}Z", look_.connections, counted(look_.groups, "group"),
                                          fmt::gmtime(std::chrono::system_clock::to_time_t(look_.time)));
    std::string left = fmt::format("{}  sort: {}{}", title_, order_words.at(static_cast<std::size_t>(order_)),
                                   reversed_ ? " reversed" : "");
    if (!list_.filter().empty()) left += fmt::format("  filter: {}", list_.filter());
    if (is_paused_) left += "  paused";
    return screen::heading(left, right, columns);
}

std::string TopScreen::foot(const TopRow* selected) const {
    if (auto prompt = list_.prompt()) return *std::move(prompt);
    if (shows_help_) return "q quit  s sort  r reverse  b group by  / filter  p pause  arrows, PgUp, PgDn, g, G move";
    if (selected == nullptr) return look_.rows.empty() ? "no connections" : "no group is like that";
    std::string text;
    for (const std::string& name : selected->names) text += (text.empty() ? "" : "  ") + name;
    return selected->note.empty() ? text : fmt::format("{}  # {}", text, selected->note);
}

std::vector<std::string> TopScreen::draw(std::size_t rows, std::size_t columns) {
    using screen::fitted;
    constexpr std::size_t heads = 2;
    constexpr std::size_t feet = 2;
    const std::vector<Line> all = lines();
    const std::size_t page = rows > heads + feet ? rows - heads - feet : 1;
    const std::size_t selected = list_.selected(all.size());
    const std::size_t first = list_.first_in_sight(selected, all.size(), page);

    // The first of two keys has a width, so that the second stands in a column.
    std::size_t width = 0;
    if (look_.keys.size() > 1) {
        width = look_.keys.front().size();
        for (std::size_t i = first; i < all.size() && i < first + page; ++i)
            width = std::max(width, base::columns_of(all[i].row->names.front()));
    }
    const auto in_columns = [width](const std::vector<std::string>& words) {
        if (words.empty()) return std::string();
        if (words.size() == 1) return words.front();
        return fitted(words[0], width) + "  " + words[1];
    };
    std::vector<std::string> lines;
    lines.push_back(head(columns));
    const std::string titles =
        fmt::format("  {:>11} {:>7} {:>8}  {}", "CONNECTIONS", "SHARE", "CHANGE", in_columns(look_.keys));
    lines.push_back(screen::titles(titles, columns));
    for (std::size_t i = first; i < all.size() && i < first + page; ++i) {
        const TopRow& row = *all[i].row;
        const double share =
            look_.connections == 0 ? 0 : static_cast<double>(row.connections) / static_cast<double>(look_.connections);
        std::string text = fmt::format("  {:>11} {:>6.1f}% {:>8}  {}", row.connections, 100 * share,
                                       change_text(all[i].change), in_columns(row.names));
        if (!row.note.empty()) text += "  # " + row.note;
        text = fitted(text, columns);
        lines.push_back(i == selected ? screen::marked(std::move(text)) : std::move(text));
    }
    lines.resize(heads + page);
    lines.push_back(fitted(foot(all.empty() ? nullptr : all[selected].row), columns));
    lines.push_back(fitted("q quit  s sort  b group by  / filter  p pause  ? help", columns));
    lines.resize(rows);
    return lines;
}

TopScreen::Pressed TopScreen::press(std::string_view keys) {
    Pressed pressed;
    while (!keys.empty()) {
        const bool had_help = std::exchange(shows_help_, false);
        const auto key = list_.press(keys);
        if (!key) continue;
        if (key == "q" || key == "Q") return {true, 0};
        if (key == "s") order_ = static_cast<Order>((static_cast<unsigned>(order_) + 1) % order_words.size());
        if (key == "r") reversed_ = !reversed_;
        if (key == "p") is_paused_ = !is_paused_;
        if (key == "b") ++pressed.next_keys;
        if (key == "?" || key == "h") shows_help_ = !had_help;
    }
    return pressed;
}

}  // namespace lbctl::cli
