#include "grammar/ast/daemon_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast/daemon_words.h"
#include "grammar/keywords/keyword.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::ast {

namespace {

using keywords::Keyword;
using keywords::Kind;
using syntax::Line;
using syntax::Word;

enum class Process { parent, checker, vrrp };

/// Which process takes a block or keyword of the top level. (The one for BFD reads what the checker reads of it.)
Process process_of(const Keyword& keyword) {
    constexpr std::array<std::string_view, 6> of_checker{"virtual_server", "virtual_server_group", "SSL",
                                                         "track_file",     "vrrp_track_file",      "bfd_instance"};
    if (std::ranges::find(of_checker, keyword.name) != of_checker.end()) return Process::checker;
    return keyword.opens_block() && keyword.id != "global_defs"_kw ? Process::vrrp : Process::parent;
}

/// Whether a keyword of the top level, once the parent has seen it, makes it start that process.
bool starts(const Keyword& keyword, Process process) {
    constexpr std::array<std::string_view, 4> of_vrrp{"vrrp_instance", "static_ipaddress", "static_routes",
                                                      "static_rules"};
    if (process == Process::checker) return keyword.id == "virtual_server"_kw;
    return process == Process::vrrp && std::ranges::find(of_vrrp, keyword.name) != of_vrrp.end();
}

/// A statement of the top level and the line that it begins on.
struct Found {
    std::size_t line = 0;
    Node node;
};

/// One process's way through all lines (process_stream() and alloc_value_block() of keepalived's lib/parser.c).
class Pass {
public:
    Pass(Process process, std::span<const Line> lines, base::Arena& tree, keywords::Version target)
        : process_(process), lines_(lines), tree_(tree), target_(target) {}

    std::vector<Found> run() {
        read_top();
        return std::move(found_);
    }
    [[nodiscard]] const std::optional<DaemonEnd>& end() const { return end_; }
    [[nodiscard]] bool starts_process(Process process) const {
        return process == process_ || (process == Process::checker ? starts_checker_ : starts_vrrp_);
    }

private:
    static constexpr std::string_view open = "{";
    static constexpr std::string_view close = "}";
    /// How many braces have to close before reading goes on; or the next line tells whether there is a block at all.
    static constexpr int next_line_tells = -1;

    /// The words of the next line that has any. False at the end.
    bool next() {
        while (at_ < lines_.size()) {
            syntax::split_words(lines_[at_++].text.bytes(), spans_);
            if (!spans_.words.empty()) return true;
        }
        return false;
    }
    [[nodiscard]] const Line& line() const { return lines_[at_ - 1]; }
    [[nodiscard]] std::string_view first() const { return spans_.words.front().text; }
    [[nodiscard]] std::string_view last() const { return spans_.words.back().text; }

    /// Whether this line belongs to a block that is passed over; `closed` when it ends that block.
    bool passes_over(bool& closed) {
        closed = false;
        if (skipped_ == next_line_tells) {
            skipped_ = first() == open ? 1 : 0;
            if (skipped_ == 1) return true;
        }
        if (skipped_ == 0) return false;
        for (const syntax::WordSpan& word : spans_.words) {
            if (word.text == open) ++skipped_;
            if (word.text == close && --skipped_ == 0) {
                closed = true;
                break;
            }
        }
        return true;
    }

    void read_top() {
        std::vector<Node> statements;
        std::vector<std::size_t> places;  ///< the lines that they begin on
        bool closed = false;
        while (next()) {
            if (passes_over(closed) || first() == open) continue;
            const Keyword* const keyword = known(keywords::top_context);
            if (keyword == nullptr) continue;
            starts_checker_ = starts_checker_ || starts(*keyword, Process::checker);
            starts_vrrp_ = starts_vrrp_ || starts(*keyword, Process::vrrp);
            if (process_of(*keyword) != process_) {
                skipped_ = last() == open ? 1 : next_line_tells;
                continue;
            }
            const std::size_t line = at_ - 1;
            read_statement(*keyword, statements);
            places.resize(statements.size(), line);
        }
        for (std::size_t i = 0; i < statements.size(); ++i) found_.push_back({places[i], statements[i]});
    }

    /// True when the block was passed over.
    bool read_block(const Keyword& block, std::vector<Node>& statements) {
        const keywords::ContextId context = block.inside;
        bool closed = false;
        while (next()) {
            const bool passed_over = passes_over(closed);
            if (closed) return true;
            // A brace that is missing, or one too many, makes no difference here.
            if (passed_over || first() == open) continue;
            if (first() == close) return false;
            if (const Keyword* const keyword = known(context)) read_statement(*keyword, statements);
        }
        return false;
    }

    [[nodiscard]] const Keyword* known(keywords::ContextId context) const {
        const Keyword* const keyword = keywords::find_keyword(context, first());
        return keyword != nullptr && keyword->known_to(target_) ? keyword : nullptr;
    }

    /// Reads the statement of the line that was read last, with its block.
    void read_statement(const Keyword& keyword, std::vector<Node>& statements) {
        Node node = node_of(keyword);
        if (node.keyword == nullptr) return;
        const bool has_open = keyword.opens_block() && !node.arguments.empty() && node.arguments.back().text() == open;
        if (has_open) node.arguments = node.arguments.first(node.arguments.size() - 1);
        const source::Place place = node.head.place();
        if (keyword.opens_block()) node.braces = tree_.make(Braces{place, place});
        const Taken taken = taken_by_daemon(node, target_);
        node.valid = taken == Taken::yes;
        if (taken == Taken::ends_it) end_with(node, keyword.name);
        if (keyword.kind == Kind::block) {
            const bool is_server = keyword.id == "virtual_server"_kw || keyword.id == "real_server"_kw;
            const bool is_refused = taken == Taken::no && is_server;
            if (is_refused) skipped_ = has_open ? 1 : next_line_tells;
            std::vector<Node> children;
            const bool passed_over = read_block(keyword, children);
            if (is_refused) {
                if (!passed_over) add_to_last(keyword, children, statements);
                return;
            }
            node.children = tree_.keep_all(std::span<const Node>(children));
        } else if (keyword.opens_block()) {
            node.children = read_entries(node, has_open);
        }
        statements.push_back(node);
    }

    /// A block that is refused and not passed over, because its brace is missing: older releases take what is in it for
    /// the server before.
    void add_to_last(const Keyword& keyword, std::span<const Node> children, std::vector<Node>& statements) {
        constexpr keywords::Version knows_the_current_server{2, 3, 0};
        const auto is_same = [&keyword](const Node& node) { return node.keyword == &keyword; };
        const auto last = std::ranges::find_if(statements.rbegin(), statements.rend(), is_same);
        if (target_ >= knows_the_current_server || last == statements.rend()) return;
        std::vector<Node> all(last->children.begin(), last->children.end());
        all.insert(all.end(), children.begin(), children.end());
        last->children = tree_.keep_all(std::span<const Node>(all));
    }

    /// Without keyword where a command is lost.
    Node node_of(const Keyword& keyword) {
        Node node;
        node.keyword = &keyword;
        const std::span words(spans_.words);
        node.head = word_at(words.front());
        if (keyword.takes_command) {
            std::size_t open_at = std::string_view::npos;
            const std::vector<Word> split = syntax::split_script_words(tree_, line().text, open_at);
            if (!split.empty()) {
                node.takes_command = true;
                node.arguments = tree_.keep_all(std::span(split).subspan(1));
                return node;
            }
            // The process for VRRP, which reads commands as well, takes no other with it when it crashes.
            if (keyword.id == "misc_path"_kw && open_at != std::string_view::npos)
                end_ = end_.value_or(DaemonEnd{line().text.location(), "the command of misc_path is never closed"});
            return {};
        }
        node.arguments = tree_.make_all<Word>(words.size() - 1);
        std::ranges::transform(words.subspan(1), node.arguments.begin(),
                               [this](const syntax::WordSpan& span) { return word_at(span); });
        return node;
    }

    std::span<Node> read_entries(const Node& block, bool has_open) {
        std::vector<Node> entries;
        bool needs_open = !has_open;
        bool closed = false;
        while (!closed && next()) {
            std::span<const syntax::WordSpan> words(spans_.words);
            if (std::exchange(needs_open, false)) {
                if (words.front().text == open)
                    words = words.subspan(1);
                else if (block.keyword->id == "virtual_server_group"_kw)
                    end_at(block, "the `{' of virtual_server_group is missing");  // the message lacks the name
            }
            if (!words.empty() && words.back().text == close) {
                closed = true;
                words = words.first(words.size() - 1);
            }
            const std::size_t length = block.keyword->kind == Kind::list ? 1 : words.size();
            for (; !words.empty(); words = words.subspan(length)) add_entry(block, words.first(length), entries);
        }
        return tree_.keep_all(std::span<const Node>(entries));
    }

    void add_entry(const Node& block, std::span<const syntax::WordSpan> words, std::vector<Node>& entries) {
        // keepalived refuses it, and the processes that pass over the block count it.
        if (words.front().text == open) return;
        Node entry;
        entry.arguments = tree_.make_all<Word>(words.size());
        std::ranges::transform(words, entry.arguments.begin(),
                               [this](const syntax::WordSpan& span) { return word_at(span); });
        entry.head = entry.arguments.front();
        const Taken taken = entry_taken_by_daemon(*block.keyword, entry, target_);
        if (taken == Taken::ends_it) end_with(entry, block.keyword->name);
        entry.valid = taken == Taken::yes;
        entries.push_back(entry);
    }

    Word word_at(const syntax::WordSpan& span) {
        return Word::in_line(tree_, line().text, span.begin, span.end, span.text, span.quoted);
    }

    void end_with(const Node& node, std::string_view keyword) {
        end_at(node, node.arguments.size() > 1 ? fmt::format("{} has a word too many", keyword)
                                               : fmt::format("{} lacks a word", keyword));
    }

    void end_at(const Node& node, std::string reason) {
        if (!end_) end_ = {node.head.where(), std::move(reason)};
    }

    Process process_;
    std::span<const Line> lines_;
    base::Arena& tree_;
    keywords::Version target_;
    std::size_t at_ = 0;
    int skipped_ = 0;
    bool starts_checker_ = false;
    bool starts_vrrp_ = false;
    syntax::WordSpans spans_;  ///< of the line that was read last
    std::vector<Found> found_;
    std::optional<DaemonEnd> end_;
};

}  // namespace

DaemonReading read_as_daemon(std::span<const Line> lines, base::Arena& tree, keywords::Version target) {
    std::vector<Found> found;
    DaemonReading reading;
    Pass parent(Process::parent, lines, tree, target);
    found = parent.run();
    reading.end = parent.end();
    for (const Process process : {Process::checker, Process::vrrp}) {
        Pass pass(process, lines, tree, target);
        std::vector<Found> statements = pass.run();
        const bool runs = parent.starts_process(process);
        if (runs && !reading.end) reading.end = pass.end();
        // Braces that the parent counts in another way can hide all of them from it.
        if (!runs) std::erase_if(statements, [&](const Found& one) { return starts(*one.node.keyword, process); });
        found.insert(found.end(), statements.begin(), statements.end());
    }
    std::ranges::stable_sort(found, {}, &Found::line);
    std::vector<Node> nodes(found.size());
    std::ranges::transform(found, nodes.begin(), &Found::node);
    reading.statements = tree.keep_all(std::span<const Node>(nodes));
    return reading;
}

}  // namespace lbctl::ast
