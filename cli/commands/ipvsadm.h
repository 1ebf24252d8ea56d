#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"

namespace lbctl::cli {

/// Whether the process was called by one of the three names of ipvsadm.
bool is_called_ipvsadm(int argc, const char* const* argv);

/// Runs the process as ipvsadm, ipvsadm-save or ipvsadm-restore when that is how it was called: `lbctl ipvsadm ...`, or
/// by one of the three names. Gives ipvsadm's exit status, or nothing when the command line is lbctl's own.
///
/// What differs from ipvsadm 1.31, on purpose: --restore checks its whole input before it changes anything (and
/// ipvsadm-restore before it clears the table), and sends the changes many at a time; listings of connections need no
/// privilege and show engine data whole; --help has words of its own, and works without IPVS.
std::optional<int> run_as_ipvsadm(int argc, const char* const* argv, const Streams& streams);

namespace ipvsadm {

/// The text of --help.
std::string help_text(const std::string& program);

/// The text of --version.
std::string version_text();

/// One command line of ipvsadm without the program's name. `program` is what messages call it.
int run_words(std::span<const std::string_view> words, const std::string& program, const Streams& streams);

/// What --restore does with standard input. With `clear_first`, as ipvsadm-restore: lines that begin with # are passed
/// over, and the table is cleared before the first change. Nothing is changed when the input can't be read to its end.
int run_restore(bool clear_first, const std::string& program, const Streams& streams);

}  // namespace ipvsadm

}  // namespace lbctl::cli
