#include "grammar/validate/consequences.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/validate/rule.h"

namespace lbctl::validate {

namespace {

using ast::Node;
using source::Finding;
using source::Position;
using source::Range;

/// Whether a block was passed over, so that the names in it are not known.
bool loses_block(const Finding& finding) {
    const bool is_unknown = finding.rule == "unknown-keyword" || finding.rule == "misplaced-keyword";
    return finding.rule == "unexpected-open-brace" || finding.rule == "block-where-value" ||
           finding.rule == "missing-close-brace" || (is_unknown && !finding.notes.empty());
}

/// Whether a word is like no keyword at all, so that it can hardly be what is missing elsewhere.
bool says_nothing_known(const Finding& finding) {
    return finding.rule == "unknown-keyword" && finding.hint.empty();
}

/// A block and what is known of it.
struct Block {
    const Node* node = nullptr;
    std::size_t parent = 0;  ///< index; the first one is its own
    bool faulty = false;     ///< an error lies in it
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

    /// Marks the block around a place as faulty; the one around that, too, if the fault stands before the brace, so
    /// that the block itself may be lost, or in a list, which is all that there is of it.
    void blame(const Finding& finding) {
        merge_ = merge_ || finding.rule == "merge-conflict";
        if (says_nothing_known(finding)) {
            // A block of its own making can define the name behind its word, and hardly another.
            if (loses_block(finding)) lost_names_.insert(word_behind(finding.where.range));
            if (finding.notes.empty()) return;
        } else {
            lost_block_ = lost_block_ || loses_block(finding);
        }
        Block& innermost = blocks_[around(finding.where.range)];
        innermost.faulty = true;
        if (innermost.node == nullptr) return;
        const Node& node = *innermost.node;
        const bool is_list = node.keyword->kind != keywords::Kind::block;
        if (is_list || finding.where.range.begin < node.braces->open.location().range.begin)
            blocks_[innermost.parent].faulty = true;
        const bool at_keyword = node.head.where().range == finding.where.range;
        if (at_keyword && finding.rule == "missing-argument") nameless_.insert(node.head.text());
    }

    /// Whether an error lies in the innermost block around a place.
    [[nodiscard]] bool faulty_around(const Range& range) const { return blocks_[around(range)].faulty; }

    /// Whether an error lies in the block whose keyword stands at that place.
    [[nodiscard]] bool faulty_at(const Range& head) const {
        const std::size_t at = around(head);
        return at != 0 && blocks_[at].faulty && blocks_[at].node->head.where().range == head;
    }

    [[nodiscard]] bool has_nameless(std::string_view keyword) const { return nameless_.contains(keyword); }

    /// Whether there is a block of which nobody knows what it is.
    [[nodiscard]] bool has_lost_block() const { return lost_block_; }

    /// Whether a block of which nobody knows what it is has the name that stands at that place.
    [[nodiscard]] bool loses_name_at(const Range& range) const {
        if (lost_names_.empty() || range.begin.line != range.end.line) return false;
        const std::string_view line = sources_.line(range.file, range.begin.line);
        return lost_names_.contains(line.substr(std::min<std::size_t>(range.begin.column - 1, line.size()),
                                                range.end.column - range.begin.column));
    }

    /// Whether both sides of a merge may stand in the files.
    [[nodiscard]] bool has_merge() const { return merge_; }

private:
    void collect(const Node& node, std::size_t parent) {
        for (const Node& child : node.children) {
            if (child.keyword == nullptr || child.braces == nullptr) continue;
            blocks_.push_back({&child, parent});
            collect(child, blocks_.size() - 1);
        }
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

    /// The next word of that line.
    [[nodiscard]] std::string_view word_behind(const Range& range) const {
        constexpr std::string_view blanks = " \t";
        std::string_view line = sources_.line(range.file, range.end.line);
        line.remove_prefix(std::min<std::size_t>(range.end.column - 1, line.size()));
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        return line.substr(0, line.find_first_of(" \t{"));
    }

    const source::Sources& sources_;
    std::vector<Block> blocks_;
    std::vector<std::size_t> by_place_;
    std::set<std::string_view> lost_names_;
    std::set<std::string_view> nameless_;
    bool lost_block_ = false;
    bool merge_ = false;
};

/// Whether one of the blocks that a rule gets its names from has none that can be read.
bool misses_name(const Blocks& blocks, const RulePage& rule) {
    std::string_view rest = rule.refers_to;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        if (blocks.has_nameless(rest.substr(0, end))) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

bool is_consequence(const Blocks& blocks, const Finding& finding, const RulePage& rule) {
    const Cause causes = rule.explained_by;
    const auto any_note = [&](const auto& is_faulty) { return std::ranges::any_of(finding.notes, is_faulty); };
    if (has(causes, Cause::fault_in_block) && blocks.faulty_around(finding.where.range)) return true;
    if (has(causes, Cause::merge) && blocks.has_merge()) return true;
    if (has(causes, Cause::fault_in_group) &&
        any_note([&](const source::Note& note) { return blocks.faulty_around(note.range); }))
        return true;
    if (!has(causes, Cause::lost_name)) return false;
    return blocks.has_lost_block() || blocks.loses_name_at(finding.where.range) || misses_name(blocks, rule) ||
           any_note([&](const source::Note& note) { return blocks.faulty_at(note.range); });
}

}  // namespace

bool tells_of_template(const Finding& finding) {
    return finding.rule == "template";
}

void drop_consequences(const Node& root, const source::Sources& sources, source::Findings& findings, std::size_t read) {
    if (std::ranges::any_of(findings, tells_of_template)) {
        findings.erase(std::remove_if(findings.begin(), findings.end(), std::not_fn(tells_of_template)),
                       findings.end());
        return;
    }
    const auto is_error = [](const Finding& finding) { return finding.severity == source::Severity::error; };
    if (std::none_of(findings.begin(), findings.begin() + static_cast<std::ptrdiff_t>(read), is_error)) return;
    Blocks blocks(root, sources);
    for (std::size_t i = 0; i < read; ++i) {
        if (is_error(findings[i])) blocks.blame(findings[i]);
    }
    std::vector<std::pair<std::size_t, const RulePage*>> explainable;
    for (std::size_t i = read; i < findings.size(); ++i) {
        const RulePage* rule = find_rule_page(findings[i].rule);
        if (rule != nullptr && rule->explained_by != Cause::nothing) explainable.emplace_back(i, rule);
    }
    // A consequence can have consequences: a group all of whose members are missing is empty.
    std::vector<bool> dropped(findings.size(), false);
    for (bool more = true; more;) {
        more = false;
        for (const auto& [i, rule] : explainable) {
            if (dropped[i] || !is_consequence(blocks, findings[i], *rule)) continue;
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
