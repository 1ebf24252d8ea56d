#include "grammar/keywords/tables/tables.h"

// The include directives, which stand anywhere.
namespace lbctl::keywords::tables {
namespace {

using enum Kind;

constexpr std::string_view anywhere = "*";

constexpr Keyword rows[] = {
    {anywhere,
     "include",
     value,
     "GLOB",
     "",
     {1, 1, 14},
     {},
     "",
     "no error if nothing matches; handled by the line reader, so valid at any level"},
    {anywhere,
     "includer",
     value,
     "GLOB",
     "",
     {2, 2, 0},
     {},
     "",
     "error if a match is not readable; handled by the line reader, so valid at any level"},
    {anywhere,
     "includem",
     value,
     "GLOB",
     "",
     {2, 2, 0},
     {},
     "",
     "also error if nothing matches, unless a wildcard was used; handled by the line reader, so valid at any level"},
    {anywhere,
     "includew",
     value,
     "GLOB",
     "",
     {2, 2, 0},
     {},
     "",
     "also error if a wildcard matches nothing; handled by the line reader, so valid at any level"},
    {anywhere,
     "includeb",
     value,
     "GLOB",
     "",
     {2, 2, 0},
     {},
     "",
     "also error if a brace alternative matches nothing; handled by the line reader, so valid at any level"},
    {anywhere,
     "includea",
     value,
     "GLOB",
     "",
     {2, 2, 0},
     {},
     "",
     "all of these checks; handled by the line reader, so valid at any level"},
};

}  // namespace

std::span<const Keyword> includes() {
    return rows;
}

}  // namespace lbctl::keywords::tables
