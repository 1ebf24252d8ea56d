#include "grammar/keywords/tables/tables.h"

// The include directives, which stand anywhere.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view anywhere = "*";

// clang-format off
constexpr Keyword rows[] = {
    {anywhere, "include", value, "GLOB", "", {1, 1, 14}, {}, "",
     "Reads other files here; nothing that matches is no error"},
    {anywhere, "includer", value, "GLOB", "", {2, 2, 0}, {}, "",
     "Reads other files here; one that cannot be read is an error"},
    {anywhere, "includem", value, "GLOB", "", {2, 2, 0}, {}, "",
     "Reads other files here; one that is missing is an error"},
    {anywhere, "includew", value, "GLOB", "", {2, 2, 0}, {}, "",
     "Reads other files here; a wildcard without match is an error, too"},
    {anywhere, "includeb", value, "GLOB", "", {2, 2, 0}, {}, "",
     "Reads other files here; an alternative in braces without match is an error, too"},
    {anywhere, "includea", value, "GLOB", "", {2, 2, 0}, {}, "",
     "Reads other files here with every check there is"},
};
// clang-format on

}  // namespace

std::span<const Keyword> includes() {
    return rows;
}

}  // namespace lbctl::keywords::tables
