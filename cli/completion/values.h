#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/base/result.h"

/// Words that can stand in a place of the command line, for shells.
namespace lbctl::cli::completion {

/// The kinds that there are.
std::vector<std::string> value_kinds();

/// The words of a kind, sorted, each once. Fails where the live table cannot be read, and for a kind that there is not.
Result<std::vector<std::string>> values_of(std::string_view kind);

}  // namespace lbctl::cli::completion
