#pragma once

#include <string>
#include <vector>

#include "grammar/source/finding.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// A key of a table with its value, or an element of a list, which has no key.
struct SettingsEntry {
    enum class Kind { text, boolean, list, table, other };

    std::string key;
    source::Range key_place;
    source::Range place;  ///< of the value
    Kind kind = Kind::other;
    std::string text;
    bool boolean = false;
    std::vector<SettingsEntry> inside;  ///< of a list, or of a table, in the order of the file
};

/// More than this is no file of settings.
inline constexpr std::size_t most_settings_bytes = std::size_t{64} << 10U;

/// Reads a file of the sources, which is TOML (https://toml.io), down to the third level. Where it is none, or more
/// than settings ever are, that is reported as `bad-settings`, and there are no entries.
std::vector<SettingsEntry> read_settings(const source::Sources& sources, source::FileId file,
                                         source::Findings& findings);

/// Says that something in a file of settings is wrong, as `bad-settings`.
void report_bad_settings(source::Findings& findings, const source::Range& where, std::string message, std::string hint);

}  // namespace lbctl::cli
