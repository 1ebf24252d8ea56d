#pragma once

#include <cstdint>
#include <string>

#include "grammar/model/setting.h"
#include "grammar/rules/rule.h"

/// Single settings of a checker. To resolve all of them (model::resolve_checkers) takes long where a file has many.
namespace lbctl::rules {

/// Where a checker asks, by its own connect_port or the real server's port; 0: no port is written.
std::uint16_t asked_port(const model::RealServer& server, const ast::Node& checker);

/// A time in seconds that a checker takes from its real server or virtual server where it has none of its own.
model::Setting<model::Microseconds> time_of(const CheckerPlace& place, keywords::KeywordId keyword,
                                            model::Microseconds built_in);

/// "0.5": seconds without zeros at the end.
std::string in_seconds(model::Microseconds time);

/// The checker with all its settings.
model::Checker resolve(const Context& context, const CheckerPlace& place);

}  // namespace lbctl::rules
