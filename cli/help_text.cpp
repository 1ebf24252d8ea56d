#include "cli/help_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace lbctl::cli {

namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t indent = 2;
constexpr std::size_t text_column = 28;

/// `text` in lines that end before the last column, all but the first of them indented.
std::string wrapped(std::string_view text, std::size_t from, std::size_t following) {
    std::string out;
    std::size_t at = from;
    bool first = true;
    while (!text.empty()) {
        const std::size_t length = std::min(text.find(' '), text.size());
        if (!first && at + 1 + length > columns) {
            out += '\n' + std::string(following, ' ');
            at = following;
        } else if (!first) {
            out += ' ';
            ++at;
        }
        out += text.substr(0, length);
        at += length;
        first = false;
        text.remove_prefix(std::min(text.size(), length + 1));
    }
    return out;
}

/// What is described on the left, and the description on the right, or below where there is no room beside it.
std::string entry(std::string_view head, std::string_view text) {
    std::string out = std::string(indent, ' ') + std::string(head);
    if (out.size() + 2 > text_column) {
        // A head of many words is wrapped itself.
        out = std::string(indent, ' ') + wrapped(head, indent, 2 * indent);
        out += '\n' + std::string(text_column, ' ');
    } else {
        out.resize(text_column, ' ');
    }
    return out + wrapped(text, text_column, text_column) + '\n';
}

/// "-n, --dry-run", "--format text|json", "--watch [SECONDS]".
std::string head_of(const Option& option) {
    std::string head = fmt::format("{}", fmt::join(option.names(), ", "));
    if (!option.takes_value() || option.is_positional()) return head;
    const auto words = option.words();
    const std::string name = option.value_name();
    const std::string value = name.empty() ? fmt::format("{}", fmt::join(words, "|")) : name;
    if (value.empty()) return head;
    return head + (option.value_may_be_left_out() ? fmt::format(" [{}]", value) : " " + value);
}

/// The description with what can be said of any option.
std::string text_of(const Option& option) {
    std::string text = option.description();
    if (!option.words().empty() && !(option.value_name().empty() && !option.is_positional()))
        text += fmt::format(": {}", fmt::join(option.words(), ", "));
    if (const std::string range = option.range(); !range.empty()) text += fmt::format(" ({})", range);
    if (const auto needed = option.needed(); !needed.empty())
        text += fmt::format("; only with {}", fmt::join(needed, ", "));
    if (const auto excluded = option.excluded(); !excluded.empty())
        text += fmt::format("; not with {}", fmt::join(excluded, ", "));
    return text;
}

std::string entries(const std::vector<Option>& options, bool positional) {
    std::string out;
    for (const Option& option : options) {
        if (!option.is_hidden() && option.is_positional() == positional) out += entry(head_of(option), text_of(option));
    }
    return out;
}

std::string usage_of(const Command& program, const Command& command) {
    std::string usage = fmt::format("Usage: {}", program.name());
    if (command.name() == program.name()) return usage + " COMMAND [OPTION]... [ARGUMENT]...\n";
    usage += fmt::format(" {} [OPTION]...", command.name());
    for (const Option& option : command.options()) {
        if (!option.is_positional() || option.is_hidden()) continue;
        const std::string word = option.names().front() + (option.takes_several() ? "..." : "");
        usage += option.is_required() ? " " + word : fmt::format(" [{}]", word);
    }
    return usage + "\n";
}

/// The commands under their headings, in the order in which they were added.
std::string list_of_commands(const Command& program) {
    const auto commands = program.commands();
    std::vector<std::string> headings;
    for (const Command& command : commands) {
        if (std::ranges::find(headings, command.heading()) == headings.end()) headings.push_back(command.heading());
    }
    std::string out;
    for (const std::string& heading : headings) {
        out += fmt::format("\n{}:\n", heading);
        for (const Command& command : commands) {
            if (command.heading() == heading)
                out += entry(fmt::format("{}", fmt::join(command.names(), ", ")), command.description());
        }
    }
    return out;
}

}  // namespace

std::string help_text(const Command& program, const Command& command) {
    std::string out = usage_of(program, command) + '\n';
    out += wrapped(command.description(), 0, 0) + '\n';
    if (const std::string list = entries(command.options(), true); !list.empty()) out += "\nArguments:\n" + list;
    out += list_of_commands(command);
    out += "\nOptions:\n" + entries(command.options(), false);
    for (const Command& paragraph : command.paragraphs())
        out += fmt::format("\n{} (at most one of these):\n{}", paragraph.name(), entries(paragraph.options(), false));
    if (command.name() == program.name())
        out +=
            fmt::format("\n`{0} COMMAND --help' shows the options of a command, lbctl(1) all of it.\n", program.name());
    return out;
}

}  // namespace lbctl::cli
