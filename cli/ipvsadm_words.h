#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The words of an ipvsadm command line as popt 1.19 takes them apart, and what each word means: data, no actions.
namespace lbctl::cli::ipvsadm {

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

/// Names as they stand in messages.
std::string_view command_name(Command command);
std::string_view option_name(Option option);

/// Whether an option may, must, or must not stand with a command; of those marked `one_of`, only one may.
enum class Rule : char { forbidden, allowed, required, one_of };
Rule rule_for(Command command, Option option);

enum class Argument { none, required, optional };

/// Everything that can stand behind dashes.
enum class Key {
    // commands
    add_service,
    edit_service,
    delete_service,
    clear,
    list,
    zero,
    restore,
    save,
    add_server,
    edit_server,
    delete_server,
    set_timeouts,
    start_daemon,
    stop_daemon,
    help,
    version,
    // options
    tcp,
    udp,
    sctp,
    fwmark,
    ipv6,
    scheduler,
    persistent,
    netmask,
    real_server,
    masquerading,
    ipip,
    gatewaying,
    weight,
    upper_threshold,
    lower_threshold,
    mcast_interface,
    mcast_group,
    mcast_port,
    mcast_ttl,
    sync_max_length,
    sync_id,
    timeout,
    daemon,
    connection,
    stats,
    rate,
    thresholds,
    persistent_conn,
    tunnel_info,
    nosort,
    sort,
    exact,
    numeric,
    one_packet,
    engine,
    scheduler_flags,
    tunnel_type,
    tunnel_port,
    tunnel_no_checksum,
    tunnel_checksum,
    tunnel_remote_checksum,
};

/// One row of the option table.
struct Spelling {
    std::string_view long_name;
    char short_name = '\0';  ///< '\0' without one
    Key key = Key::list;
    Argument argument = Argument::none;
    std::optional<Command> command;  ///< set for commands
};

/// An option as it stood on the command line.
struct ReadOption {
    const Spelling* spelling = nullptr;
    std::optional<std::string> value;
};

/// Takes a command line apart, option by option.
class WordReader {
public:
    enum class Trouble { none, finished, unknown, no_argument, unwanted_argument };

    explicit WordReader(std::span<const std::string> words) : words_(words) {}

    /// The next option. Words that are no options are kept for arguments().
    Trouble next(ReadOption& option);

    /// The word that was read last, as popt names it in messages.
    [[nodiscard]] std::string_view last_word() const;

    /// The words that are no options; complete once next() has finished.
    [[nodiscard]] const std::vector<std::string>& arguments() const { return arguments_; }

private:
    Trouble take_value(const Spelling& spelling, ReadOption& option, std::optional<std::string> attached);

    std::span<const std::string> words_;
    std::size_t next_ = 0;
    std::string_view bundle_;  ///< what is left of a word of short options
    bool only_arguments_ = false;
    std::vector<std::string> arguments_;
};

/// popt's words for a trouble.
std::string_view trouble_text(WordReader::Trouble trouble);

}  // namespace lbctl::cli::ipvsadm
