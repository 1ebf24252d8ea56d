#include "cli/render/block_outline.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "grammar/keywords/version.h"
#include "grammar/syntax/comments.h"
#include "grammar/syntax/line_grammar.h"

namespace lbctl::cli {

namespace {

/// The view of a line in front of its comment.
std::string_view without_comment(std::string_view line) {
    const auto stripped =
        syntax::strip_comment(syntax::Text(0, {}, line), syntax::EscapedComment::comment, keywords::default_target);
    // Only a backslash that an old release would have kept makes it anything else than a view.
    return stripped.text.is_verbatim() ? stripped.text.bytes() : line;
}

/// Takes the text up to the next brace outside quotes off, and gives the brace; NUL when there is none.
char take_brace(std::string_view& text) {
    const auto at = syntax::first_brace(text);
    if (!at) return '\0';
    const char brace = text[*at];
    text.remove_prefix(*at + 1);
    return brace;
}

std::size_t combined(std::size_t one, std::size_t other) {
    constexpr std::size_t golden = 0x9e3779b97f4a7c15;
    return one ^ (other + golden + (one << 6U) + (one >> 2U));
}

}  // namespace

std::string normalised_line(std::string_view line) {
    std::string text;
    for (const syntax::WordSpan& word : syntax::split_words(without_comment(line)).words) {
        if (!word.quoted && (word.text == "{" || word.text == "}")) continue;
        if (!text.empty()) text += ' ';
        text += word.text;
    }
    return text;
}

BlockOutline::BlockOutline(const source::Sources& sources, const ast::Secrets& secrets, source::FileId file)
    : blocks_(1), heads_(1) {
    const std::hash<std::string> hash;
    std::vector<std::size_t> hashes{0};  // of a block's head and those around it
    std::unordered_map<std::size_t, std::uint32_t> seen;
    std::uint32_t open = 0;
    std::size_t hash_of_last =
        hash({});         // of the last line that has text: the head of a block whose brace stands alone
    bool is_kept = true;  // that head is among heads_
    std::string last;
    std::string_view rest = sources.text(file);
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const std::string_view line = source::take_line(rest);
        std::string text = normalised_line(ast::without_secret(line, secrets.in_line(file, number)));
        std::string_view braces = without_comment(line);
        while (braces.starts_with('}')) {
            open = blocks_[open].parent;
            braces.remove_prefix(1);
            braces.remove_prefix(std::min(braces.find_first_not_of(" \t"), braces.size()));
        }
        lines_.push_back({open, seen[combined(hashes[open], hash(text))]++});
        if (!text.empty()) {
            last = std::move(text);
            hash_of_last = hash(last);
            is_kept = false;
        }
        for (char brace = take_brace(braces); brace != '\0'; brace = take_brace(braces)) {
            if (brace == '}') {
                open = blocks_[open].parent;
                continue;
            }
            if (!is_kept) heads_.push_back(last);
            is_kept = true;
            hashes.push_back(combined(hashes[open], hash_of_last + 1));
            blocks_.push_back({open, static_cast<std::uint32_t>(heads_.size() - 1)});
            open = static_cast<std::uint32_t>(blocks_.size() - 1);
        }
    }
}

std::string BlockOutline::heads_around(std::uint32_t line) const {
    std::string heads;
    if (line == 0 || line > lines_.size()) return heads;
    std::uint32_t block = lines_[line - 1].block;
    for (unsigned left = most_heads; block != 0 && left > 0; block = blocks_[block].parent, --left)
        heads.insert(0, heads_[blocks_[block].head] + '\n');
    return heads;
}

std::uint32_t BlockOutline::equal_lines_before(std::uint32_t line) const {
    return line == 0 || line > lines_.size() ? 0 : lines_[line - 1].equal_before;
}

}  // namespace lbctl::cli
