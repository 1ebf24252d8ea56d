#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/help_text.h"
#include "cli/nearest_name.h"

namespace lbctl::cli {

namespace {

/// An option has one check of its own at most.
constexpr std::string_view check_name = "check";

/// Stands at the end of words that the library would not take as they are; no argument of a process can have it. An
/// empty word is the name of an option group to the library, which then asks itself for ever what the next option is;
/// the value of `--name=' and of `--name=,' would be the next word; and `[a]' would lose its brackets.
constexpr char end_of_word = '\0';

std::string marked(std::string_view word) {
    const bool names_option = word.size() > 2 && word.starts_with("--");
    if (names_option && word.find('=') == std::string_view::npos) return std::string(word);
    const std::string_view value = names_option ? word.substr(word.find('=') + 1) : word;
    const bool has_no_part = value.find_first_not_of(',') == std::string_view::npos;
    std::string text(word);
    if (has_no_part || value.starts_with('[')) text += end_of_word;
    return text;
}

/// The word as it was written.
std::string unmarked(std::string text) {
    std::erase(text, end_of_word);
    return text;
}

/// A check of a number. The library's own names the greatest double in full where there is no other end.
CLI::Validator number_check(std::string_view wanted, std::function<bool(double)> holds, std::string_view shown = {}) {
    CLI::Validator check(
        [wanted = std::string(wanted), holds = std::move(holds)](const std::string& word) {
            double value = 0;
            const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
            const bool good = error == std::errc{} && end == word.data() + word.size() && holds(value);
            return good ? std::string() : "`" + unmarked(word) + "' is not " + wanted;
        },
        std::string(shown), std::string(check_name));
    return check;
}

/// A check of a word, which says what was probably meant. Its description is what Option::words() takes apart.
CLI::Validator word_check(std::vector<std::string> words) {
    const std::string shown = fmt::format("{{{}}}", fmt::join(words, ","));
    return {[words = std::move(words)](const std::string& word) {
                if (std::ranges::find(words, word) != words.end()) return std::string();
                const std::string meant = nearest_name(word, words);
                return fmt::format("`{}' is none of {}{}", word, fmt::join(words, ", "),
                                   meant.empty() ? "" : fmt::format("; did you mean `{}'?", meant));
            },
            shown, std::string(check_name)};
}

/// What the check of an option says of itself; empty when it has none.
std::string check_of(CLI::Option& option) {
    try {
        return option.get_validator(std::string(check_name))->get_description();
    } catch (const CLI::OptionNotFound&) {
        return {};
    }
}

std::vector<std::string> last_names(const std::set<CLI::Option*>& options) {
    std::vector<std::string> names;
    for (CLI::Option* option : options) names.push_back(Option(*option).names().back());
    std::ranges::sort(names);  // the library keeps them by address
    return names;
}

/// Takes the mark from the words that an option keeps. Options for numbers keep it: to the library an empty word is 0.
CLI::Validator mark_remover() {
    return {[](std::string& word) {
                word = unmarked(std::move(word));
                return std::string();
            },
            std::string()};
}

constexpr const char* not_empty_check = "NOT EMPTY";

CLI::Validator not_empty() {
    CLI::Validator check(
        [](const std::string& word) {
            return word.empty() ? std::string("the value is empty: give one, or leave it out") : std::string();
        },
        std::string(), not_empty_check);
    return check;
}

template <class Value>
Option add(CLI::App& app, std::string_view names, Value& into, std::string_view description) {
    return Option(*app.add_option(std::string(names), into, std::string(description)));
}

template <class Words>
Option add_words(CLI::App& app, std::string_view names, Words& into, std::string_view description) {
    return Option(*app.add_option(std::string(names), into, std::string(description))->transform(mark_remover()));
}

}  // namespace

Option Option::type_name(std::string_view name) {
    option_->type_name(std::string(name));
    return *this;
}

Option Option::one_of(std::vector<std::string> words) {
    if (option_->get_type_name() == "TEXT") option_->type_name("");  // --help shows the words
    option_->check(word_check(std::move(words)));
    return *this;
}

Option Option::within(std::uint32_t least, std::uint32_t most) {
    option_->check(number_check(
        fmt::format("a whole number from {} to {}", least, most),
        [least, most](double value) { return value >= least && value <= most && value == std::floor(value); },
        fmt::format("{}-{}", least, most)));
    return *this;
}

Option Option::within(double least, double most) {
    option_->check(number_check(
        fmt::format("a number from {} to {}", least, most),
        [least, most](double value) { return value >= least && value <= most; }, fmt::format("{}-{}", least, most)));
    return *this;
}

Option Option::positive() {
    option_->check(number_check("a number greater than 0", [](double value) { return value > 0; }));
    return *this;
}

Option Option::required() {
    option_->required();
    return *this;
}

Option Option::excludes(Option other) {
    option_->excludes(other.option_);
    return *this;
}

Option Option::needs(Option other) {
    option_->needs(other.option_);
    return *this;
}

Option Option::hidden() {
    option_->group("");
    return *this;
}

Option Option::separated_by(char separator) {
    option_->delimiter(separator);
    return one_value_each();
}

Option Option::value_optional() {
    option_->expected(0, 1);
    return *this;
}

Option Option::one_value_each() {
    option_->take_all()->allow_extra_args(false);
    return *this;
}

Option Option::last_counts() {
    option_->take_last();
    return *this;
}

Option Option::may_be_empty() {
    option_->get_validator(not_empty_check)->active(false);
    return *this;
}

Option Option::tells(bool& given) {
    option_->each([&given](const std::string&) { given = true; });
    return *this;
}

std::vector<std::string> Option::names() const {
    std::vector<std::string> names;
    for (const std::string& name : option_->get_snames()) names.push_back("-" + name);
    for (const std::string& name : option_->get_lnames()) names.push_back("--" + name);
    if (names.empty()) names.push_back(option_->get_name(true));
    return names;
}

const std::string& Option::description() const {
    return option_->get_description();
}

bool Option::is_positional() const {
    return option_->get_positional();
}

bool Option::takes_value() const {
    return option_->get_items_expected_max() > 0;
}

bool Option::value_may_be_left_out() const {
    return takes_value() && option_->get_items_expected_min() == 0;
}

bool Option::takes_several() const {
    return option_->get_items_expected_max() > 1;
}

bool Option::is_required() const {
    return option_->get_required();
}

bool Option::is_hidden() const {
    return option_->get_group().empty();
}

std::string Option::value_name() const {
    std::string name = option_->get_type_name();
    // The library puts what checks say of themselves after it.
    const std::string check = check_of(*option_);
    if (!check.empty() && name.ends_with(":" + check)) name.resize(name.size() - check.size() - 1);
    return name;
}

std::vector<std::string> Option::words() const {
    const std::string check = check_of(*option_);
    std::string_view list = check;
    if (!list.starts_with('{')) return {};
    list = list.substr(1, list.size() - 2);
    std::vector<std::string> words;
    while (!list.empty()) {
        words.emplace_back(list.substr(0, list.find(',')));
        list.remove_prefix(std::min(list.size(), words.back().size() + 1));
    }
    return words;
}

std::string Option::range() const {
    const std::string check = check_of(*option_);
    return check.starts_with('{') ? std::string() : check;
}

std::vector<std::string> Option::needed() const {
    return last_names(option_->get_needs());
}

std::vector<std::string> Option::excluded() const {
    return last_names(option_->get_excludes());
}

Command Command::command(std::string_view name, std::string_view description) {
    return Command(*app_->add_subcommand(std::string(name), std::string(description)));
}

Command Command::other_name(std::string_view name) {
    app_->alias(std::string(name));
    return *this;
}

Option Command::flag(std::string_view names, bool& into, std::string_view description) {
    return Option(*app_->add_flag(std::string(names), into, std::string(description)));
}

Option Command::option(std::string_view names, std::string& into, std::string_view description) {
    const Option option = add_words(*app_, names, into, description);
    option.option_->check(not_empty());
    return option;
}

Option Command::option(std::string_view names, std::vector<std::string>& into, std::string_view description) {
    return add_words(*app_, names, into, description);
}

Option Command::option(std::string_view names, std::uint32_t& into, std::string_view description) {
    return add(*app_, names, into, description);
}

Option Command::option(std::string_view names, std::uint64_t& into, std::string_view description) {
    return add(*app_, names, into, description);
}

Option Command::option(std::string_view names, double& into, std::string_view description) {
    return add(*app_, names, into, description);
}

Option Command::option(std::string_view names, std::optional<std::uint32_t>& into, std::string_view description) {
    return add(*app_, names, into, description);
}

Command Command::at_most_one(std::string_view title) {
    auto* group = app_->add_option_group(std::string(title));
    group->require_option(0, 1);
    group->set_help_flag();
    return Command(*group);
}

Command Command::under(std::string_view heading) {
    app_->group(std::string(heading));
    return *this;
}

const std::string& Command::heading() const {
    return app_->get_group();
}

void Command::on_chosen(std::function<void()> chosen) {
    app_->callback(std::move(chosen));
}

std::vector<std::string> Command::given_order() const {
    std::vector<std::string> order;
    for (CLI::Option* option : app_->parse_order()) order.push_back(Option(*option).names().back());
    return order;
}

bool Command::given(std::string_view option) const {
    return app_->count(std::string(option)) != 0;
}

std::vector<Command> Command::commands() const {
    std::vector<Command> all;
    for (CLI::App* command : app_->get_subcommands([](const CLI::App* app) { return !app->get_name().empty(); }))
        all.emplace_back(*command);
    return all;
}

std::vector<Option> Command::options() const {
    std::vector<Option> all;
    for (CLI::Option* option : app_->get_options()) all.emplace_back(*option);
    return all;
}

std::vector<Command> Command::paragraphs() const {
    std::vector<Command> all;
    for (CLI::App* group : app_->get_subcommands([](const CLI::App* app) { return app->get_name().empty(); }))
        all.emplace_back(*group);
    return all;
}

std::vector<Option> Command::all_options() const {
    std::vector<Option> all = options();
    for (const Command& paragraph : paragraphs()) {
        for (const Option& option : paragraph.options()) all.push_back(option);
    }
    return all;
}

const std::string& Command::name() const {
    // The library calls what at_most_one() adds a group without a name.
    return app_->get_name().empty() ? app_->get_group() : app_->get_name();
}

std::vector<std::string> Command::names() const {
    std::vector<std::string> names{name()};
    for (const std::string& alias : app_->get_aliases()) names.push_back(alias);
    return names;
}

std::string Command::description() const {
    return app_->get_description();
}

CommandLine::CommandLine(std::string_view program, std::string_view description, std::string_view version)
    : app_(std::make_unique<CLI::App>(std::string(description), std::string(program))) {
    app_->require_subcommand(1);
    app_->set_help_flag("-h,--help", "print this help and exit");
    app_->set_version_flag("--version", std::string(version), "print the version and exit");
}

CommandLine::~CommandLine() = default;

Command CommandLine::program() {
    return Command(*app_);
}

namespace {

/// What the library says of a command line, in the words of lbctl.
std::string in_our_words(const CLI::ParseError& error, const Command& command) {
    const std::string said = error.what();
    const auto around = [&said](std::string_view words) {
        const std::size_t at = said.find(words);
        return at == std::string::npos ? std::pair<std::string, std::string>()
                                       : std::pair(said.substr(0, at), said.substr(at + words.size()));
    };
    if (error.get_name() == "ConversionError") {
        // Only numbers can fail here. The library says `Could not convert: --wait = abc'.
        const auto [before, value] = around(" = ");
        const std::size_t colon = before.find(": ");
        if (colon == std::string::npos) return said;
        const std::string name = before.substr(colon + 2);
        for (const Option& option : command.all_options()) {
            if (!option.takes_value() && std::ranges::count(option.names(), name) != 0) return name + " takes no value";
        }
        return fmt::format("{}: `{}' is not a number that fits here", name, value);
    }
    if (error.get_name() == "ArgumentMismatch") {
        const std::string name = around(": ").first;
        if (said.ends_with(" missing")) return name + " needs a value";
        if (said.find("At Most 1 ") != std::string::npos) return name + " is given more than once";
    }
    if (error.get_name() == "ExcludesError") {
        const auto [one, other] = around(" excludes ");
        return fmt::format("{} and {} cannot be given together", one, other);
    }
    if (error.get_name() == "RequiresError") {
        const auto [one, other] = around(" requires ");
        return fmt::format("{} needs {} beside it", one, other);
    }
    if (said.starts_with("Requires at most 1 options")) {
        std::vector<std::string> given;
        for (const Command& paragraph : command.paragraphs()) {
            for (const Option& option : paragraph.options()) {
                if (paragraph.given(option.names().back())) given.push_back(option.names().back());
            }
        }
        return fmt::format("{} cannot be given together", fmt::join(given, " and "));
    }
    if (said == "A subcommand is required") return "a command is missing";
    if (error.get_name() == "RequiredError" && said.ends_with(" is required"))
        return said.substr(0, said.size() - std::string_view("is required").size()) + "is missing";
    return said;
}

std::vector<std::string> names_of_options(const Command& command) {
    std::vector<std::string> names;
    for (const Option& option : command.all_options()) {
        if (option.is_hidden() || option.is_positional()) continue;
        for (const std::string& name : option.names()) names.push_back(name);
    }
    return names;
}

/// What was wrong with an option that stands where `command` would take it; the command that stands after the
/// program's own options is `chosen`.
Failure unknown_option(const Command& command, const Command& chosen, const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    const std::string message = fmt::format("unknown option `{}'", name);
    if (command.name() != chosen.name() && std::ranges::count(names_of_options(chosen), name) != 0) {
        return {fmt::format("{} before the command", message),
                fmt::format("options stand behind it: `{} {} {}'", command.name(), chosen.name(), name)};
    }
    // `-wait' is more often a long name with one dash than four short ones.
    const std::string wanted = name.starts_with("--") || name.size() == 2 ? name : "-" + name;
    const std::string meant = nearest_name(wanted, names_of_options(command));
    return {message, meant.empty() ? std::string() : fmt::format("did you mean `{}'?", meant)};
}

Failure unknown_command(const Command& program, const std::string& word) {
    std::vector<std::string> known;
    for (const Command& one : program.commands()) {
        for (const std::string& name : one.names()) known.push_back(name);
    }
    const std::string meant = meant_command(word, known);
    return {fmt::format("`{}' is no command", word),
            meant.empty() ? std::string() : fmt::format("did you mean `{} {}'?", program.name(), meant)};
}

/// What is wrong with words that nothing took. A misspelt option is the likelier cause of whatever else is wrong: its
/// value is taken for an argument, and so on.
Failure untaken(const Command& command, const Command& chosen, std::vector<std::string> words, bool is_program) {
    std::ranges::transform(words, words.begin(), unmarked);
    const auto is_option = [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); };
    if (is_program && !is_option(words.front())) return unknown_command(command, words.front());
    if (const auto option = std::ranges::find_if(words, is_option); option != words.end())
        return unknown_option(command, chosen, *option);
    return {fmt::format("unexpected {}: `{}'", words.size() == 1 ? "word" : "words", fmt::join(words, "' `")), {}};
}

}  // namespace

Result<std::optional<std::string>> CommandLine::read(int argc, const char* const* argv) {
    const auto chosen = [this] {
        return app_->get_subcommands().empty() ? app_.get() : app_->get_subcommands().back();
    };
    std::vector<std::string> all;  // the last one first, as the library wants them
    for (int i = argc - 1; i > 0; --i) all.push_back(marked(argv[i]));
    try {
        app_->parse(std::move(all));
    } catch (const CLI::CallForHelp&) {
        if (const auto words = app_->remaining(); !words.empty())
            return tl::make_unexpected(untaken(program(), Command(*chosen()), words, true));
        return help_text(program(), Command(*chosen()));
    } catch (const CLI::CallForVersion& call) {
        return std::string(call.what()) + '\n';
    } catch (const CLI::ParseError& error) {
        if (const auto words = app_->remaining(); !words.empty())
            return tl::make_unexpected(untaken(program(), Command(*chosen()), words, true));
        if (const auto words = chosen()->remaining(true); !words.empty())
            return tl::make_unexpected(untaken(Command(*chosen()), Command(*chosen()), words, false));
        return failure(in_our_words(error, Command(*chosen())));
    }
    return std::nullopt;
}

}  // namespace lbctl::cli
