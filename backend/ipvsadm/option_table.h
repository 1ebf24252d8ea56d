#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/table/table.h"

/// The words of an ipvsadm command line as popt 1.19 takes them apart, and what each word means: data, no actions.
namespace lbctl::ipvsadm {

/// The commands, in the order of ipvsadm's own table.
enum class Command {
    add_service,
    edit_service,
    delete_service,
    clear,
    list,
    add_server,
    delete_server,
    edit_server,
    set_timeouts,
    start_daemon,
    stop_daemon,
    restore,
    save,
    zero,
    help,
    version,
};

/// The options, in the order in which ipvsadm checks them against the command.
enum class Option {
    numeric,
    connection,
    service,
    scheduler,
    persistent,
    netmask,
    real_server,
    forwarding_method,
    weight,
    upper_threshold,
    lower_threshold,
    mcast_interface,
    timeout,
    daemon,
    stats,
    rate,
    thresholds,
    persistent_conn,
    nosort,
    sync_id,
    exact,
    one_packet,
    engine,
    scheduler_flags,
    mcast_group,
    mcast_port,
    mcast_ttl,
    sync_max_length,
    tunnel_info,
    tunnel_type,
    tunnel_port,
    tunnel_no_checksum,
    tunnel_checksum,
    tunnel_remote_checksum,
};
inline constexpr std::size_t option_count = 34;

/// Whether `--name' is an option of ipvsadm.
bool is_long_option(std::string_view name);

/// Names as they stand in messages.
std::string_view command_name(Command command);
std::string_view option_name(Option option);

/// Whether an option may, must, or must not stand with a command; of those marked `one_of`, only one may.
enum class Rule : char { forbidden, allowed, required, one_of };
Rule rule_for(Command command, Option option);

using Options = std::bitset<option_count>;

/// Whether these options may stand with the command. Tells good lines from others without a look at every option.
bool follow_rules(Command command, const Options& options);

enum class Argument { none, required, optional };

/// What tells the words of one option apart: the protocol of a service (a mark has none), the way to a real server. It
/// is all that there is to -6.
using Choice = std::variant<std::monostate, table::Protocol, table::ForwardingMethod, Family>;

/// One row of the option table: a word that can stand after dashes.
struct Spelling {
    std::string_view long_name;
    char short_name = '\0';  ///< '\0' without one
    Argument argument = Argument::none;
    std::variant<std::monostate, Command, Option> meaning;  ///< neither for -6, and for --sort, which does nothing
    Choice choice = {};

    [[nodiscard]] const Command* command() const { return std::get_if<Command>(&meaning); }
    [[nodiscard]] const Option* option() const { return std::get_if<Option>(&meaning); }
};

/// The whole table.
std::span<const Spelling> all_spellings();

/// Takes a line of text apart at its spaces. The program's name may stand anywhere in a line, and counts nowhere.
/// `words` loses what it held.
void split_line(std::string_view line, std::vector<std::string_view>& words);

/// An option as it stood on the command line.
struct ReadOption {
    const Spelling* spelling = nullptr;
    std::optional<std::string_view> value;
};

/// Takes a command line apart, option by option, as popt does. What it gives are parts of the words. popt itself is not
/// used: a saved table is a command line for each of up to a million lines, and it wants a context on the heap, and
/// copies that end with NUL, for each.
class WordReader {
public:
    enum class Trouble { none, finished, unknown, no_argument, unwanted_argument };

    explicit WordReader(std::span<const std::string_view> words) : words_(words) {}

    /// The next option. Words that are no options are kept for arguments().
    Trouble next(ReadOption& option);

    /// The word that was read last, as popt names it in messages.
    [[nodiscard]] std::string_view last_word() const;

    /// The words that are no options; complete once next() has finished.
    [[nodiscard]] const std::vector<std::string_view>& arguments() const { return arguments_; }

private:
    Trouble take_value(const Spelling& spelling, ReadOption& option, std::optional<std::string_view> attached);

    std::span<const std::string_view> words_;
    std::size_t next_ = 0;
    std::string_view bundle_;  ///< what is left of a word of short options
    bool only_arguments_ = false;
    std::vector<std::string_view> arguments_;
};

/// popt's words for a trouble.
std::string_view trouble_text(WordReader::Trouble trouble);

}  // namespace lbctl::ipvsadm
