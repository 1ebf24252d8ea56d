#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"
#include "grammar/rules/rule.h"
#include "grammar/rules/scripts/command_words.h"

namespace lbctl::rules {

namespace {

using Words = std::vector<CommandWord>;

enum class Syntax : std::uint8_t {
    list,
    pipe,
    redirection,
    substitution,
    variable,
    pattern,
    home,
    assignment,
    builtin
};

struct Found {
    Syntax syntax;
    std::string shown;
};

template <std::size_t Count>
bool is_among(const std::array<std::string_view, Count>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

constexpr auto shells = std::to_array<std::string_view>({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"});

/// They give their arguments to a shell.
constexpr auto shell_callers =
    std::to_array<std::string_view>({"ssh", "su", "runuser", "watch", "parallel", "sshpass"});

/// They run the program among their arguments.
constexpr auto wrappers =
    std::to_array<std::string_view>({"env", "sudo", "doas", "timeout", "nice", "ionice", "setsid", "stdbuf", "chroot",
                                     "nsenter", "ip", "flock", "docker", "podman", "chrt", "taskset"});

/// Their arguments are regular expressions or patterns, which look like patterns of file names.
constexpr auto pattern_programs = std::to_array<std::string_view>(
    {"pgrep", "pkill", "find", "expr", "sed", "awk", "gawk", "mawk", "perl", "rg", "locate", "nginx", "crontab"});
constexpr auto greps = std::to_array<std::string_view>({"grep", "egrep", "fgrep", "zgrep"});

/// Operators of a shell are operators of theirs.
constexpr auto calculators = std::to_array<std::string_view>({"expr", "test", "["});

/// What stands after a `|' or `;' that is glued to its neighbours, but not in an expression such as `up|ready'.
constexpr auto common_programs = std::to_array<std::string_view>(
    {"grep",  "egrep", "awk",  "sed",  "wc",   "head", "tail",   "cut",       "tr",     "sort",
     "uniq",  "xargs", "tee",  "cat",  "exit", "echo", "logger", "systemctl", "sleep",  "killall",
     "pidof", "pgrep", "curl", "test", "sh",   "bash", "ip",     "mail",      "service"});

/// Words that mean something to a shell alone. Those that are programs on some systems, such as `cd', are not here.
constexpr auto builtins = std::to_array<std::string_view>(
    {"[[",   "if",   "for", "while", "until", "case",     "exit",  "source", ".",      ":",       "export", "set",
     "eval", "exec", "!",   "{",     "(",     "function", "unset", "trap",   "return", "declare", "local"});

/// Variables that people know from the environment of a shell, or that it has by itself.
constexpr auto environment = std::to_array<std::string_view>(
    {"HOME", "PATH", "USER",   "LOGNAME", "HOSTNAME", "HOST", "PWD", "OLDPWD", "SHELL",  "LANG", "UID",
     "EUID", "PPID", "RANDOM", "SECONDS", "TMPDIR",   "TERM", "IFS", "BASH",   "EDITOR", "MAIL"});

std::string_view base_of(std::string_view path) {
    return path.substr(path.find_last_of('/') + 1);
}

bool is_of_name(char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '_';
}

/// Words that a shell or something like it reads again.
std::vector<bool> read_again(const Words& words) {
    std::vector<bool> again(words.size(), false);
    bool may_be_program = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view base = base_of(words[i].text);
        if (may_be_program && is_among(shell_callers, base)) {
            std::fill(again.begin() + static_cast<std::ptrdiff_t>(i) + 1, again.end(), true);
            break;
        }
        if (is_among(shells, base)) {
            for (std::size_t j = i + 1; j + 1 < words.size() && words[j].text.starts_with('-'); ++j) {
                if (words[j].text.starts_with("--") || words[j].text.find('c') == std::string::npos) continue;
                again[j + 1] = true;
                break;
            }
        }
        may_be_program = may_be_program && (i > 0 || is_among(wrappers, base));
    }
    return again;
}

/// What begins at a place up to the end of the name.
std::string_view name_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && is_of_name(text[end])) ++end;
    return text.substr(at, end - at);
}

bool begins_program(std::string_view text, std::size_t at) {
    return at < text.size() && (text[at] == '/' || is_among(common_programs, name_at(text, at)));
}

/// `|', `||', `&&', `;', `&', as words or glued to others.
std::optional<Found> find_operator(const Words& words, std::size_t i) {
    const CommandWord& word = words[i];
    const std::string_view text = word.text;
    const std::string_view program = base_of(words.front().text);
    if (is_among(calculators, program)) return std::nullopt;
    if (text == "&" && word.is_all_bare()) return Found{Syntax::list, "&"};
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!word.is_bare(at)) continue;
        const bool is_double = at + 1 < text.size() && text[at + 1] == text[at] && word.is_bare(at + 1);
        const std::size_t behind = at + (is_double ? 2 : 1);
        const bool is_first = at == 0;
        const bool is_last = behind >= text.size();
        // `cut -d| FILE': a separator that an option names, unless a program follows.
        const bool is_of_option =
            is_last && text.starts_with('-') && i + 1 < words.size() && !begins_program(words[i + 1].text, 0);
        if (is_of_option && !is_double) continue;
        if (text[at] == '|') {
            // Behind the last word nothing is piped.
            const bool ends_word = is_last && (is_first || i + 1 < words.size());
            if (is_first || ends_word || is_double || begins_program(text, behind))
                return is_double ? Found{Syntax::list, "||"} : Found{Syntax::pipe, "|"};
        } else if (text[at] == '&' && is_double && text.find("://") == std::string_view::npos) {
            return Found{Syntax::list, "&&"};
        } else if (text[at] == ';') {
            if (program == "find" && text == ";") continue;
            // Glued to the end of all it was meant to end the line, which trailing-semicolon tells.
            if (is_last && !is_first && i + 1 == words.size()) continue;
            if (is_first || is_last || i == 0 || begins_program(text, behind)) return Found{Syntax::list, ";"};
        }
        if (is_double) ++at;
    }
    return std::nullopt;
}

/// `>', `2>&1', `>>/var/log/x', `&>', `<'.
std::optional<Found> find_redirection(const Words& words, std::size_t i) {
    const CommandWord& word = words[i];
    const std::string_view text = word.text;
    if (is_among(calculators, base_of(words.front().text))) return std::nullopt;
    std::size_t at = 0;
    while (at < text.size() && base::is_digit(text[at]) && word.is_bare(at)) ++at;
    const bool has_number = at > 0;
    const bool both = !has_number && text.starts_with('&') && word.is_bare(0);
    if (both) ++at;
    if (at < text.size() && word.is_bare(at) && (text[at] == '>' || text[at] == '<')) {
        const char sign = text[at];
        while (at < text.size() && text[at] == sign && word.is_bare(at)) ++at;
        const std::string_view rest = text.substr(at);
        const bool copies = rest.starts_with('&');
        // `>10', `<5' and `>=' are bounds, `<x@y>' is an address.
        const bool is_bound =
            !has_number && !both && !rest.empty() && (base::all_digits(rest) || rest.starts_with('='));
        const bool is_address = sign == '<' && text.ends_with('>');
        if (copies || (!is_bound && !is_address)) return Found{Syntax::redirection, std::string(text)};
    }
    for (at = 1; at + 1 < text.size(); ++at) {
        if (text[at] != '>' || !word.is_bare(at) || text[at - 1] == '-' || text[at - 1] == '=') continue;
        if (text[at + 1] == '/' || (text[at + 1] == '&' && at + 2 < text.size() && base::is_digit(text[at + 2])))
            return Found{Syntax::redirection, std::string(text.substr(at))};
    }
    return std::nullopt;
}

/// `$(...)', backquotes, `$HOME', `${NAME}'.
std::optional<Found> find_replacement(const CommandWord& word) {
    const std::string_view text = word.text;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!word.is_replaced(at)) continue;
        if (text[at] == '`') return Found{Syntax::substitution, std::string(text)};
        if (text[at] != '$' || at + 1 >= text.size() || !word.is_replaced(at + 1)) continue;
        const char next = text[at + 1];
        if (next == '(') return Found{Syntax::substitution, std::string(text)};
        // Other names are those of keepalived's own parameters, which may be defined for an id that is not this one,
        // and a `$' may be a character of a password or the end of an expression.
        const bool in_braces = next == '{';
        const std::string_view name = name_at(text, at + (in_braces ? 2 : 1));
        const bool begins =
            at == 0 || in_braces || std::string_view("/=:,@").find(text[at - 1]) != std::string_view::npos;
        if (begins && is_among(environment, name)) return Found{Syntax::variable, fmt::format("${}", name)};
        const bool is_special = text.size() == 2 && (base::is_digit(next) ||
                                                     std::string_view("?$@*#!").find(next) != std::string_view::npos);
        if (at == 0 && is_special) return Found{Syntax::variable, std::string(text)};
    }
    return std::nullopt;
}

/// Whether a word is the expression of grep and not a file.
bool is_expression(const Words& words, std::size_t i) {
    if (!is_among(greps, base_of(words.front().text))) return false;
    std::size_t first = 1;
    while (first < words.size() && words[first].text.starts_with('-')) ++first;
    return i <= first;
}

/// `/run/*.pid', `*.pid', `/etc/{a,b}'.
std::optional<Found> find_pattern(const Words& words, std::size_t i) {
    const CommandWord& word = words[i];
    const std::string_view text = word.text;
    if (is_among(pattern_programs, base_of(words.front().text)) || is_expression(words, i)) return std::nullopt;
    if (i > 0) {
        constexpr auto takers = std::to_array<std::string_view>({"-name", "-iname", "-path", "-regex", "-g", "-e"});
        const std::string_view before = words[i - 1].text;
        const std::string_view program = base_of(words.front().text);
        const bool is_file_test = program == "test" || program == "[";
        if ((is_among(takers, before) && !is_file_test) || (before.starts_with("--") && before.size() > 2))
            return std::nullopt;
    }
    const bool is_path =
        text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with("~/");
    const bool is_ending = text.size() > 2 && text.starts_with("*.") && std::ranges::all_of(text.substr(2), is_of_name);
    if (!is_path && !is_ending) return std::nullopt;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!word.is_bare(at)) continue;
        if (text[at] == '*') return Found{Syntax::pattern, std::string(text)};
        // A `?' of a path is no query where nothing is asked: `/page?x=1'.
        if (text[at] == '?' && text.find_first_of("=&", at) == std::string_view::npos)
            return Found{Syntax::pattern, std::string(text)};
        if (text[at] == '[' && text.find(']', at + 2) != std::string_view::npos)
            return Found{Syntax::pattern, std::string(text)};
        if (text[at] != '{') continue;
        const std::size_t end = text.find('}', at);
        if (end != std::string_view::npos && text.substr(at, end - at).find(',') != std::string_view::npos)
            return Found{Syntax::pattern, std::string(text)};
    }
    return std::nullopt;
}

/// `~/bin/x', `~user/x'.
std::optional<Found> find_home(const CommandWord& word) {
    const std::string_view text = word.text;
    if (!text.starts_with('~') || !word.is_bare(0)) return std::nullopt;
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view user = text.substr(1, slash - 1);
    const auto is_of_user = [](char c) { return is_of_name(c) || c == '-' || c == '.'; };
    return std::ranges::all_of(user, is_of_user) ? std::optional(Found{Syntax::home, std::string(text)}) : std::nullopt;
}

/// What only a shell knows where the program should stand.
std::optional<Found> find_in_program(const CommandWord& word) {
    const std::string_view text = word.text;
    const std::size_t sign = text.find('=');
    if (sign != std::string_view::npos && sign > 0 && !base::is_digit(text.front()) &&
        std::ranges::all_of(text.substr(0, sign), is_of_name))
        return Found{Syntax::assignment, std::string(text)};
    if (word.is_all_bare() && (is_among(builtins, text) || text.starts_with('(')))
        return Found{Syntax::builtin, std::string(text)};
    return std::nullopt;
}

std::optional<Found> find_syntax(const Words& words) {
    if (words.empty()) return std::nullopt;
    // `</path' alone asks whether the file can be opened.
    if (words.size() == 1 && words.front().text.starts_with("</")) return std::nullopt;
    if (auto found = find_in_program(words.front())) return found;
    const std::vector<bool> again = read_again(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (again[i]) continue;
        if (auto found = find_redirection(words, i)) return found;
        if (auto found = find_operator(words, i)) return found;
        if (auto found = find_replacement(words[i])) return found;
        if (auto found = find_home(words[i])) return found;
        if (auto found = find_pattern(words, i)) return found;
    }
    return std::nullopt;
}

std::string_view what_becomes_of(Syntax syntax) {
    switch (syntax) {
        case Syntax::list:
            return "is an argument like any other, and no second command runs";
        case Syntax::pipe:
            return "is an argument and no pipe, like all that follows it";
        case Syntax::redirection:
            return "is an argument and redirects nothing";
        case Syntax::substitution:
            return "is an argument as it stands, and no command is run for its substitution";
        case Syntax::variable:
            return "is not replaced by the value of a variable";
        case Syntax::pattern:
            return "is an argument as it stands, and no pattern of file names";
        case Syntax::home:
            return "begins with the name of a folder, `~' is no home directory";
        case Syntax::assignment:
            return "sets no variable of the environment but is taken for the name of the program";
        case Syntax::builtin:
            break;
    }
    return "is a word of the shell and no program";
}

std::string_view what_to_write(Syntax syntax) {
    if (syntax == Syntax::assignment) return "`/usr/bin/env' in front of it sets the variable";
    if (syntax == Syntax::home) return "write the whole path";
    return "put it into a script, or write /usr/bin/sh -c '...'";
}

void check_line(const Context& context, const ast::Node& line) {
    const std::string_view command = ast::text(line, 0);
    // Nothing of a shell is written with letters and blanks alone, but for words in the place of the program.
    if (command.find_first_of("|&;<>$`*{~=!([.:") == std::string_view::npos &&
        !base::is_letter(command.empty() ? '/' : command[0]))
        return;
    const auto found = find_syntax(words_of_command(command, context.target));
    if (!found) return;
    auto& finding = context.report("shell-syntax", Severity::warning, ast::place(line, 0),
                                   fmt::format("keepalived runs this command without a shell: `{}' {}", found->shown,
                                               what_becomes_of(found->syntax)));
    finding.hint = what_to_write(found->syntax);
}

void check(const Context& context, const ast::Node& statement) {
    for (const ast::Node& line : statement.children) {
        if (line.takes_command && line.keyword != nullptr && line.keyword->id != "regex"_kw) check_line(context, line);
        if (!line.children.empty()) check(context, line);
    }
}

}  // namespace

extern const Rule shell_syntax{
    .page =
        {.id = "shell-syntax",
         .family = "scripts",
         .severity = Severity::warning,
         .summary = "Syntax of a shell in a command that no shell runs",
         .detail =
             "keepalived splits a command into words, by blanks and quotes, and runs the first with the others as its "
             "arguments (lib/notify.c, system_call_script, execve(2)). What a shell would do with `|', `&&', `;', `>', "
             "`$(...)', `$NAME', `*', `~' and `NAME=value' in front does not happen: the program gets them as "
             "arguments, mostly fails, and a check that always fails looks like a dead service "
             "(https://github.com/acassen/keepalived/issues/2587 and 1197). Put the commands into a script of their "
             "own, or write `/usr/bin/sh -c' with all of it in single quotes. `</path' as the whole command is "
             "keepalived's own: it asks whether the file can be opened.",
         .example = "vrrp_script check {\n    script \"/usr/bin/ss -ltn | /usr/bin/grep -q :443\"\n}",
         .origin = Origin::lbctl},
    .statement = check,
    .concern = validate::Concern::command};

}  // namespace lbctl::rules
