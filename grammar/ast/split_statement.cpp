#include "grammar/ast/split_statement.h"

#include <algorithm>
#include <vector>

#include "grammar/base/ascii.h"
#include "grammar/keywords/argument_pattern.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Match;
using Words = std::span<const std::string_view>;

void cut_backslash(std::vector<std::string_view>& words) {
    if (!ends_in_backslash(words)) return;
    words.back().remove_suffix(1);
    if (words.back().empty()) words.pop_back();
}

std::vector<std::string_view> joined(Words written, Words next) {
    std::vector<std::string_view> words(written.begin(), written.end());
    cut_backslash(words);
    words.insert(words.end(), next.begin(), next.end());
    cut_backslash(words);
    return words;
}

bool lacks_word(const Match& match) {
    return !match.mismatches.empty() && match.mismatches.back().kind == keywords::MismatchKind::missing;
}

/// Whether a notation has that word itself: `group' in `IPADDR [PORT] | fwmark INT | group NAME'.
bool names(std::string_view notation, std::string_view word) {
    const auto is_part = [](char c) { return base::is_letter(c) || base::is_digit(c) || c == '_' || c == '-'; };
    for (std::size_t at = notation.find(word); at != std::string_view::npos; at = notation.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_part(notation[at - 1])) && (end == notation.size() || !is_part(notation[end]))) return true;
    }
    return false;
}

}  // namespace

std::vector<std::string_view> texts_of(std::span<const syntax::Word> words) {
    std::vector<std::string_view> texts(words.size());
    std::ranges::transform(words, texts.begin(), &syntax::Word::text);
    return texts;
}

std::vector<std::string_view> texts_of(std::span<const syntax::WordSpan> words) {
    std::vector<std::string_view> texts(words.size());
    std::ranges::transform(words, texts.begin(), &syntax::WordSpan::text);
    return texts;
}

bool ends_in_backslash(Words words) {
    return !words.empty() && words.back().ends_with('\\');
}

bool completes(const Keyword& keyword, Words written, Words next) {
    if (next.empty() || keyword.arguments.empty()) return false;
    const bool is_keyword = !keywords::find_everywhere(next.front()).empty();
    if (is_keyword && !names(keyword.arguments, next.front())) return false;
    const bool opens = keyword.opens_block();
    if (!opens && !ends_in_backslash(written) && !lacks_word(keywords::match_keyword(keyword, written))) return false;
    const Match match = keywords::match_keyword(keyword, joined(written, next));
    return match.fits() || (ends_in_backslash(next) && match.mismatches.size() == 1 && lacks_word(match));
}

bool completes_entry(const Keyword& block, Words written, Words next, keywords::Version target) {
    if (written.empty() || next.empty()) return false;
    return keywords::match_entry(block, joined(written, next), target).fits();
}

}  // namespace lbctl::ast
