#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "grammar/base/result.h"

namespace lbctl::base {

/// The text of a JSON value, indented by so many blanks a level; -1 puts all on one line. Names and words of a
/// configuration may hold any bytes: those that are no UTF-8 become U+FFFD, for JSON holds text only. Characters that
/// cannot be shown (see is_unshowable) stand as `\u009b`.
std::string json_text(const nlohmann::ordered_json& json, int indentation);

/// A word as JSON, in its quotes; the same for what is no UTF-8.
std::string json_string(std::string_view word);

/// What the library's exception says of a text that is no JSON, without the exception's name: "parse error at line 2
/// ...".
std::string_view json_fault(std::string_view said);

/// The JSON of a text that may come from anywhere, in time and memory in proportion to it. The failure says what is
/// wrong with it: it is no JSON, or more brackets and braces stand in one another than JSON of lbctl ever has (100):
/// the library copies and prints what it has read recursively. Of two members with one name the first is found.
Result<nlohmann::ordered_json> read_json(std::string_view text);

}  // namespace lbctl::base
