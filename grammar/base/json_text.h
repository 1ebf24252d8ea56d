#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

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

/// Whether more brackets and braces stand in one another than JSON of lbctl ever has (100). The library copies and
/// prints what it has read recursively: deeper text of others would take all of the stack.
bool is_nested_too_deeply(std::string_view json);

}  // namespace lbctl::base
