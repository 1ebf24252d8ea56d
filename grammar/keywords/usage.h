#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "grammar/keywords/keyword.h"

/// Notations as people read them, for `lbctl explain', man pages and completion.
namespace lbctl::keywords {

/// "IPADDR [PORT[0..65535]] | fwmark UINT | group NAME": short sets of words are spelt out, longer ones named; what
/// only programs need is left out. A notation that cannot be read comes back as it is.
std::string usage_of(std::string_view notation, Version release = default_target);

/// What to do about a keyword that has a `replaced_by', as a hint: "write enable_snmp_vrrp instead", "leave it out: the
/// family follows from the addresses".
std::string replacement_hint(std::string_view replaced_by);

/// The sets of value words that stand in a notation, and those in the arguments of their words, each once.
std::vector<std::string_view> sets_in(std::string_view notation);

}  // namespace lbctl::keywords
