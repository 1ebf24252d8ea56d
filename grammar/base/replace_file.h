#pragma once

#include <string>
#include <string_view>

#include "grammar/base/result.h"

namespace lbctl::base {

/// Puts the text in the place of a file at once, so that nobody ever sees half of it and nothing is lost when the disk
/// is full; makes the file when there is none, with `mode_if_new` as far as the umask lets it. An old file keeps its
/// owner and its mode; where it is a symbolic link the file that it names is replaced. What is no regular file (a pipe,
/// a terminal) is written to.
Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode_if_new = 0666);

}  // namespace lbctl::base
