#include "grammar/validate/follow_on_findings.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/validate/follow_on_table.h"

namespace lbctl::validate {

namespace {

using ast::Node;
using keywords::Keyword;
using source::Finding;
using source::Position;
using source::Range;

/// Calls `found` with every word of a list such as "lvs_sched lb_algo" until it says true.
template <class Found>
bool any_of_list(std::string_view list, const Found& found) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        if (found(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

/// The words of a line, one for each; the line has to stay.
std::vector<std::string_view> words_in(std::string_view line, syntax::WordSpans& spans) {
    syntax::split_words(line, spans);
    std::vector<std::string_view> words;
    for (const syntax::WordSpan& span : spans.words) words.push_back(span.text);
    return words;
}

/// Whether a line could stand in a block of that keyword. Where any word is an entry, none shows that it is one.
bool fits_inside(const Keyword& block, std::string_view line) {
    syntax::WordSpans spans;
    const std::vector<std::string_view> words = words_in(line, spans);
    if (words.empty()) return false;
    if (block.kind == keywords::Kind::block) return keywords::find_keyword(block.inside, words.front()) != nullptr;
    constexpr std::array<std::string_view, 1> any_word{"?"};
    return !keywords::match_entry(block, any_word).fits() && keywords::match_entry(block, words).fits();
}

/// Whether what was passed over may be a block of that keyword: it was meant, or, where no keyword is like the word,
/// what stands inside would fit there.
bool may_be(const Finding& passed, const Keyword& block) {
    if (!passed.meant.empty()) return passed.meant == block.name;
    if (!block.opens_block()) return false;
    return std::any_of(passed.passed_over.begin() + 1, passed.passed_over.end(),
                       [&](const std::string& line) { return fits_inside(block, line); });
}

/// A block and what is known of it.
struct Block {
    const Node* node = nullptr;
    std::size_t parent = 0;                ///< index; the first one is its own
    std::vector<std::size_t> lists{};      ///< indices of the blocks in it that hold entries
    bool faulty = false;                   ///< an error lies in it
    bool all_unsure = false;               ///< any line of it may have been lost
    bool entries_unsure = false;           ///< an entry of it could not be read
    std::set<std::string_view> unsure{};   ///< keywords of lines in it that could not be read
    std::vector<const Finding*> passed{};  ///< they tell of blocks in it that were passed over
    std::set<std::string> swallowed{};     ///< first words of the lines that were passed over in it, however deep
};

/// The blocks of a configuration by place. Blocks nest within one file; one whose end lies in another file holds what
/// stands up to the next block.
class Blocks {
public:
    Blocks(const Node& root, const source::Sources& sources) : sources_(sources) {
        blocks_.push_back({});
        collect(root, 0);
        by_place_.reserve(blocks_.size());
        for (std::size_t i = 1; i < blocks_.size(); ++i) by_place_.push_back(i);
        std::ranges::sort(by_place_,
                          [&](std::size_t one, std::size_t other) { return begin_of(one) < begin_of(other); });
    }

    /// Notes what is not known for sure because of an error. The finding has to stay where it is.
    void blame(const Finding& finding) {
        const Unsure unsure = unsure_by(finding.rule);
        merge_ = merge_ || unsure.merge;
        const std::size_t at = around(finding.where.range);
        if (!finding.passed_over.empty()) pass_over(finding, at);
        if (!finding.meant.empty()) blocks_[at].unsure.insert(finding.meant);
        if (unsure.word && finding.meant.empty()) return;
        Block& innermost = blocks_[at];
        innermost.faulty = true;
        names_unsure_ = names_unsure_ || unsure.names;
        if (innermost.node == nullptr) return;
        const Node& node = *innermost.node;
        const bool in_header = finding.where.range.begin < node.braces->open.location().range.begin;
        const bool is_list = node.keyword->kind != keywords::Kind::block;
        if (unsure.block && finding.passed_over.empty()) {
            innermost.all_unsure = true;
            if (is_list || in_header) blocks_[innermost.parent].all_unsure = true;
        } else if (in_header) {
            blocks_[innermost.parent].faulty = true;
            blocks_[innermost.parent].unsure.insert(node.keyword->name);
            const bool at_keyword = node.head.where().range == finding.where.range;
            if (at_keyword && unsure.name) nameless_.insert(node.keyword->name);
        } else if (is_list) {
            innermost.entries_unsure = innermost.entries_unsure || finding.passed_over.empty();
        } else if (!unsure.word) {
            if (const Node* statement = statement_at(node, finding.where.range))
                innermost.unsure.insert(statement->keyword->name);
            else if (finding.passed_over.empty())
                innermost.all_unsure = true;
        }
    }

    /// Whether other findings say why this one is made.
    [[nodiscard]] bool explain(const Finding& finding, const Consequence& row) const {
        const Cause causes = row.causes;
        const std::size_t at = around(finding.where.range);
        const auto any_note = [&](const auto& explains) {
            return std::ranges::any_of(finding.notes, [&](const auto& note) { return explains(around(note.range)); });
        };
        const auto lacks_keyword = [&](std::size_t block) { return may_hold(block, row.keywords); };
        const auto lacks_entry = [&](std::size_t block) { return may_hold_entry(block); };
        return (has(causes, Cause::merge) && merge_) ||
               (has(causes, Cause::keyword) && (lacks_keyword(at) || (is_list(at) && lacks_keyword(parent(at))))) ||
               (has(causes, Cause::entry) && lacks_entry(at)) ||
               (has(causes, Cause::keyword_in_notes) && any_note(lacks_keyword)) ||
               (has(causes, Cause::entry_in_notes) && any_note(lacks_entry)) ||
               (has(causes, Cause::use) && may_be_used(finding, row.blocks)) ||
               (has(causes, Cause::name) && may_be_defined(finding, at, row.blocks));
    }

private:
    void collect(const Node& node, std::size_t parent) {
        for (const Node& child : node.children) {
            if (child.keyword == nullptr || child.braces == nullptr) continue;
            const std::size_t at = blocks_.size();
            blocks_.push_back({&child, parent});
            if (child.keyword->kind != keywords::Kind::block) blocks_[parent].lists.push_back(at);
            collect(child, at);
        }
    }

    void pass_over(const Finding& finding, std::size_t at) {
        blocks_[at].passed.push_back(&finding);
        syntax::WordSpans spans;
        bool in_header = true;
        for (const std::string& line : finding.passed_over) {
            const std::vector<std::string_view> words = words_in(line, spans);
            if (in_header && words.size() < 2) nameless_blocks_.push_back(&finding);
            for (std::size_t i = in_header ? 1 : 0; i < words.size(); ++i) lost_words_.emplace(words[i]);
            for (std::size_t block = at; !in_header && !words.empty(); block = parent(block)) {
                blocks_[block].swallowed.emplace(words.front());
                if (block == 0) break;
            }
            in_header = false;
        }
    }

    [[nodiscard]] std::size_t parent(std::size_t at) const { return blocks_[at].parent; }
    [[nodiscard]] bool is_list(std::size_t at) const {
        return blocks_[at].node != nullptr && blocks_[at].node->keyword->kind != keywords::Kind::block;
    }

    /// Whether one of the keywords may stand in that block after all.
    [[nodiscard]] bool may_hold(std::size_t at, std::string_view names) const {
        const Block& block = blocks_[at];
        if (block.all_unsure) return true;
        const auto context = block.node == nullptr ? keywords::top_context : block.node->keyword->inside;
        return any_of_list(names, [&](std::string_view name) {
            if (block.unsure.contains(name) || block.swallowed.contains(std::string(name))) return true;
            const Keyword* const keyword = keywords::find_keyword(context, name);
            if (keyword == nullptr) return false;
            return std::ranges::any_of(block.passed, [&](const Finding* each) { return may_be(*each, *keyword); }) ||
                   std::ranges::any_of(block.lists, [&](std::size_t list) {
                       return blocks_[list].node->keyword == keyword && may_hold_entry(list);
                   });
        });
    }

    /// Whether an entry of that list could not be read.
    [[nodiscard]] bool may_hold_entry(std::size_t at) const {
        const Block& block = blocks_[at];
        if (block.all_unsure || block.entries_unsure) return true;
        if (!is_list(at)) return false;
        const Keyword& list = *block.node->keyword;
        return std::ranges::any_of(block.passed, [&](const Finding* each) {
            // The entry may stand after the unknown word, too.
            const std::string_view header = each->passed_over.front();
            return fits_inside(list, header.substr(std::min(header.find_first_of(" \t"), header.size()))) ||
                   std::ranges::any_of(each->passed_over,
                                       [&](const std::string& line) { return fits_inside(list, line); });
        });
    }

    /// Whether the name that nobody uses may be used in what could not be read.
    [[nodiscard]] bool may_be_used(const Finding& finding, std::string_view used_by) const {
        return names_unsure_ || loses_name_at(finding.where.range) ||
               any_of_list(used_by, [&](std::string_view keyword) { return nameless_.contains(keyword); });
    }

    /// Whether the name that a finding misses may be defined in what could not be read.
    [[nodiscard]] bool may_be_defined(const Finding& finding, std::size_t at, std::string_view defined_by) const {
        if (names_unsure_ || loses_name_at(finding.where.range)) return true;
        const auto may_be_nameless = [&](std::string_view keyword) {
            if (nameless_.contains(keyword)) return true;
            const Keyword* const row = keywords::find_keyword(keywords::top_context, keyword);
            return row != nullptr &&
                   std::ranges::any_of(nameless_blocks_, [&](const Finding* each) { return may_be(*each, *row); });
        };
        if (any_of_list(defined_by, may_be_nameless)) return true;
        // Of a block that stands below its use all that could be read would not help.
        return std::ranges::any_of(finding.notes, [&](const source::Note& note) {
            const std::size_t block = around(note.range);
            return block != 0 && block < at && blocks_[block].faulty &&
                   blocks_[block].node->head.where().range == note.range;
        });
    }

    /// Whether the name at that place stands in what was passed over.
    [[nodiscard]] bool loses_name_at(const Range& range) const {
        if (lost_words_.empty() || range.begin.line != range.end.line) return false;
        const std::string_view line = sources_.line(range.file, range.begin.line);
        return lost_words_.contains(line.substr(std::min<std::size_t>(range.begin.column - 1, line.size()),
                                                range.end.column - range.begin.column));
    }

    /// The statement of a block that stands on the line of a place; null when there is none.
    [[nodiscard]] static const Node* statement_at(const Node& block, const Range& range) {
        const std::pair place(range.file, range.begin);
        const auto begins_before = [&](const Node& child) {
            const Range head = child.head.where().range;
            return std::pair(head.file, head.begin) <= place;
        };
        const auto next = std::ranges::partition_point(block.children, begins_before);
        if (next == block.children.begin()) return nullptr;
        const Node& last = *std::prev(next);
        const Range head = last.head.where().range;
        return last.keyword != nullptr && head.file == range.file && head.begin.line == range.begin.line ? &last
                                                                                                         : nullptr;
    }

    [[nodiscard]] std::pair<source::FileId, Position> begin_of(std::size_t at) const {
        const Range head = blocks_[at].node->head.where().range;
        return {head.file, head.begin};
    }

    /// The innermost block around a place, 0 for the top level.
    [[nodiscard]] std::size_t around(const Range& range) const {
        const std::pair place(range.file, range.begin);
        auto next = std::ranges::upper_bound(by_place_, place, {}, [&](std::size_t at) { return begin_of(at); });
        if (next == by_place_.begin()) return 0;
        std::size_t at = *std::prev(next);
        const auto is_over = [&](std::size_t block) {
            const Range close = blocks_[block].node->braces->close.location().range;
            return begin_of(block).first != range.file || (close.file == range.file && close.end <= range.begin);
        };
        while (at != 0 && is_over(at)) at = blocks_[at].parent;
        return at;
    }

    const source::Sources& sources_;
    std::vector<Block> blocks_;  ///< in the order of reading
    std::vector<std::size_t> by_place_;
    std::set<std::string, std::less<>>
        lost_words_;                               ///< of what was passed over; one of them may be the name of a block
    std::vector<const Finding*> nameless_blocks_;  ///< that were passed over and have no name
    std::set<std::string_view> nameless_;          ///< keywords of blocks whose name is missing
    bool names_unsure_ = false;
    bool merge_ = false;
};

}  // namespace

void drop_follow_on_findings(const Node& root, const source::Sources& sources, source::Findings& findings,
                             std::size_t read) {
    const auto tells_of_everything = [](const Finding& finding) { return unsure_by(finding.rule).everything; };
    if (findings.facts().is_template()) {
        findings.erase(std::remove_if(findings.begin(), findings.end(), std::not_fn(tells_of_everything)),
                       findings.end());
        return;
    }
    const auto is_error = [](const Finding& finding) { return finding.severity == source::Severity::error; };
    if (std::none_of(findings.begin(), findings.begin() + static_cast<std::ptrdiff_t>(read), is_error)) return;
    Blocks blocks(root, sources);
    for (std::size_t i = 0; i < read; ++i) {
        if (is_error(findings[i])) blocks.blame(findings[i]);
    }
    std::vector<std::pair<std::size_t, const Consequence*>> explainable;
    for (std::size_t i = read; i < findings.size(); ++i) {
        if (const Consequence* row = find_consequence(findings[i].rule)) explainable.emplace_back(i, row);
    }
    // A consequence can have consequences: a group all of whose members are missing is empty.
    std::vector<bool> dropped(findings.size(), false);
    for (bool more = true; more;) {
        more = false;
        for (const auto& [i, row] : explainable) {
            if (dropped[i] || !blocks.explain(findings[i], *row)) continue;
            dropped[i] = true;
            more = true;
            blocks.blame(findings[i]);
        }
    }
    std::size_t at = 0;
    const auto end = std::remove_if(findings.begin(), findings.end(), [&](const Finding&) { return dropped[at++]; });
    findings.erase(end, findings.end());
}

}  // namespace lbctl::validate
