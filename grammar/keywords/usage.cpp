#include "grammar/keywords/usage.h"

#include <fmt/format.h>

#include <algorithm>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/notation.h"

namespace lbctl::keywords {
namespace {

using notation::Pattern;

constexpr std::size_t spelt_out = 6;  // a set with more words is named

bool is_known(const ValueWord& word, Version release) {
    return word.since <= release && (word.removed == Version{} || release < word.removed);
}

std::string limit_text(std::int64_t units, int digits) {
    std::int64_t scale = 1;
    for (int i = 0; i < digits; ++i) scale *= 10;
    std::string text = std::to_string(units / scale);
    if (units % scale != 0) {
        text += fmt::format(".{:0{}}", units % scale, digits);
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
}

/// Renders a pattern as text.
class Writer {
public:
    explicit Writer(Version release) : release_(release) {}

    [[nodiscard]] std::string write(const Pattern& pattern) const {
        return std::visit([this](const auto& node) { return this->write_node(node); }, pattern.node);
    }

private:
    [[nodiscard]] std::string write_node(const notation::Sequence& node) const {
        std::string text;
        for (const Pattern& item : node.items) {
            const std::string part =
                std::holds_alternative<notation::Choice>(item.node) ? fmt::format("({})", write(item)) : write(item);
            if (!part.empty() && !text.empty()) text += ' ';
            text += part;
        }
        return text;
    }

    [[nodiscard]] std::string write_node(const notation::Choice& node) const {
        std::string text;
        for (const Pattern& way : node.ways) {
            if (!text.empty()) text += " | ";
            text += write(way);
        }
        return text;
    }

    [[nodiscard]] std::string write_node(const notation::Optional& node) const {
        return fmt::format("[{}]", write(node.inner.front()));
    }

    [[nodiscard]] std::string write_node(const notation::Repeat& node) const {
        const Pattern& inner = node.inner.front();
        const bool group = std::holds_alternative<notation::Choice>(inner.node) ||
                           std::holds_alternative<notation::Sequence>(inner.node);
        return group ? fmt::format("({}) ...", write(inner)) : fmt::format("{} ...", write(inner));
    }

    [[nodiscard]] std::string write_node(const notation::Skipping& node) const { return write(node.inner.front()); }

    [[nodiscard]] std::string write_node(const notation::Atom& node) const {
        using notation::Reading;
        switch (node.type->reading) {
            case Reading::address_range:
                return "IPADDR[-LAST | /PREFIX]";
            case Reading::exact_address:
                return "IPADDR";
            case Reading::dropped:
                return "WORD";
            case Reading::integer:
            case Reading::decimal:
            case Reading::range:
                break;
            default:
                return std::string(node.type->name);
        }
        const bool usual = node.low == node.type->low && node.high == node.type->high;
        if (usual || (!node.low && !node.high)) return std::string(node.type->name);
        const int digits = node.type->digits;
        return fmt::format("{}[{}..{}]", node.type->name, node.low ? limit_text(*node.low, digits) : "",
                           node.high ? limit_text(*node.high, digits) : "");
    }

    [[nodiscard]] static std::string write_node(const notation::Literal& node) { return node.word; }

    [[nodiscard]] static std::string write_node(const notation::OneOf& node) {
        std::string text;
        for (const std::string& word : node.words) text += fmt::format("{}{}", text.empty() ? "" : "|", word);
        return fmt::format("{{{}}}", text);
    }

    [[nodiscard]] std::string write_node(const notation::SetWord& node) const {
        std::vector<const ValueWord*> known;
        for (const ValueWord* word : node.words) {
            if (is_known(*word, release_)) known.push_back(word);
        }
        const bool plain = std::ranges::all_of(known, [](const ValueWord* word) { return word->arguments.empty(); });
        if (known.size() > spelt_out || !plain) return fmt::format("<{}>", node.set);
        std::string text;
        for (const ValueWord* word : known) text += fmt::format("{}{}", text.empty() ? "" : "|", word->word);
        return known.size() == 1 ? text : fmt::format("{{{}}}", text);
    }

    [[nodiscard]] static std::string write_node(const notation::End& /*node*/) { return {}; }

    Version release_;
};

/// The parts of a pattern that are patterns.
std::vector<const Pattern*> parts_of(const Pattern& pattern) {
    std::vector<const Pattern*> parts;
    const auto add_all = [&parts](const std::vector<Pattern>& patterns) {
        for (const Pattern& part : patterns) parts.push_back(&part);
    };
    if (const auto* sequence = std::get_if<notation::Sequence>(&pattern.node)) add_all(sequence->items);
    if (const auto* choice = std::get_if<notation::Choice>(&pattern.node)) add_all(choice->ways);
    if (const auto* optional = std::get_if<notation::Optional>(&pattern.node)) add_all(optional->inner);
    if (const auto* repeat = std::get_if<notation::Repeat>(&pattern.node)) add_all(repeat->inner);
    if (const auto* skipping = std::get_if<notation::Skipping>(&pattern.node)) add_all(skipping->inner);
    return parts;
}

void collect_sets(const Pattern& pattern, std::vector<std::string_view>& sets) {
    for (const Pattern* part : parts_of(pattern)) collect_sets(*part, sets);
    const auto* set = std::get_if<notation::SetWord>(&pattern.node);
    if (set == nullptr) return;
    const std::string_view name = set->words.front()->set;  // lives as long as the tables
    if (std::ranges::find(sets, name) != sets.end()) return;
    sets.push_back(name);
    for (const ValueWord* word : set->words) {
        if (const Pattern* arguments = notation::find_parsed(word->arguments)) collect_sets(*arguments, sets);
    }
}

}  // namespace

std::string usage_of(std::string_view text, Version release) {
    if (const Pattern* pattern = notation::find_parsed(text)) return Writer(release).write(*pattern);
    const auto pattern = notation::parse(text);
    return pattern ? Writer(release).write(*pattern) : std::string(text);
}

std::vector<std::string_view> sets_in(std::string_view text) {
    std::vector<std::string_view> sets;
    if (const Pattern* pattern = notation::find_parsed(text)) collect_sets(*pattern, sets);
    return sets;
}

std::string replacement_hint(std::string_view replaced_by) {
    constexpr std::string_view nothing = "nothing: ";
    if (replaced_by.starts_with(nothing)) return fmt::format("leave it out: {}", replaced_by.substr(nothing.size()));
    return fmt::format("write {} instead", replaced_by);
}

}  // namespace lbctl::keywords
