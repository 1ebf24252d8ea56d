#include "grammar/syntax/line_grammar.h"

#include <algorithm>
#include <boost/spirit/home/x3.hpp>

#include "grammar/syntax/text.h"

namespace lbctl::syntax {

namespace {

namespace x3 = boost::spirit::x3;

using Iterator = std::string_view::const_iterator;

const auto name_start = x3::char_('a', 'z') | x3::char_('A', 'Z') | x3::char_('_');
const auto name_char = name_start | x3::char_('0', '9');
const auto name = x3::raw[name_start >> *name_char];
const auto blanks = x3::omit[*x3::char_(" \t")];
const auto some_blanks = x3::omit[+x3::char_(" \t")];
const auto white = x3::char_(" \t\n\v\f\r");
const auto word_char = ~x3::char_(" \t\n\v\f\r\"");

std::string_view view(const boost::iterator_range<Iterator>& range) {
    return {range.begin(), range.end()};
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Stores the text that a raw[] parser matched.
auto into(std::string_view& target) {
    return [&target](auto& context) { target = view(x3::_attr(context)); };
}

auto onto(std::vector<std::string_view>& target) {
    return [&target](auto& context) { target.push_back(view(x3::_attr(context))); };
}

}  // namespace

std::optional<DefinitionHead> parse_definition(std::string_view line) {
    DefinitionHead head;
    Iterator at = line.begin();
    if (!x3::parse(at, line.end(), '$' >> name[into(head.name)] >> '=')) return std::nullopt;
    head.value = static_cast<std::size_t>(at - line.begin());
    return head;
}

std::optional<Reference> parse_reference(std::string_view line, std::size_t dollar) {
    Reference reference;
    Iterator at = line.begin() + static_cast<std::ptrdiff_t>(dollar);
    const auto terminator = &(x3::char_(" \t,)") | x3::eoi);
    const auto argument = x3::raw[+name_char];
    const auto plain = '$' >> name[into(reference.name)] >> terminator;
    const auto braced = "${" >> name[into(reference.name)] >> *(some_blanks >> argument[onto(reference.arguments)]) >>
                        -some_blanks[([&](auto&) { reference.blank_before_close = true; })] >> '}';
    const Iterator start = at;
    if (x3::parse(at, line.end(), braced)) {
        reference.braced = true;
    } else {
        at = start;
        reference = {};
        if (!x3::parse(at, line.end(), plain)) return std::nullopt;
    }
    reference.end = static_cast<std::size_t>(at - line.begin());
    return reference;
}

std::optional<ConditionHead> parse_condition(std::string_view line) {
    ConditionHead head;
    Iterator at = line.begin();
    const auto id = x3::raw[*(x3::char_ - x3::char_(" \t"))];
    const auto negation = x3::lit('^')[([&](auto&) { head.negated = true; })];
    if (!x3::parse(at, line.end(), '@' >> -negation >> id[into(head.id)] >> blanks)) return std::nullopt;
    const auto text = static_cast<std::size_t>(at - line.begin());
    if (text < line.size()) head.text = text;
    return head;
}

RepetitionKind repetition_kind(std::string_view line) {
    if (line.starts_with("~SEQ")) return RepetitionKind::sequence;
    if (line.starts_with("~LST")) return RepetitionKind::list;
    return RepetitionKind::none;
}

std::optional<SequenceHead> parse_sequence(std::string_view line) {
    SequenceHead head;
    Iterator at = line.begin();
    const auto variable = x3::raw[+(x3::char_ - x3::char_(" \t,){"))];
    const auto number = x3::raw[*(x3::char_ - x3::char_(",)"))];
    const auto hexadecimal = x3::lit('x')[([&](auto&) { head.hexadecimal = true; })];
    const auto form = "~SEQ" >> -hexadecimal >> blanks >> '(' >> blanks >> variable[into(head.name)] >> blanks >>
                      x3::repeat(1, 3)[',' >> number[onto(head.numbers)]] >> ')' >> blanks;
    if (!x3::parse(at, line.end(), form)) return std::nullopt;
    for (auto& text : head.numbers) text = without_blanks(text);
    head.body = static_cast<std::size_t>(at - line.begin());
    return head;
}

std::optional<ListHead> parse_list(std::string_view line) {
    ListHead head;
    Iterator at = line.begin();
    const auto open_tuple = [&head](auto&) { head.tuples.emplace_back(); };
    const auto add_value = [&head](auto& context) { head.tuples.back().push_back(view(x3::_attr(context))); };
    const auto variable = x3::raw[+(x3::char_ - x3::char_(" \t,(){}"))];
    const auto value = x3::raw[*(x3::char_ - x3::char_(" \t,(){}"))];
    const auto names = (blanks >> '{' >> (blanks >> variable[onto(head.names)] >> blanks) % ',' >> '}' >> blanks) |
                       (blanks >> variable[onto(head.names)] >> blanks);
    const auto open = x3::eps[open_tuple];
    const auto tuple = open >> ((blanks >> '{' >> (blanks >> value[add_value] >> blanks) % ',' >> '}' >> blanks) |
                                (blanks >> value[add_value] >> blanks));
    const auto form = "~LST" >> blanks >> '(' >> names >> +(',' >> tuple) >> ')' >> blanks;
    if (!x3::parse(at, line.end(), form)) return std::nullopt;
    head.body = static_cast<std::size_t>(at - line.begin());
    return head;
}

std::optional<IncludeHead> parse_include(std::string_view line) {
    IncludeHead head;
    Iterator at = line.begin();
    const auto variant = x3::char_("rmwba")[([&](auto& context) { head.variant = x3::_attr(context); })];
    const auto form = x3::lit("include") >> -variant >> x3::omit[+white] >> x3::raw[+x3::char_][into(head.pattern)];
    if (!x3::parse(at, line.end(), form)) return std::nullopt;
    head.pattern = without_blanks(head.pattern);
    if (head.pattern.empty()) return std::nullopt;
    return head;
}

WordSpans split_words(std::string_view line) {
    WordSpans spans;
    split_words(line, spans);
    return spans;
}

void split_words(std::string_view line, WordSpans& spans) {
    spans.words.clear();
    spans.unmatched_quote.reset();
    Iterator at = line.begin();
    std::string_view text;
    const auto bare = x3::raw[+word_char];
    const auto quoted = '"' >> x3::raw[*(x3::char_ - '"')][into(text)] >> '"';
    const auto skip = x3::omit[*white];
    while (x3::parse(at, line.end(), skip) && at != line.end()) {
        const auto begin = static_cast<std::size_t>(at - line.begin());
        const bool is_quoted = *at == '"';
        const bool found = is_quoted ? x3::parse(at, line.end(), quoted) : x3::parse(at, line.end(), bare[into(text)]);
        if (!found) {
            spans.unmatched_quote = begin;
            break;
        }
        spans.words.push_back({text, begin, static_cast<std::size_t>(at - line.begin()), is_quoted});
    }
}

std::optional<std::size_t> first_brace(std::string_view line, BracesOfReferences references) {
    const auto counts = [](char c) { return c == '{' || c == '}' || c == '"' || c == '$'; };
    const auto first = std::find_if(line.begin(), line.end(), counts);
    if (first == line.end()) return std::nullopt;
    if (*first == '{' || *first == '}') return static_cast<std::size_t>(first - line.begin());
    Iterator at = line.begin();
    const auto quoted = '"' >> *(x3::char_ - '"') >> '"';
    const auto hidden = '"' >> *x3::char_;
    const bool passes_references = references == BracesOfReferences::pass_over;
    const auto reference = x3::eps(passes_references) >> "${" >> name_start >> *(name_char | x3::char_(" \t")) >> '}';
    const auto plain = x3::char_ - x3::char_("{}\"");
    x3::parse(at, line.end(), x3::omit[*(quoted | hidden | reference | plain)]);
    if (at == line.end()) return std::nullopt;
    return static_cast<std::size_t>(at - line.begin());
}

}  // namespace lbctl::syntax
