#include <cstdio>
#include <set>
#include <string>

#include "grammar/keywords/keyword.h"

namespace {

/// What the reader itself understands; the keyword table knows nothing of it.
constexpr std::string_view reader_words[] = {
    "$A=",
    "$A",
    "${A}",
    "${_ENV A}",
    "${_INSTANCE}",
    "${_PWD}",
    "$A=\\\n",
    "\\\n",
    "@main ",
    "@^main ",
    "@other ",
    "~SEQ(I, 1, 3) ",
    "~SEQ(I, 9, 1, -2) ",
    "~LST(I, a, b) ",
    "$I",
    "include ",
    "a.conf",
    "*.conf",
    "{a,b}.conf",
    "includer ",
    "includea ",
    "#",
    "!",
    "\"",
    "'",
    " {\n",
    "\n}\n",
    "\r\n",
    "10.0.0.1",
    "2001:db8::1",
    "-",
    "4294967296",
};

/// A line of a libFuzzer dictionary.
void print(std::string_view word) {
    std::fputc('"', stdout);
    for (const char c : word) {
        if (c == '"' || c == '\\') {
            std::printf("\\%c", c);
        } else if (c < ' ' || c > '~') {
            std::printf("\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            std::fputc(c, stdout);
        }
    }
    std::fputs("\"\n", stdout);
}

}  // namespace

/// Prints the words of the language as a dictionary for libFuzzer.
int main() {
    using namespace lbctl::keywords;
    std::set<std::string> words(std::begin(reader_words), std::end(reader_words));
    for (const Keyword& keyword : all_keywords()) {
        words.insert("\n" + std::string(keyword.name) + (keyword.opens_block() ? " {\n" : " "));
    }
    for (const ValueWord& word : all_value_words()) words.insert(std::string(word.word) + " ");
    for (const std::string& word : words) print(word);
}
