#pragma once

#include <string>
#include <string_view>

/// Foreign text in scripts for sh.
namespace lbctl::emit {

/// A line of comment; no name of a file or a group can end it.
std::string comment(std::string_view text);

/// `text` as one word of sh.
std::string quoted(std::string_view text);

/// The same of base::shown(text): for what a person is told, who may read it on a terminal.
std::string quoted_message(std::string_view text);

}  // namespace lbctl::emit
