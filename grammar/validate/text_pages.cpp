#include "grammar/validate/checks.h"

// Pages for what the reader, the parser and the binder find.
namespace lbctl::validate {

namespace {

constexpr RulePage pages[] = {
    // Words and their values.
    {"unknown-keyword", "structure", Severity::error, "A word that keepalived does not know here",
     "keepalived reports the line and passes over it. If the word has a block, keepalived does not skip the block: its "
     "lines act where the word stands, and its closing brace closes the wrong block. Keywords are lower case, as they "
     "stand in the manual, with a blank (not `=' or `:') behind them.",
     "virtual_server 10.0.0.1 80 {\n    lb-kind DR\n}"},
    {"misplaced-keyword", "structure", Severity::error, "A keyword in a block where it cannot stand",
     "keepalived knows the word elsewhere and reports it here as unknown. Move it into the block that the message "
     "names; often a brace too many or too few is the cause.",
     "global_defs {\n    virtual_router_id 51\n}"},
    {"keyword-too-new", "versions", Severity::error, "A keyword that the target release does not have yet",
     "That release reports it as unknown. Upgrade keepalived, leave the line out, or check for another release with "
     "--target-version.",
     ""},
    {"keyword-removed", "versions", Severity::error, "A keyword that the target release no longer has",
     "That release reports it as unknown. Write what replaced it.", ""},
    {"missing-argument", "values", Severity::error, "A keyword without the word it needs",
     "keepalived stops at once: it does not read the rest of the file and does not start.", "vrrp_version"},
    {"split-line", "values", Severity::error, "A statement over two lines",
     "A line ends where it ends, also behind a backslash: what a keyword takes, or a line of a list, has to stand on "
     "its line and before a `{'. keepalived stops at the keyword, as at any that lacks a word, and takes the rest for "
     "a line of its own. The statement is checked as if it stood on one line. Join the lines.",
     "virtual_server\n10.0.0.1 80 {\n}"},
    {"bad-value", "values", Severity::error, "A word that is not what the keyword takes",
     "keepalived reports the line and passes over it. `lbctl explain KEYWORD' shows what it takes.", ""},
    {"interface-name", "values", Severity::warning, "A name that no interface can have",
     "`eth0:1' is the label of an address of eth0, and no interface. keepalived takes the word for a name, finds no "
     "such "
     "interface and does not start; with dynamic_interfaces it waits for it for ever. Write the interface; for a label "
     "there is `label' behind an address.",
     "interface eth0:1"},
    {"unknown-value", "values", Severity::error, "None of the words that can stand here",
     "keepalived reports the line and passes over it, or takes a default. Words are compared letter by letter: "
     "`Master' is not `MASTER'.",
     "state Master"},
    {"bad-address", "values", Severity::error, "Not an address",
     "keepalived reports the line and passes over it, with its block if it opens one. Addresses are numeric, IPv4 as "
     "four numbers, IPv6 without brackets and zone; the port is a word of its own.",
     "real_server web1.example.org 80 { }"},
    {"out-of-range", "values", Severity::error, "A number outside its limits",
     "keepalived reports the line and passes over it, or takes a default. The limits stand in the message.",
     "virtual_router_id 256"},
    {"not-a-number", "values", Severity::error, "A word where a number belongs",
     "keepalived wants digits and nothing behind them: no unit (`5s'), no comma. It reports the line and passes over "
     "it.",
     "priority high"},
    {"too-precise", "values", Severity::error, "More decimals than are kept", "keepalived reports it and rounds.",
     "advert_int 1.0000001"},
    {"too-long", "values", Severity::error, "More text than is kept",
     "keepalived reports it and uses the beginning: eight bytes of auth_pass, fifteen of process names. All routers "
     "that cut alike still agree, but the password is shorter than it looks.",
     "auth_pass correct-horse-battery"},
    {"surplus-words",
     "values",
     Severity::warning,
     "Words that nothing reads",
     "keepalived passes over what stands behind the last word a keyword takes, mostly without a word. A second keyword "
     "on the line is lost, so is an argument that should stand in quotes.",
     "interface eth0 priority 100",
     {{{Severity::error, "where keepalived complains, or where a keyword gets lost"}}}},
    {"ignored-suffix", "values", Severity::warning, "The end of an address that is cut off",
     "In this place keepalived takes the address up to the first `-' or `/' and passes over the rest without a word: a "
     "prefix length or range has no effect.",
     "virtual_server 10.0.0.1/24 80 { }"},
    {"ignored-word", "values", Severity::warning, "A word that is passed over",
     "keepalived does not know it here and says nothing.", ""},
    // Braces and blocks.
    {"missing-open-brace",
     "structure",
     Severity::error,
     "A block without its `{'",
     "keepalived reads the block all the same, but then counts a closing brace too many, and other parts of it read "
     "the lines at the wrong level.",
     "vrrp_instance web\n    state BACKUP\n}",
     {{{Severity::warning, "of a list that keepalived reads all the same, without a word"}}}},
    {"missing-close-brace", "structure", Severity::error, "A block without its `}'",
     "keepalived reads what follows as part of the block, and partly skips it without a word up to the end of the "
     "file. The message names the place where the brace is missed, and where the block opens.",
     "vrrp_instance a {\n    state BACKUP\nvrrp_instance b {\n}"},
    {"extra-close-brace", "structure", Severity::error, "A `}' that closes nothing",
     "Remove it, or find the opening brace that was lost above.", "global_defs {\n}\n}"},
    {"unexpected-open-brace", "structure", Severity::error, "A `{' without a block keyword before it",
     "keepalived drops the brace and reads what is inside where it stands; the closing brace then closes the wrong "
     "block.",
     "{\n    router_id a\n}"},
    {"block-where-value", "structure", Severity::error, "A block behind a keyword that has none",
     "keepalived drops the brace; the lines inside act in the outer block, which the closing brace ends. Write the "
     "value on the line.",
     "state {\n    MASTER\n}"},
    // Characters, lines, quotes.
    {"unterminated-quote", "text", Severity::error, "A double quote that is never closed",
     "keepalived loses the line from the quote on, braces included; scripts and regular expressions even crash it. "
     "Quotes end on their line.",
     "router_id \"web"},
    {"line-too-long", "text", Severity::error, "A line of more than 1022 bytes",
     "keepalived (since 2.2.8) drops it in pieces of 1023 bytes and reads the tail as a line of its own; older "
     "releases split it without a word. The same limit holds after parameters are replaced. Break the line up.",
     ""},
    {"nul-byte", "text", Severity::error, "A NUL byte in the file",
     "keepalived drops the line; older releases read it up to the NUL. Where every second byte is NUL the file is "
     "UTF-16: save it as UTF-8.",
     ""},
    {"carriage-return", "text", Severity::error, "A carriage return in the place of a line end",
     "For keepalived only a line feed ends a line, and a carriage return is a blank: what follows belongs to the line, "
     "or to its comment. Told once a file, which is checked as if these were line ends. Save the file with line feeds.",
     ""},
    {"byte-order-mark", "text", Severity::error, "A byte order mark at the start of the file",
     "keepalived reads it as part of the first word, which it then does not know. Save the file as UTF-8 without BOM.",
     ""},
    {"odd-space",
     "text",
     Severity::error,
     "A blank that is none",
     "A no-break space, a full-width space or the like looks like a blank, but keepalived takes it as a letter. They "
     "come from web pages and word processors: type the blank anew.",
     "",
     {{{Severity::warning, "where the word may be meant so"}}}},
    {"merge-conflict", "text", Severity::error, "Marks of an unresolved merge",
     "The file holds two versions of one place. keepalived reads both, and the marks as unknown words. Only one "
     "version is checked, or both where marks are missing.",
     "<<<<<<< HEAD"},
    {"template", "text", Severity::error, "A template that has not been filled in",
     "Tags such as {{ x }}, {% x %} or <% x %> belong to Jinja, Go templates or ERB. keepalived takes their braces for "
     "blocks. What the tags will become is not known, so nothing else is told of the configuration: check what the "
     "template engine makes of it.",
     "virtual_router_id {{ vrid }}"},
    {"odd-quote",
     "text",
     Severity::warning,
     "A quote that is none",
     "keepalived knows the double quote of ASCII only, and in commands the single one. Curly quotes, and single ones "
     "elsewhere, are letters of the word. An error where the word then does not fit.",
     "interface 'eth0'",
     {{{Severity::error, "where the word does not fit"}}}},
    {"trailing-backslash", "text", Severity::warning, "A backslash at the end of a line",
     "It joins lines in definitions only; elsewhere it is a letter of the last word. Remove it.", "interface eth0 \\"},
    {"trailing-semicolon",
     "text",
     Severity::error,
     "A `;' at the end of a line",
     "Lines need none: keepalived takes it as part of the last word, which then does not fit. Remove it.",
     "priority 100;",
     {{{Severity::warning, "where it becomes part of a word that fits all the same"}}}},
    {"escaped-comment",
     "text",
     Severity::error,
     "`\\#' or `\\!' outside quotes",
     "It keeps the character in global_defs only: the other parts of keepalived read the line a second time and start "
     "a comment there; at the start of a line `\\!' crashes them. Put the word into double quotes.",
     "auth_pass ab\\#cd",
     {{{Severity::warning, "where words stand before it, which keepalived keeps"}}}},
    // Files.
    {"other-format", "text", Severity::error, "A file that is no keepalived.conf",
     "It is the text of ipvsadm-save, a ldirectord.cf, or JSON, and keepalived would refuse every line of it. `lbctl "
     "import' makes a keepalived.conf of the first two, `lbctl build' of the JSON of `lbctl dump'; diff, apply and "
     "emit take the saved text with --saved. Nothing else is told of such a file, and --keep-going does not take it.",
     "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 1"},
    {"nothing-written", "text", Severity::info, "A file with nothing but blanks and comments",
     "keepalived takes it without a word and does nothing. Often it is not the file that was meant, or what was to "
     "write it has failed.",
     "# to be written"},
    {"include-missing",
     "include",
     Severity::warning,
     "An include that finds no file",
     "keepalived says so and goes on without (with a check such as includem it does not start). A relative name counts "
     "from the directory of the file it stands in; quotes are part of the name.",
     "include /etc/keepalived/not-there.conf",
     {{{Severity::error,
        "with includem, includer and their like, or where include_check asks for it: keepalived does not start"},
       {Severity::info, "for a pattern that no file matches"}}}},
    {"include-cycle", "include", Severity::error, "A file that includes itself",
     "keepalived reads it again and again until it has no file descriptors left.", ""},
    {"include-too-much", "include", Severity::error, "An include that names far too much",
     "A pattern such as `/*/*/*' walks the whole machine, and keepalived reads all that it finds. What cannot be meant "
     "is not read: more than ten thousand files of one pattern, twenty thousand in all, a hundred thousand names to "
     "look at, or files with ten thousand errors together.",
     "include /*/*/*"},
    // Parameters, sequences, conditions.
    {"undefined-parameter",
     "parameters",
     Severity::error,
     "A `$NAME' or `${NAME}' that is not defined above",
     "keepalived leaves it as it stands; the braces of `${NAME}' then count as a block. Define it above: "
     "`$NAME=value', or give it with -D NAME=VALUE.",
     "interface $IFACE",
     {{{Severity::warning, "without braces, where keepalived takes the word as it stands"}}}},
    {"bad-parameter", "parameters", Severity::error, "A definition or reference that keepalived cannot read",
     "`$NAME=value' stands at the start of a line, without blanks before the `='; names have letters, digits and "
     "underscores.",
     "$A = eth0"},
    {"reference-cycle", "parameters", Severity::error, "Parameters that refer to each other in a circle",
     "keepalived never ends replacing them.", "$A=$B\n$B=$A\ninterface $A"},
    {"split-definition", "parameters", Severity::error, "A definition of several lines that ends too early",
     "A comment line, a line of blanks, or an include inside it ends the definition for some parts of keepalived and "
     "not for others. Write its lines without a gap.",
     "$A=\\\n    state BACKUP \\\n    # comment\n    priority 100"},
    {"endless-expansion", "parameters", Severity::error, "Text that grows without end",
     "Parameters or sequences make more text than lbctl reads; keepalived would go on until memory is used up.", ""},
    {"bad-sequence", "parameters", Severity::error, "A ~SEQ that keepalived refuses",
     "It is `~SEQ(NAME, START, STEP, END) text', with numbers; the step must lead from start to end. keepalived drops "
     "the whole line.",
     "~SEQ(I, 1, -1, 5) real_server 10.0.0.$I 80 { }"},
    {"bad-list", "parameters", Severity::error, "A ~LST that keepalived refuses",
     "It is `~LST(NAME, a, b) text' or, with several names, `~LST({A, B}, {1, 2}, {3, 4}) text'. keepalived drops the "
     "whole line.",
     "~LST({A, B}, {1, 2, 3}) interface $A"},
    {"condition-alone", "parameters", Severity::warning, "A condition without text",
     "`@id' covers the rest of its line only; alone it does nothing. Put it before every line it shall cover.",
     "@main\n    priority 100"},
};

}  // namespace

std::span<const RulePage> text_pages() {
    return pages;
}

}  // namespace lbctl::validate
