#pragma once

#include <span>

#include "grammar/keywords/keyword.h"
#include "grammar/keywords/repeated_line.h"

/// The rows of the language, a file a group of contexts. keyword.h is the way to ask them.
namespace lbctl::keywords::tables {

std::span<const Keyword> top_level();
std::span<const Keyword> global_defs();
std::span<const Keyword> global_processes();
std::span<const Keyword> virtual_server();
std::span<const Keyword> script_checkers();
std::span<const Keyword> network_checkers();
std::span<const Keyword> http_checkers();
std::span<const Keyword> vrrp_groups();
std::span<const Keyword> vrrp_instance();
std::span<const Keyword> tracking();
std::span<const Keyword> removed_long_ago();
std::span<const Keyword> includes();

std::span<const ValueWord> virtual_server_words();
std::span<const ValueWord> address_words();
std::span<const ValueWord> route_words();
std::span<const ValueWord> rule_words();
std::span<const ValueWord> vrrp_words();
std::span<const ValueWord> global_words();
std::span<const ValueWord> text_words();

/// What the lines of a line block or the words of a list hold.
struct EntryRow {
    std::string_view block;     ///< name of the block keyword
    std::string_view context;   ///< only in that context; empty: wherever the block stands
    std::string_view notation;  ///< see argument_pattern.h
};
std::span<const EntryRow> entries();

/// What a keyword took before a release gave its arguments the form they have today.
struct EarlierArguments {
    std::string_view context;
    std::string_view name;
    Version before;
    std::string_view arguments;
};
std::span<const EarlierArguments> earlier_arguments();

/// Keywords of which a second line does not simply replace the first.
std::span<const RepeatedLine> repetitions();

}  // namespace lbctl::keywords::tables
