#include <optional>
#include <string>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for notify scripts: quotes, and words that are taken as user and group.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"script-quote-unclosed", "scripts", Severity::error, "A quote inside a command that is never closed",
     "The command is split a second time into program and arguments, by the same rules. A single quote or an escaped "
     "double quote that stays open loses the whole command: the script counts as not given.",
     "script \"/bin/check 'first argument\""},
    {"script-argument-as-user", "scripts", Severity::warning, "An argument of a script stands where its user belongs",
     "keepalived takes the word behind the command as the user to run it, the next as the group, and drops the script "
     "without a word when there is no such user. Put command and arguments into quotes together.",
     "notify_master /etc/keepalived/notify.sh master"},
};

bool takes_user(const keywords::Keyword& keyword) {
    return keyword.name.starts_with("notify") || keyword.id == "quorum_up"_kw || keyword.id == "quorum_down"_kw ||
           keyword.id == "startup_script"_kw || keyword.id == "shutdown_script"_kw;
}

/// Whether it names a user and nothing else.
bool is_user(keywords::KeywordId keyword) {
    return keyword == "user"_kw || keyword == "script_user"_kw;
}

/// Whether a word can hardly be the name of a user.
bool looks_like_argument(std::string_view word) {
    static constexpr std::string_view usual[] = {"master", "backup", "fault",  "stop",  "up",
                                                 "down",   "MASTER", "BACKUP", "FAULT", "STOP"};
    for (const auto each : usual) {
        if (each == word) return true;
    }
    if (word.empty() || !keywords::find_everywhere(word).empty()) return true;
    return word.front() == '-' || word.find_first_of("/=:$\"'&|;<>()*@") != std::string_view::npos;
}

constexpr keywords::Version keeps_escapes{2, 3, 0};

/// The quote that stays open when a command is split into program and arguments, or NUL.
char open_quote(std::string_view command, bool escapes_gone) {
    std::string plain;
    if (escapes_gone) {
        for (std::size_t at = 0; at < command.size(); ++at) {
            if (command[at] == '\\' && at + 1 < command.size()) ++at;
            plain += command[at];
        }
        command = plain;
    }
    char quote = '\0';
    for (std::size_t at = 0; at < command.size(); ++at) {
        const char c = command[at];
        if (c == '\\') {
            ++at;
        } else if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"' || c == '\'') {
            quote = c;
        }
    }
    return quote;
}

void check_inner_quotes(const Context& context, const Node& line) {
    if (line.is("regex"_kw) || line.arguments.empty()) return;
    const char quote = open_quote(ast::text(line, 0), context.target < keeps_escapes);
    if (quote == '\0') return;
    context.report("script-quote-unclosed", Severity::error, ast::place(line, 0),
                   fmt::format("a {} inside this command is never closed: keepalived drops the command", quote));
}

/// Which argument of a line is the group that its script runs with, if it takes one.
std::optional<std::size_t> place_of_group(const Node& line) {
    if (is_user(line.id())) return 1;
    if (takes_user(*line.keyword) && !line.keyword->name.ends_with("_fifo")) return 2;
    return std::nullopt;
}

/// A `:` before the group, or alone, asks for all groups of the user.
void check_group(const Context& context, const Node& line) {
    const auto group = place_of_group(line);
    if (!group || context.target >= keywords::unreleased || !ast::text(line, *group).starts_with(':')) return;
    context.report("keyword-too-new", Severity::error, ast::place(line, *group),
                   fmt::format("keepalived {} takes {} for the name of a group; that `:' asks for all groups of the "
                               "user is in its sources and in no release yet",
                               context.target.to_string(), in_quotes(ast::text(line, *group))));
}

void check_block(const Context& context, const Node& block) {
    for (const auto& line : block.children) {
        if (line.keyword != nullptr && line.valid) check_group(context, line);
        if (line.keyword != nullptr && line.takes_command) check_inner_quotes(context, line);
        if (line.keyword == nullptr || !line.valid || !takes_user(*line.keyword)) continue;
        const bool is_fifo = line.keyword->name.ends_with("_fifo");
        const auto user = ast::text(line, 1);
        const bool has_user = line.arguments.size() > 1;
        // A keyword that stands there has been told.
        const bool is_lost = keywords::find_keyword(line.keyword->context, user) != nullptr;
        if (has_user && !is_fifo && !is_lost && looks_like_argument(user)) {
            context.report(
                "script-argument-as-user", Severity::warning, ast::place(line, 1),
                fmt::format("{} is taken as the user who runs the script, not as its argument", in_quotes(user)));
        }
    }
}

/// Users that every machine has. keepalived_script is for the administrator to make.
bool is_usual_user(std::string_view name) {
    return name == "nobody" || name == "daemon";
}

}  // namespace

void report_user(const Context& context, const Node& line, std::size_t word) {
    const auto name = ast::text(line, word);
    if (name.empty() || name == "root") return;
    context.report(
        "script-user", is_usual_user(name) ? Severity::info : Severity::warning, ast::place(line, word),
        fmt::format("where there is no user {}, keepalived drops the script and what refers to it", in_quotes(name)));
}

bool names_user(const keywords::Keyword& keyword) {
    return is_user(keyword.id) || takes_user(keyword);
}

std::span<const RulePage> script_pages() {
    return pages;
}

void check_scripts(const Context& context, const Node& node) {
    if (node.keyword == nullptr) return;
    const keywords::KeywordId id = node.keyword->id;
    if (id == "global_defs"_kw || id == "virtual_server"_kw) check_block(context, node);
    if (id == "global_defs"_kw) {
        if (const auto* user = ast::last_valid(node, "script_user"_kw)) report_user(context, *user, 0);
    }
    if (id == "vrrp_instance"_kw || id == "vrrp_sync_group"_kw) check_block(context, node);
    if (id == "vrrp_script"_kw) check_block(context, node);
    if (id != "virtual_server"_kw) return;
    for (const auto& server : node.children) {
        if (!server.is("real_server"_kw)) continue;
        check_block(context, server);
        for (const auto& checker : server.children) {
            if (checker.is("MISC_CHECK"_kw)) check_block(context, checker);
        }
    }
}

}  // namespace lbctl::validate
