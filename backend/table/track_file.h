#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "grammar/model/lvs.h"

namespace lbctl::table {

/// What a FILE_CHECK does to its real server.
struct FileEffect {
    bool failed = false;      ///< the server counts as down
    std::int64_t weight = 0;  ///< added to the configured weight
};

/// Reads the number at the beginning of the file when keepalived starts: no file and no number count as 0.
FileEffect effect_of(const model::FileWeight& check);

/// The number at the beginning of a text. Nothing when it is out of range: keepalived stays with what it had.
std::optional<std::int64_t> tracked_number(const std::string& text);

/// Whether a number stands at the beginning of the file: keepalived takes 0 where none does.
bool has_number(const std::string& path);

/// The number in the file by now, 0 without a file.
std::optional<std::int64_t> read_tracked_number(const std::string& path);

/// The same for a number that comes into the file later on: `reverse' counts with weight 0, too.
FileEffect effect_of_change(const model::FileWeight& check, std::int64_t number);

}  // namespace lbctl::table
