#include "cli/render/screen_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/base/ascii.h"

namespace lbctl::cli {

namespace {

/// Beyond the end of every list.
constexpr std::size_t last = 1U << 30;

/// The next key: a character, or a sequence that begins with ESC.
std::string_view take_key(std::string_view& keys) {
    std::size_t length = 1;
    if (keys.size() > 2 && keys[0] == '\x1b' && (keys[1] == '[' || keys[1] == 'O')) {
        length = 2;
        while (length < keys.size() && (keys[length] < '@' || keys[length] > '~')) ++length;
        length = std::min(length + 1, keys.size());
    }
    const std::string_view key = keys.substr(0, length);
    keys.remove_prefix(length);
    return key;
}

}  // namespace

void ScreenList::move(std::ptrdiff_t by) {
    const auto place = static_cast<std::ptrdiff_t>(selected_) + by;
    selected_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(place, 0));
}

void ScreenList::edit_filter(std::string_view key) {
    if (key == "\r" || key == "\n") {
        edits_filter_ = false;
    } else if (key == "\x1b") {
        edits_filter_ = false;
        filter_.clear();
    } else if (key == "\x7f" || key == "\b") {
        if (!filter_.empty()) filter_.pop_back();
    } else if (key.size() == 1 && key[0] >= ' ' && key[0] <= '~') {
        filter_ += key;
    }
}

std::optional<std::string_view> ScreenList::press(std::string_view& keys) {
    const std::string_view key = take_key(keys);
    const auto page = static_cast<std::ptrdiff_t>(page_);
    if (edits_filter_) {
        edit_filter(key);
    } else if (key == "/") {
        edits_filter_ = true;
    } else if (key == "\x1b") {
        filter_.clear();
    } else if (key == "j" || key == "\x1b[B" || key == "\x1bOB") {
        move(1);
    } else if (key == "k" || key == "\x1b[A" || key == "\x1bOA") {
        move(-1);
    } else if (key == "\x1b[6~" || key == " ") {
        move(page);
    } else if (key == "\x1b[5~") {
        move(-page);
    } else if (key == "g" || key == "\x1b[H" || key == "\x1bOH") {
        selected_ = 0;
    } else if (key == "G" || key == "\x1b[F" || key == "\x1bOF") {
        selected_ = last;
    } else {
        return key;
    }
    return std::nullopt;
}

bool ScreenList::accepts(std::string_view text) const {
    return filter_.empty() || base::lower(text).find(base::lower(filter_)) != std::string::npos;
}

std::optional<std::string> ScreenList::prompt() const {
    if (!edits_filter_) return std::nullopt;
    return fmt::format("filter: {}_  (Enter keeps it, Esc takes it away)", filter_);
}

std::size_t ScreenList::selected(std::size_t count) {
    selected_ = std::min(selected_, count == 0 ? 0 : count - 1);
    return selected_;
}

std::size_t ScreenList::first_in_sight(std::size_t at, std::size_t lines, std::size_t page) {
    page_ = page;
    // What stands above the first one stays in sight, too.
    if (selected_ == 0) first_ = 0;
    if (at < first_) first_ = at;
    if (at >= first_ + page) first_ = at - page + 1;
    first_ = std::min(first_, lines > page ? lines - page : 0);
    return first_;
}

}  // namespace lbctl::cli
