#include "grammar/validate/suppressions.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "grammar/base/shortened.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/source_lines.h"
#include "grammar/syntax/text.h"
#include "grammar/validate/rule_names.h"

namespace lbctl::validate {

namespace {

using source::FileId;
using source::Finding;
using source::Findings;
using source::Range;
using source::Severity;
using source::Sources;

constexpr std::string_view mark = "lbctl:";
constexpr std::uint32_t end_of_file = std::numeric_limits<std::uint32_t>::max();

/// A part of a line, with the offset at which it begins.
struct Piece {
    std::string_view text;
    std::size_t begin = 0;

    void drop(std::size_t count) {
        text.remove_prefix(count);
        begin += count;
    }
    void trim() {
        while (!text.empty() && syntax::is_blank(text.front())) drop(1);
        while (!text.empty() && syntax::is_blank(text.back())) text.remove_suffix(1);
    }
};

/// What a comment says to lbctl.
struct Directive {
    bool whole_file = false;
    std::vector<Piece> names;
};

/// How much of the code of a line opens and closes.
int depth_change(std::string_view code) {
    int change = 0;
    while (const auto brace = syntax::first_brace(code)) {
        change += code[*brace] == '{' ? 1 : -1;
        code.remove_prefix(*brace + 1);
    }
    return change;
}

class Reader {
public:
    Reader(const Sources& sources, FileId file, Findings& findings) : file_(file), findings_(findings) {
        std::string_view text = sources.text(file);
        if (text.find(mark) == std::string_view::npos) return;
        while (!text.empty() && !full_) {
            const syntax::SourceLine line = syntax::take_source_line(text);
            ++number_;
            if (!line.comment.empty()) read_comment(line);
            if (!line.code.empty()) pass(line.code);
        }
        for (const std::size_t each : below_) found_[each].last_line = found_[each].first_line = number_;
        for (const Block& block : blocks_) found_[block.suppression].last_line = end_of_file;
    }

    std::vector<Suppression> take() { return std::move(found_); }

private:
    /// A suppression of a block that is still open.
    struct Block {
        std::size_t suppression = 0;
        int depth = 0;  ///< around the block
    };

    Finding& report(const Piece& where, std::string message, std::string hint) {
        const auto begin = static_cast<std::uint32_t>(where.begin + 1);
        const auto length = static_cast<std::uint32_t>(std::max<std::size_t>(where.text.size(), 1));
        const Range range{file_, {number_, begin}, {number_, begin + length}};
        findings_.push_back(
            {"bad-suppression", Severity::warning, {range, 0}, std::move(message), std::move(hint), {}, {}});
        return findings_.back();
    }

    std::optional<Directive> parse(Piece comment) {
        while (!comment.text.empty() && (comment.text.front() == '#' || comment.text.front() == '!')) comment.drop(1);
        comment.trim();
        if (!comment.text.starts_with(mark)) return std::nullopt;
        const Piece whole = comment;
        comment.drop(mark.size());
        comment.trim();
        const std::size_t length = std::min(comment.text.find_first_of("[ \t:("), comment.text.size());
        const std::string_view word = comment.text.substr(0, length);
        Directive directive{word == "ignore-file", {}};
        if (word != "ignore" && !directive.whole_file) {
            report({comment.text.substr(0, length), comment.begin},
                   fmt::format("`{}' is no word of a comment for lbctl", base::shortened(word)),
                   "write `lbctl: ignore[RULE]' or `lbctl: ignore-file[RULE]'");
            return std::nullopt;
        }
        comment.drop(length);
        comment.trim();
        const std::size_t close = comment.text.find(']');
        if (!comment.text.starts_with('[') || close == std::string_view::npos) {
            report(whole, "this comment does not say in brackets which rules it is for, and suppresses nothing",
                   fmt::format("write `lbctl: {}[RULE, ...]'", word));
            return std::nullopt;
        }
        read_names({comment.text.substr(1, close - 1), comment.begin + 1}, directive);
        if (directive.names.empty()) report(whole, "this comment names no rule, and suppresses nothing", {});
        return directive;
    }

    static void read_names(Piece list, Directive& directive) {
        while (!list.text.empty()) {
            const std::size_t comma = std::min(list.text.find(','), list.text.size());
            Piece name{list.text.substr(0, comma), list.begin};
            name.trim();
            if (!name.text.empty()) directive.names.push_back(name);
            list.drop(std::min(comma + 1, list.text.size()));
        }
    }

    void read_comment(const syntax::SourceLine& line) {
        const std::size_t begin = line.indentation.size() + line.code.size() + line.gap.size();
        const auto directive = parse({line.comment, begin});
        if (!directive) return;
        for (const Piece& name : directive->names) {
            if (!is_rule_name(name.text)) {
                const std::string_view meant = nearest_rule_name(name.text);
                report(name, fmt::format("there is no rule or family `{}'", base::shortened(name.text)),
                       meant.empty() ? "" : fmt::format("did you mean `{}'?", meant));
                continue;
            }
            if (found_.size() == most_suppressions) {
                report(name,
                       fmt::format("these are more than {} suppressions: the rest is not read", most_suppressions), {});
                full_ = true;
                return;
            }
            const auto column = static_cast<std::uint32_t>(name.begin + 1);
            const Range range{
                file_, {number_, column}, {number_, column + static_cast<std::uint32_t>(name.text.size())}};
            if (directive->whole_file) {
                found_.push_back({std::string(name.text), range, 1, end_of_file});
            } else {
                below_.push_back(found_.size());
                found_.push_back({std::string(name.text), range, number_, number_});
            }
        }
    }

    /// A line that is more than a comment: what waited for it is for it, or for the block that it opens.
    void pass(std::string_view code) {
        const int before = depth_;
        depth_ += depth_change(code);
        // The brace of the block may stand on a line of its own.
        if (!code.starts_with('{')) head_.clear();
        head_.insert(head_.end(), below_.begin(), below_.end());
        for (const std::size_t each : below_) found_[each].first_line = found_[each].last_line = number_;
        below_.clear();
        if (depth_ > before) {
            for (const std::size_t each : head_) blocks_.push_back({each, before});
            head_.clear();
        }
        std::erase_if(blocks_, [&](const Block& block) {
            if (depth_ > block.depth) return false;
            found_[block.suppression].last_line = number_;
            return true;
        });
    }

    FileId file_;
    Findings& findings_;
    std::vector<Suppression> found_;
    std::vector<std::size_t> below_;  ///< that wait for the line that they are for; indices of found_
    std::vector<std::size_t> head_;   ///< that are for the line before, which may be the head of a block
    std::vector<Block> blocks_;
    std::uint32_t number_ = 0;
    int depth_ = 0;
    bool full_ = false;
};

}  // namespace

std::vector<Suppression> read_suppressions(const Sources& sources, FileId file, Findings& findings) {
    return Reader(sources, file, findings).take();
}

Suppressions::File& Suppressions::read(const Sources& sources, FileId file, Findings& findings) {
    const auto [at, is_new] = files_.try_emplace(sources.name(file));
    File& known = at->second;
    if (is_new) {
        known.list = read_suppressions(sources, file, findings);
        known.used.resize(known.list.size());
        for (std::size_t i = 0; i < known.list.size(); ++i) known.by_name.emplace(known.list[i].name, i);
    }
    return known;
}

bool Suppressions::suppresses(File& file, const Finding& finding) {
    const RulePage* const page = find_rule_page(finding.rule);
    const std::uint32_t line = finding.where.range.begin.line;
    bool found = false;
    for (const std::string_view name : {finding.rule, page == nullptr ? std::string_view() : page->family}) {
        const auto [begin, end] = file.by_name.equal_range(name);
        for (auto at = begin; at != end; ++at) {
            const Suppression& each = file.list[at->second];
            if (line < each.first_line || line > each.last_line) continue;
            file.used[at->second] = found = true;
        }
    }
    return found;
}

std::size_t Suppressions::apply(const Sources& sources, Findings& findings) {
    Findings faults;
    std::vector<File*> files;
    bool any = false;
    for (FileId file = 0; file < sources.file_count(); ++file) {
        files.push_back(&read(sources, file, faults));
        any = any || !files.back()->list.empty();
    }
    std::size_t taken = 0;
    if (any) {
        const auto kept = std::stable_partition(findings.begin(), findings.end(), [&](const Finding& finding) {
            return !suppresses(*files[finding.where.range.file], finding);
        });
        taken = static_cast<std::size_t>(findings.end() - kept);
        findings.erase(kept, findings.end());
    }
    if (!faults.empty()) {
        findings.append(std::move(faults));
        source::sort_findings(findings);
    }
    return taken;
}

void Suppressions::report_unused(const Sources& sources, Findings& findings,
                                 const std::function<bool(const RulePage&)>& ran) {
    std::vector<RulePage> all_pages;  // read when the first is unused: mostly none is
    const auto had_chance = [&](const Suppression& each) {
        if (all_pages.empty()) all_pages = all_rule_pages();
        return std::ranges::any_of(all_pages,
                                   [&](const RulePage& page) { return is_named(page, each.name) && ran(page); });
    };
    bool any = false;
    for (FileId id = 0; id < sources.file_count(); ++id) {
        const auto at = files_.find(sources.name(id));
        if (at == files_.end() || std::exchange(at->second.reported, true)) continue;
        const File& file = at->second;
        for (std::size_t i = 0; i < file.list.size(); ++i) {
            const Suppression& each = file.list[i];
            if (file.used[i] || !had_chance(each)) continue;
            Range where = each.where;
            where.file = id;
            findings.push_back({"unused-suppression",
                                Severity::info,
                                {where, 0},
                                fmt::format("nothing here is suppressed by `{}'", each.name),
                                "take it out",
                                {},
                                {}});
            any = true;
        }
    }
    if (any) source::sort_findings(findings);
}

}  // namespace lbctl::validate
