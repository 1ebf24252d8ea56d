#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lbctl::cli {

/// The name that was probably meant by a word of the command line: one that differs in few letters, or the only one
/// that begins so. Empty when there is none. Options have their dashes.
std::string nearest_name(std::string_view word, std::span<const std::string> names);

/// As above for commands, and what this program calls a command that others have: "list" for "show". The words to
/// write after the program's name, such as "import" or "--help".
std::string meant_command(std::string_view word, std::span<const std::string> commands);

}  // namespace lbctl::cli
