#include "grammar/source/edited_text.h"

#include <iterator>

namespace lbctl::source {

EditedText::EditedText(std::string_view text) : text_(text), lines_{0} {
    for (std::size_t feed = text.find('\n'); feed != std::string_view::npos; feed = text.find('\n', feed + 1))
        lines_.push_back(feed + 1);
}

/// What an edit replaces; nothing when the text does not have it there.
std::optional<EditedText::Stretch> EditedText::find(const Edit& edit) const {
    const auto offset = [this](Position position) -> std::optional<std::size_t> {
        if (position.line == 0 || position.line > lines_.size() || position.column == 0) return std::nullopt;
        const std::size_t at = lines_[position.line - 1] + position.column - 1;
        return at <= text_.size() ? std::optional(at) : std::nullopt;
    };
    const auto begin = offset(edit.range.begin);
    const auto end = offset(edit.range.end);
    if (!begin || !end || *end < *begin) return std::nullopt;
    if (text_.substr(*begin, *end - *begin) != edit.before) return std::nullopt;
    return Stretch{*begin, *end};
}

/// Whether nothing was changed in it, and nothing was put where it begins.
bool EditedText::is_free(Stretch stretch) const {
    const auto next = changes_.lower_bound(stretch.begin);
    if (next != changes_.end() && (next->first == stretch.begin || next->first < stretch.end)) return false;
    return next == changes_.begin() || std::prev(next)->second.end <= stretch.begin;
}

bool EditedText::add(std::span<const Edit> edits) {
    std::vector<std::size_t> made;
    for (const Edit& edit : edits) {
        const auto stretch = find(edit);
        if (!stretch || !is_free(*stretch)) {
            for (const std::size_t begin : made) changes_.erase(begin);
            return false;
        }
        changes_[stretch->begin] = {stretch->end, edit.text};
        made.push_back(stretch->begin);
    }
    return true;
}

std::string EditedText::text() const {
    std::string text;
    std::size_t at = 0;
    for (const auto& [begin, change] : changes_) {
        text.append(text_.substr(at, begin - at)).append(change.text);
        at = change.end;
    }
    return text.append(text_.substr(at));
}

}  // namespace lbctl::source
