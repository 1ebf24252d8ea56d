#pragma once

#include <string>

#include "backend/table/table.h"

/// Services and real servers as the command line names them: by what lbctl prints, with * and ? as in a shell.
namespace lbctl::cli {

/// The pattern of a word: addresses as lbctl writes them, and port numbers for names of ports.
std::string name_pattern(const std::string& word);

/// Whether the pattern is that text, in capital letters or small ones. Brackets are those of IPv6 addresses.
bool matches(const std::string& pattern, const std::string& text);

/// A server is named by address, or by address and port.
bool names(const std::string& pattern, const table::DestinationKey& key);

/// A service is named as lbctl prints it ("TCP 10.0.8.9:80", "FWM 7"), or without its protocol, or without its port.
bool names(const std::string& pattern, const table::ServiceKey& key);

}  // namespace lbctl::cli
