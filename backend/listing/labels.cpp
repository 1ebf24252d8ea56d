#include "backend/listing/labels.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "grammar/base/ascii.h"
#include "grammar/syntax/source_lines.h"

namespace lbctl::listing {

namespace {

constexpr std::size_t longest_comment = 80;

/// Without the marks and blanks at the comment's begin; nothing when it is only a rule of dashes or the like. Bytes
/// that a terminal would obey become blanks.
std::string comment_text(std::string_view comment) {
    comment.remove_prefix(std::min(comment.find_first_not_of("#! \t"), comment.size()));
    std::string text(comment);
    const auto is_word = [](char c) {
        return base::is_letter(c) || base::is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
    };
    if (std::none_of(text.begin(), text.end(), is_word)) return {};
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    text.erase(text.find_last_not_of(" #") + 1);
    return text;
}

/// No longer than a listing bears, and not cut within a character of UTF-8.
std::string shortened(std::string text) {
    constexpr std::string_view dots = "...";
    if (text.size() <= longest_comment) return text;
    std::size_t end = longest_comment - dots.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end).append(dots);
}

/// The comments of the files of one configuration, each cut into lines when it is first asked for.
class Comments {
public:
    explicit Comments(const source::Sources& sources) : sources_(sources), files_(sources.file_count()) {}

    std::string about(source::FileId file, std::uint32_t line) {
        const auto& lines = lines_of(file);
        if (line == 0 || line > lines.size()) return {};
        std::string beside = comment_text(lines[line - 1].comment);
        if (!beside.empty()) return shortened(std::move(beside));
        std::size_t first = line - 1;
        while (first > 0 && lines[first - 1].code.empty() && !lines[first - 1].comment.empty()) --first;
        std::string above;
        for (; first + 1 < line; ++first) {
            const std::string text = comment_text(lines[first].comment);
            if (!text.empty()) above.append(above.empty() ? "" : " ").append(text);
        }
        return shortened(std::move(above));
    }

private:
    const std::vector<syntax::SourceLine>& lines_of(source::FileId file) {
        auto& lines = files_[file];
        if (!lines) lines = syntax::split_source(sources_.text(file));
        return *lines;
    }

    const source::Sources& sources_;
    std::vector<std::optional<std::vector<syntax::SourceLine>>> files_;
};

}  // namespace

std::string to_string(const ListingLabel& label) {
    std::string text;
    if (!label.virtualhost.empty()) text = "virtualhost " + label.virtualhost;
    if (!label.comment.empty()) text.append(text.empty() ? "\"" : ", \"").append(label.comment).append("\"");
    return text;
}

ListingLabels::ListingLabels(const ast::Node& root, const source::Sources& sources) {
    Comments comments(sources);
    const auto add = [&](const ast::Node& node) {
        const source::Range range = node.head.where().range;
        ListingLabel label;
        const ast::Node* host = node.last("virtualhost"_kw);
        if (host != nullptr && !host->arguments.empty()) label.virtualhost = host->arguments.front().text();
        label.comment = comments.about(range.file, range.begin.line);
        if (label.virtualhost.empty() && label.comment.empty()) return;
        by_place_.emplace(std::pair(sources.name(range.file), range.begin.line), std::move(label));
    };
    for (const ast::Node* service : root.all("virtual_server"_kw)) {
        add(*service);
        for (const ast::Node* server : service->all("real_server"_kw)) add(*server);
    }
}

const ListingLabel* ListingLabels::find(const table::SourcePlace& place) const {
    const auto found = by_place_.find({std::string(place.file()), place.line});
    return found == by_place_.end() ? nullptr : &found->second;
}

}  // namespace lbctl::listing
