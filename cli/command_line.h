#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

// The one place that knows the library which reads command lines: its headers take ten seconds to compile.

namespace lbctl::cli {

/// An option or a positional argument of a command. A handle: copies speak of the same option, and none outlives the
/// CommandLine. What describes the option gives it again, so that descriptions can be chained.
class Option {
public:
    explicit Option(CLI::Option& option) : option_(&option) {}

    /// What --help calls the value, instead of its type.
    Option type_name(std::string_view name);
    /// Every value is one of these words.
    Option one_of(std::vector<std::string> words);
    /// Every value is a number from `least` to `most`, both included.
    Option within(std::uint32_t least, std::uint32_t most);
    Option within(double least, double most);
    /// Every value is a number above 0.
    Option positive();

    /// The command fails without it.
    Option required();
    /// Neither may be given with the other.
    Option excludes(Option other);
    /// It may not be given without the other.
    Option needs(Option other);
    /// It is not shown by --help.
    Option hidden();

    /// Several values may stand in one word, and it may be given several times; what stands after the word is no more
    /// of it.
    Option separated_by(char separator);
    /// It may be given without a value.
    Option value_optional();
    /// It may be given several times, with one value each; what stands after the value is no more of it.
    Option one_value_each();
    /// It may be given several times; the last one counts.
    Option last_counts();
    /// Text that is empty is taken, too.
    Option may_be_empty();
    /// Sets `given` when the option is on the command line, also with an empty value.
    Option tells(bool& given);

    /// Its names with their dashes, the short ones first; of a positional argument the one name.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] const std::string& description() const;
    [[nodiscard]] bool is_positional() const;
    /// A flag takes none.
    [[nodiscard]] bool takes_value() const;
    [[nodiscard]] bool value_may_be_left_out() const;
    /// It may have more than one value.
    [[nodiscard]] bool takes_several() const;
    [[nodiscard]] bool is_required() const;
    [[nodiscard]] bool is_hidden() const;
    /// What its value is called: FILE, SECONDS.
    [[nodiscard]] std::string value_name() const;
    /// The words of one_of(), or none.
    [[nodiscard]] std::vector<std::string> words() const;
    /// The numbers of within(), as "1-86400", or nothing.
    [[nodiscard]] std::string range() const;
    /// The option that each of needs() or excludes() spoke of, by its last name.
    [[nodiscard]] std::vector<std::string> needed() const;
    [[nodiscard]] std::vector<std::string> excluded() const;

private:
    friend class Command;
    CLI::Option* option_;
};

/// A command, or the program as the command of all commands. A handle: copies speak of the same command, and none
/// outlives the CommandLine.
class Command {
public:
    explicit Command(CLI::App& app) : app_(&app) {}

    /// A command of this one, and what the list of commands says of it.
    Command command(std::string_view name, std::string_view description);
    /// A second name for the command.
    Command other_name(std::string_view name);

    /// An option without a value, which sets `into`. Names are written "-n,--dry-run".
    Option flag(std::string_view names, bool& into, std::string_view description);

    /// An option whose value is written to `into`, which has to live until the command line has been read; what `into`
    /// has before stays where the option is not given. A name without dashes is a positional argument. Text that is
    /// empty is refused: it is mostly that of a variable that is not set, and not giving the option is another wish.
    Option option(std::string_view names, std::string& into, std::string_view description);
    Option option(std::string_view names, std::vector<std::string>& into, std::string_view description);
    Option option(std::string_view names, std::uint32_t& into, std::string_view description);
    Option option(std::string_view names, std::uint64_t& into, std::string_view description);
    Option option(std::string_view names, double& into, std::string_view description);
    Option option(std::string_view names, std::optional<std::uint32_t>& into, std::string_view description);

    /// A paragraph of --help whose options exclude one another. They are added to what this gives.
    Command at_most_one(std::string_view title);

    /// The heading of --help under which this command stands.
    Command under(std::string_view heading);
    [[nodiscard]] const std::string& heading() const;

    /// Calls this when the command line has been read, and names this command.
    void on_chosen(std::function<void()> chosen);

    /// Whether the option of that name was on the command line.
    [[nodiscard]] bool given(std::string_view option) const;

    /// The options that were on the command line, each by its last name and as often and in the order as it was given.
    [[nodiscard]] std::vector<std::string> given_order() const;

    /// All commands of this one, as they were added.
    [[nodiscard]] std::vector<Command> commands() const;
    /// All options of this one itself, as they were added, without those of at_most_one().
    [[nodiscard]] std::vector<Option> options() const;
    /// What at_most_one() gave; name() is the title.
    [[nodiscard]] std::vector<Command> paragraphs() const;
    /// options(), and those of all paragraphs().
    [[nodiscard]] std::vector<Option> all_options() const;
    [[nodiscard]] const std::string& name() const;
    /// name(), and the second name if there is one.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::string description() const;

private:
    CLI::App* app_;
};

/// The command line of a program that does nothing without a command.
class CommandLine {
public:
    /// `description` stands on top of --help, `version` is what --version prints.
    CommandLine(std::string_view program, std::string_view description, std::string_view version);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// The program; its commands are added to it.
    Command program();

    /// Reads the command line, and calls what was set with on_chosen(). Gives the text to print where --help or
    /// --version was asked for, else nothing. Fails on a command line that is wrong; the hint says which word was
    /// probably meant, and is empty where there is none.
    Result<std::optional<std::string>> read(int argc, const char* const* argv);

private:
    std::unique_ptr<CLI::App> app_;
};

}  // namespace lbctl::cli
