#include "grammar/keywords/keyword.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "grammar/keywords/tables/tables.h"

namespace lbctl::keywords {
namespace {

/// Of a name in a context: enough to tell some 600 names apart, from few steps.
std::size_t hash_of(ContextId context, std::string_view name) {
    // Parts of a size that is known when this is compiled are one instruction each; they may overlap.
    const auto part = [name]<class Number>(std::size_t at, Number number) -> std::uint64_t {
        std::memcpy(&number, name.data() + at, sizeof number);
        return number;
    };
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    if (const std::size_t size = name.size(); size >= 8) {
        head = part(0, std::uint64_t{});
        tail = part(size - 8, std::uint64_t{});
    } else if (size >= 4) {
        head = part(0, std::uint32_t{});
        tail = part(size - 4, std::uint32_t{});
    } else if (size > 0) {
        head = part(0, std::uint8_t{});
        tail = part(size / 2, std::uint8_t{}) << 8U | part(size - 1, std::uint8_t{});
    }
    const std::uint64_t mixed =
        (head ^ (tail * 0x9E3779B97F4A7C15U)) + static_cast<std::uint64_t>(context) * 0x632BE5ABU;
    return static_cast<std::size_t>((mixed * 0xD6E8FEB86659FD93U) >> 40U);
}

/// All rows in one place, found by open addressing: the parser asks once a line.
class Index {
public:
    Index() {
        for (const auto table :
             {tables::top_level(), tables::global_defs(), tables::global_processes(), tables::virtual_server(),
              tables::script_checkers(), tables::network_checkers(), tables::http_checkers(), tables::vrrp_groups(),
              tables::vrrp_instance(), tables::tracking(), tables::removed_long_ago(), tables::includes()}) {
            rows_.insert(rows_.end(), table.begin(), table.end());
        }
        // Rows of one context stand together, contexts in the order in which they first come.
        for (const Keyword& row : rows_) {
            if (std::ranges::find(contexts_, row.context) == contexts_.end()) contexts_.push_back(row.context);
        }
        std::vector<std::vector<Keyword>> by_context(contexts_.size());
        for (const Keyword& row : rows_) by_context[static_cast<std::size_t>(id_of(row.context))].push_back(row);
        rows_.clear();
        for (const auto& rows : by_context) rows_.insert(rows_.end(), rows.begin(), rows.end());
        for (Keyword& row : rows_) {
            row.number = static_cast<std::uint16_t>(&row - rows_.data());
            if (row.opens_block()) row.inside = id_of(context_inside(row));
        }
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const ContextId context = id_of(rows_[i].context);
            std::size_t at = hash_of(context, rows_[i].name) % slots_.size();
            while (slots_[at].row != 0) at = (at + 1) % slots_.size();
            slots_[at] = {context, static_cast<std::uint16_t>(i + 1)};
        }
        for (const auto table :
             {tables::virtual_server_words(), tables::address_words(), tables::route_words(), tables::rule_words(),
              tables::vrrp_words(), tables::global_words(), tables::text_words()}) {
            words_.insert(words_.end(), table.begin(), table.end());
        }
    }

    static const Index& get() {
        static const Index index;
        return index;
    }

    [[nodiscard]] const Keyword* find(ContextId context, std::string_view name) const {
        for (std::size_t at = hash_of(context, name) % slots_.size(); slots_[at].row != 0;
             at = (at + 1) % slots_.size()) {
            const Slot& slot = slots_[at];
            if (slot.context != context) continue;
            if (const Keyword& row = rows_[slot.row - 1U]; row.name == name) return &row;
        }
        return nullptr;
    }

    [[nodiscard]] ContextId id_of(std::string_view path) const {
        const auto found = std::ranges::find(contexts_, path);
        return found == contexts_.end() ? no_context : ContextId{static_cast<std::uint16_t>(found - contexts_.begin())};
    }

    [[nodiscard]] std::span<const Keyword> rows() const { return rows_; }
    [[nodiscard]] std::span<const ValueWord> words() const { return words_; }
    [[nodiscard]] const std::vector<std::string_view>& contexts() const { return contexts_; }

private:
    struct Slot {
        ContextId context{};
        std::uint16_t row = 0;  ///< its number and one; 0: none
    };

    std::vector<Keyword> rows_;
    std::vector<ValueWord> words_;
    std::vector<std::string_view> contexts_;  ///< "/" is the first
    std::array<Slot, 2048> slots_{};
};

}  // namespace

std::span<const Keyword> all_keywords() {
    return Index::get().rows();
}

std::span<const ValueWord> all_value_words() {
    return Index::get().words();
}

const Keyword* find_keyword(std::string_view context, std::string_view name) {
    return Index::get().find(Index::get().id_of(context), name);
}

const Keyword* find_keyword(ContextId context, std::string_view name) {
    return Index::get().find(context, name);
}

const Keyword* successor_of(const Keyword& keyword, Version release) {
    const Keyword* const other = find_keyword(keyword.context, keyword.replaced_by);
    const bool is_same = other != nullptr && other->known_to(release) && other->kind == keyword.kind &&
                         arguments_in(*other, release) == arguments_in(keyword, release);
    return is_same ? other : nullptr;
}

std::string_view arguments_in(const Keyword& keyword, Version release) {
    if (release >= default_target) return keyword.arguments;
    for (const tables::EarlierArguments& row : tables::earlier_arguments()) {
        if (row.name == keyword.name && row.context == keyword.context && release < row.before) return row.arguments;
    }
    return keyword.arguments;
}

RepeatedLine repeated_line_of(const Keyword& keyword) {
    for (const RepeatedLine& row : tables::repetitions()) {
        if (row.name == keyword.name && (row.context.empty() || row.context == keyword.context)) return row;
    }
    return {keyword.context, keyword.name, Counting::last_counts, {}, {}};
}

std::string_view entry_notation(const Keyword& block) {
    if (block.kind != Kind::line_block && block.kind != Kind::list) return {};
    for (const tables::EntryRow& row : tables::entries()) {
        if (row.block == block.name && (row.context.empty() || row.context == block.context)) return row.notation;
    }
    return {};
}

std::vector<const Keyword*> find_everywhere(std::string_view name) {
    std::vector<const Keyword*> found;
    for (const Keyword& row : all_keywords()) {
        if (row.name == name) found.push_back(&row);
    }
    return found;
}

std::string context_inside(const Keyword& block) {
    if (block.context == "/") return std::string(block.name);
    std::string inside(block.context);
    inside += '/';
    inside += block.name;
    return inside;
}

std::vector<std::string_view> all_contexts() {
    return Index::get().contexts();
}

std::vector<const Keyword*> keywords_of(std::string_view context) {
    std::vector<const Keyword*> found;
    for (const Keyword& row : all_keywords()) {
        if (row.context == context) found.push_back(&row);
    }
    return found;
}

std::vector<const ValueWord*> words_of(std::string_view set) {
    std::vector<const ValueWord*> found;
    for (const ValueWord& word : all_value_words()) {
        if (word.set == set) found.push_back(&word);
    }
    return found;
}

}  // namespace lbctl::keywords
