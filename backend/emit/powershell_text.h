#pragma once

#include <string>
#include <string_view>

/// Foreign text in scripts for PowerShell. Windows PowerShell reads a file without a byte order mark in the machine's
/// own code page, so nothing beyond ASCII is written: a byte of UTF-8 could be a quotation mark there.
namespace lbctl::emit {

/// A line of comment; no name of a file can end it.
std::string powershell_comment(std::string_view text);

/// The text, as base::shown() shows it and in ASCII, as one string of PowerShell, in which nothing is expanded.
std::string powershell_string(std::string_view text);

}  // namespace lbctl::emit
