#include "grammar/syntax/script_words.h"

#include <boost/spirit/home/x3.hpp>

namespace lbctl::syntax {

namespace {

namespace x3 = boost::spirit::x3;

using Iterator = std::string_view::const_iterator;

const auto white = x3::char_(" \t\n\v\f\r");
const auto escape = x3::raw['\\' >> x3::char_];

auto add_raw(std::string& word) {
    return [&word](auto& context) { word.append(x3::_attr(context).begin(), x3::_attr(context).end()); };
}

auto add_char(std::string& word) {
    return [&word](auto& context) { word += static_cast<char>(x3::_attr(context)); };
}

/// One word with quotes removed and pieces glued; what stands for an escape is left to `escaped`.
template <class Escaped>
bool parse_word(Iterator& at, Iterator end, std::string& word, const Escaped& escaped) {
    const auto not_double = x3::raw[+(x3::char_ - x3::char_("\\\""))][add_raw(word)];
    const auto not_single = x3::raw[+(x3::char_ - x3::char_("\\'"))][add_raw(word)];
    const auto in_double = '"' >> *(escaped | not_double) >> '"';
    const auto in_single = '\'' >> *(escaped | not_single) >> '\'';
    const auto bare = x3::raw[+(x3::char_ - (white | x3::char_("\\\"'")))][add_raw(word)];
    return x3::parse(at, end, +(in_double | in_single | escaped | bare));
}

}  // namespace

std::vector<Word> split_script_words(base::Arena& arena, const Text& line, std::size_t& open_quote) {
    std::vector<Word> words;
    const std::string_view bytes = line.bytes();
    Iterator at = bytes.begin();
    while (x3::parse(at, bytes.end(), x3::omit[*white]) && at != bytes.end()) {
        const auto begin = static_cast<std::size_t>(at - bytes.begin());
        std::string text;
        const bool quoted = *at == '"' || *at == '\'';
        const bool read = parse_word(at, bytes.end(), text, escape[add_raw(text)]);
        const auto end = static_cast<std::size_t>(at - bytes.begin());
        if (!read || (at != bytes.end() && !is_space(*at))) {
            open_quote = end;
            return {};
        }
        words.push_back(Word::in_line(arena, line, begin, end, arena.keep(text), quoted));
    }
    return words;
}

namespace {

/// An escape, replaced by the character that it stands for.
auto replaced_escape(std::string& word) {
    static const x3::symbols<char> named = [] {
        x3::symbols<char> symbols;
        symbols.add("a", '\a')("b", '\b')("E", '\x1b')("f", '\f')("n", '\n')("r", '\r')("t", '\t')("v", '\v');
        return symbols;
    }();
    const auto add_control = [&word](auto& context) { word += static_cast<char>(x3::_attr(context) & 0x1f); };
    const auto octal = x3::uint_parser<unsigned, 8, 1, 3>{};
    const auto hexadecimal = x3::uint_parser<unsigned, 16, 1, 2>{};
    return '\\' >> (('x' >> hexadecimal[add_char(word)]) | ('c' >> x3::char_[add_control]) | octal[add_char(word)] |
                    named[add_char(word)] | x3::char_[add_char(word)]);
}

}  // namespace

std::vector<std::string> split_command(std::string_view command) {
    std::vector<std::string> words;
    Iterator at = command.begin();
    while (x3::parse(at, command.end(), x3::omit[*white]) && at != command.end()) {
        std::string word;
        if (!parse_word(at, command.end(), word, replaced_escape(word))) return {};
        words.push_back(std::move(word));
    }
    return words;
}

std::string replace_escapes(std::string_view word) {
    std::string replaced;
    const auto plain = x3::raw[+(x3::char_ - '\\')][add_raw(replaced)];
    Iterator at = word.begin();
    x3::parse(at, word.end(), *(replaced_escape(replaced) | plain));
    replaced.append(at, word.end());
    return replaced;
}

}  // namespace lbctl::syntax
