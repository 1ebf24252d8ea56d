#include "grammar/keywords/tables/tables.h"

// What works before keywords are looked up.
namespace lbctl::keywords::tables {
namespace {

constexpr ValueWord rows[] = {
    {"parser-syntax", "@ID", {1, 3, 0}, {}, "", "line kept only if the config id matches"},
    {"parser-syntax", "@^ID", {1, 3, 7}, {}, "", "line kept only if the config id differs"},
    {"parser-syntax", "$NAME=VALUE", {1, 4, 0}, {}, "", "definition"},
    {"parser-syntax", "${NAME} or $NAME", {1, 4, 0}, {}, "", "substitution"},
    {"parser-syntax", "~SEQ(VAR,START,STEP,END)", {2, 0, 9}, {}, "", "repeat line"},
    {"parser-syntax", "~SEQx(...)", {2, 1, 0}, {}, "", "repeat line, hexadecimal"},
    {"parser-syntax", "~LST(VAR,VAL,...)", {2, 1, 0}, {}, "", "repeat line over a list"},
    {"predefined-definition", "_PWD", {1, 4, 3}, {}, "", "directory of the current file"},
    {"predefined-definition", "_INSTANCE", {2, 0, 1}, {}, "", "instance name"},
    {"predefined-definition", "_RANDOM", {2, 0, 15}, {}, "", "${_RANDOM [MIN [MAX]]}"},
    {"predefined-definition", "_HASH", {2, 1, 4}, {}, "", "a # character"},
    {"predefined-definition", "_BANG", {2, 1, 4}, {}, "", "a ! character"},
    {"predefined-definition", "_ENV", {2, 4, 0}, {}, "", "${_ENV VARIABLE}"},
};

}  // namespace

std::span<const ValueWord> text_words() {
    return rows;
}

}  // namespace lbctl::keywords::tables
