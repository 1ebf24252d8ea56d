#pragma once

#include <array>
#include <string>
#include <string_view>

#include "backend/table/wanted.h"

/// Scripts that make the live table what a configuration asks for.
namespace lbctl::emit {

/// An sh script of ipvsadm calls. It can run any number of times: it adds what is missing, edits what is there, and
/// takes destinations out of its services that are not wanted; other services stay. It stops at the first error.
std::string emit_ipvsadm(const table::Wanted& wanted, std::string_view source);

/// Text for `ipvsadm -R` or ipvsadm-restore, whole and in the order of the configuration. Thresholds, timeouts and
/// sync daemons are in it. -R adds to the table that it finds; ipvsadm-restore empties it before.
std::string emit_ipvsadm_restore(const table::Wanted& wanted, std::string_view source);

/// A kind of script that `lbctl emit` knows.
struct Emitter {
    std::string_view kind;
    std::string_view what;  ///< one line for the help text
    std::string (*emit)(const table::Wanted& wanted, std::string_view source);
};

inline constexpr std::array<Emitter, 2> emitters = {
    {{"ipvsadm", "an sh script of ipvsadm calls that can run again and again", &emit_ipvsadm},
     {"ipvsadm-restore", "text for ipvsadm-restore", &emit_ipvsadm_restore}}};

}  // namespace lbctl::emit
