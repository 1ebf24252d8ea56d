#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "grammar/source/finding.h"

namespace lbctl::validate {

/// Whether a text holds nothing but blanks and comments.
bool says_nothing(std::string_view text);

/// Says that a text is no keepalived.conf but something else that lbctl knows, and which command takes it: the text of
/// ipvsadm-save, a ldirectord.cf, the JSON of `lbctl dump`. Nothing where it may be a keepalived.conf. `file` is the
/// file whose text it is.
std::optional<source::Finding> other_format(std::string_view text, source::FileId file);

}  // namespace lbctl::validate
