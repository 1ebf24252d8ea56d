#pragma once

#include <span>
#include <string_view>

#include "grammar/keywords/keyword.h"

/// What the keyword table does not say and a configuration without findings still needs: which values go together.
namespace lbctl::test {

/// A rule of behaviour for one keyword.
struct Habit {
    std::string_view context;  ///< empty: every context
    std::string_view name;
    std::string_view arguments;  ///< narrower than the table's, in the same notation; empty: the table's
    std::string_view needs{};    ///< lines that stand in the same block, before it
    std::string_view against{};  ///< keywords that must not stand in the same block, with blanks between
    bool only_inet = false;      ///< not in a block for IPv6
    bool alone = false;          ///< only where nothing else is chosen by chance: the walk over the table
};

/// The habit of a keyword; one without any when there is none.
const Habit& habit_of(const keywords::Keyword& keyword);

/// What lines of a line block look like (or words of a list); empty: as the table says.
std::string_view entry_habit(std::string_view block, bool inet6);

/// What a block holds from the start, as configuration text; its context is a slash path as in the table.
std::string_view first_lines(std::string_view context);

/// The arguments that a block has from the start.
std::string_view first_arguments(std::string_view block);

/// A configuration without findings in which every context of the table stands at least once.
std::string_view whole_configuration();

}  // namespace lbctl::test
