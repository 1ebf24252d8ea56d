#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace lbctl::cli {

namespace {

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

/// What is said of words that no option takes.
std::string not_expected(const std::vector<std::string>& words) {
    std::string text =
        words.size() == 1 ? "The following argument was not expected:" : "The following arguments were not expected:";
    for (const std::string& word : words) {
        const std::string written = unmarked(word);
        text += written.empty() ? " `'" : " " + written;
    }
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
        std::string(shown));
    return check;
}

/// Takes the mark from the words that an option keeps. Options for numbers keep it: to the library an empty word is 0.
CLI::Validator mark_remover() {
    return {[](std::string& word) {
                word = unmarked(std::move(word));
                return std::string();
            },
            std::string()};
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
    option_->check(CLI::IsMember(std::move(words)));
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
    option_->check(number_check(
        "a number greater than 0", [](double value) { return value > 0; }, "POSITIVE"));
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

Option Option::tells(bool& given) {
    option_->each([&given](const std::string&) { given = true; });
    return *this;
}

const std::vector<std::string>& Option::long_names() const {
    return option_->get_lnames();
}

const std::string& Option::description() const {
    return option_->get_description();
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
    return add_words(*app_, names, into, description);
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

Command Command::at_most_one(std::string_view title, std::string_view description) {
    auto* group = app_->add_option_group(std::string(title), std::string(description));
    group->require_option(0, 1);
    return Command(*group);
}

void Command::on_chosen(std::function<void()> chosen) {
    app_->callback(std::move(chosen));
}

bool Command::given(std::string_view option) const {
    return app_->count(std::string(option)) != 0;
}

std::vector<Command> Command::commands() const {
    std::vector<Command> all;
    for (CLI::App* command : app_->get_subcommands([](const CLI::App*) { return true; })) all.emplace_back(*command);
    return all;
}

std::vector<Option> Command::options() const {
    std::vector<Option> all;
    for (CLI::Option* option : app_->get_options()) all.emplace_back(*option);
    return all;
}

const std::string& Command::name() const {
    return app_->get_name();
}

std::string Command::description() const {
    return app_->get_description();
}

CommandLine::CommandLine(std::string_view program, std::string_view description, std::string_view version)
    : app_(std::make_unique<CLI::App>(std::string(description), std::string(program))) {
    app_->require_subcommand(1);
    app_->set_version_flag("--version", std::string(version));
}

CommandLine::~CommandLine() = default;

Command CommandLine::program() {
    return Command(*app_);
}

Result<std::optional<std::string>> CommandLine::read(int argc, const char* const* argv) {
    std::vector<std::string> words;  // the last one first, as the library wants them
    for (int i = argc - 1; i > 0; --i) words.push_back(marked(argv[i]));
    try {
        app_->parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        return app_->help();
    } catch (const CLI::CallForVersion& call) {
        return std::string(call.what()) + '\n';
    } catch (const CLI::ConversionError& error) {
        // Only numbers can fail here. The library says `Could not convert: --wait = abc'.
        const std::string_view said = error.what();
        const std::size_t colon = said.find(": ");
        const std::size_t equals = said.find(" = ");
        if (colon == std::string_view::npos || equals == std::string_view::npos || equals < colon)
            return failure(std::string(said));
        return failure(fmt::format("{}: `{}' is not a number that fits here",
                                   said.substr(colon + 2, equals - colon - 2), said.substr(equals + 3)));
    } catch (const CLI::ExtrasError&) {
        return failure(not_expected(app_->remaining(true)));
    } catch (const CLI::ParseError& error) {
        return failure(error.what());
    }
    return std::nullopt;
}

}  // namespace lbctl::cli
