#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.h"
#include "grammar/syntax/reader.h"
#include "tests/unit/temporary_folder.h"

using namespace lbctl;

namespace {

struct Read {
    source::Sources sources;
    source::Findings findings;
    std::vector<std::string> lines;
    std::vector<source::Location> places;
};

Read read(std::string text, syntax::ReaderOptions options = {}) {
    Read result;
    const auto file = result.sources.add("test.conf", std::move(text));
    const auto lines = syntax::read_lines(result.sources, file, options, result.findings);
    for (const auto& line : lines.lines) {
        result.lines.emplace_back(line.text.bytes());
        result.places.push_back(line.text.location());
    }
    return result;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a line of words and braces is read as it is when it has to be looked into") {
    std::mt19937 random(20);
    constexpr std::string_view characters = "aab0.:-%i@~ \t  {}{}\"#$\\<|=\r\v";
    constexpr std::array<std::string_view, 9> pieces{
        "  ", "    ", "\t", "weight 1", "real_server 10.0.0.1 80 {", "}", " {", "global_defs", "<<<<<<< a"};
    const auto below = [&](std::size_t count) { return random() % count; };
    std::size_t plain = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (std::size_t length = below(12); length > 0; --length)
            text += below(3) == 0 ? std::string(1, characters[below(characters.size())])
                                  : std::string(pieces[below(pieces.size())]);
        // A comment makes the reader look into the line, and changes nothing else in it. Those that it does not take
        // for plain are the same with it by the way.
        const std::string_view blank = text.ends_with('\\') || text.ends_with('\r') ? "" : " ";
        if (blank.empty() || text.find_first_of("\"#$<=|@~\r\v\\") != std::string::npos) continue;
        const std::string before = "first {\n";
        source::Sources sources;
        source::Findings findings;
        const auto as_it_is = sources.add("a", before + text + "\nlast word");
        const auto looked_into = sources.add("b", before + text + " # comment\nlast word");
        const auto one = syntax::read_lines(sources, as_it_is, {}, findings);
        const auto other = syntax::read_lines(sources, looked_into, {}, findings);
        INFO(text);
        REQUIRE(one.lines.size() == other.lines.size());
        for (std::size_t i = 0; i < one.lines.size(); ++i) {
            const syntax::Line& line = one.lines[i];
            CHECK(line.kind == other.lines[i].kind);
            CHECK(line.text.bytes() == other.lines[i].text.bytes());
            CHECK(line.indentation == other.lines[i].indentation);
            CHECK(line.text.location().range.begin == other.lines[i].text.location().range.begin);
            CHECK(line.text.location().range.end == other.lines[i].text.location().range.end);
            if (line.word_count == 0) continue;
            ++plain;
            syntax::WordSpans known;
            syntax::split_words(line, known);
            const syntax::WordSpans found = syntax::split_words(line.text.bytes());
            REQUIRE(known.words.size() == found.words.size());
            for (std::size_t n = 0; n < found.words.size(); ++n) {
                CHECK(known.words[n].text == found.words[n].text);
                CHECK(known.words[n].begin == found.words[n].begin);
                CHECK(known.words[n].end == found.words[n].end);
            }
        }
    }
    CHECK(plain > 1'500);
}

TEST_CASE("of a file with more faults than anybody reads not more is kept than there are findings") {
    std::string text;
    for (std::size_t line = 0; line < source::ReadingFacts::most + 5'000; ++line) text += "weight \"b\n";
    const Read got = read(text);
    const auto& facts = got.findings.facts();
    const auto in_line = [](std::uint32_t line) { return source::Location{{0, {line, 1}, {line, 2}}, 0}; };
    CHECK(facts.is_in_open_string(in_line(1)));
    CHECK(facts.is_spoilt(in_line(source::ReadingFacts::most)));
    CHECK_FALSE(facts.is_spoilt(in_line(source::ReadingFacts::most + 1'000)));
    CHECK(got.findings.size() + got.findings.not_shown() >= source::ReadingFacts::most + 5'000);
}

TEST_CASE("every brace is a line of its own") {
    CHECK(read("global_defs{zz}").lines == Lines{"global_defs", "{", "zz", "}"});
    CHECK(read("a \"{\" b {").lines == Lines{"a \"{\" b", "{"});
}

TEST_CASE("a comment ends the line, but not in double quotes") {
    CHECK(read("a#b\nc \"d#e\" !f").lines == Lines{"a", "c \"d#e\""});
}

TEST_CASE("a parameter is replaced where it stands and its value knows the way") {
    const Read got = read("$VIP=10.0.0.1\nvirtual_server $VIP 80 {");
    REQUIRE(got.lines == Lines{"virtual_server 10.0.0.1 80", "{"});
    CHECK(got.findings.empty());
    const auto lines = read("$A=$B\n$B=x\n$A y").lines;
    CHECK(lines == Lines{"x y"});
}

TEST_CASE("a word out of a parameter acts at the reference") {
    source::Sources sources;
    source::Findings findings;
    const auto file = sources.add("t", "$V=one two\nkey $V end");
    const auto lines = syntax::read_lines(sources, file, {}, findings).lines;
    REQUIRE(lines.size() == 1);
    const auto where = lines[0].text.location(4, 7);
    CHECK(where.range.begin == source::Position{2, 5});
    CHECK(where.range.end == source::Position{2, 7});
    REQUIRE(where.origin != 0);
    CHECK(sources.origin(where.origin).name == "V");
    CHECK(sources.origin(where.origin).defined.begin == source::Position{1, 4});
    const auto behind = lines[0].text.location(12, 15);
    CHECK(behind.range.begin == source::Position{2, 8});
    CHECK(behind.origin == 0);
}

TEST_CASE("a definition of several lines is used at the end of a line") {
    CHECK(read("$B=one \\\ntwo \\\nthree\nx $B\ny").lines == Lines{"x one", "two", "three", "y"});
}

TEST_CASE("parameters that refer to themselves are reported and end") {
    for (const char* text : {"$A=$A\nx $A", "$A=$B\n$B=$A\nx $A", "$A=\\\n$A\n$A", "$A= x \\\n y $A\n$A"}) {
        const Read got = read(text);
        REQUIRE(got.findings.size() == 1);
        CHECK(got.findings[0].rule == "reference-cycle");
    }
}

TEST_CASE("growth by doubling is stopped") {
    std::string text = "$A0= x \\\n x\n";
    for (int i = 1; i < 40; ++i) {
        const std::string before = "$A" + std::to_string(i - 1);
        text += "$A" + std::to_string(i) + "=" + before + " \\\n" + before + "\n";
    }
    const Read got = read(text + "$A39\n");
    REQUIRE(got.findings.size() == 1);
    CHECK(got.findings[0].rule == "endless-expansion");
    CHECK(read("~SEQ(X, 0, 1, 9223372036854775807) x").findings.at(0).rule == "endless-expansion");
}

TEST_CASE("sequences count as keepalived counts") {
    CHECK(read("~SEQ(X, 3) s$X").lines == Lines{"s1", "s2", "s3"});
    CHECK(read("~SEQ(X, 1) s$X.t").lines == Lines{"s$X.t"});
    CHECK(read("~SEQ(X, 0) ${X}").lines == Lines{"1", "0"});
    CHECK(read("~SEQ(X, 010, 8) ${X}").lines == Lines{"8"});
    CHECK(read("~SEQx(X, 9, 11) ${X}").lines == Lines{"9", "a", "b"});
    CHECK(read("~LST({A, B}, {1, 2}, {3}) $A-${B}").lines == Lines{"$A-2", "$A-"});
    CHECK(read("~SEQ(X, 1, -1, 3) ${X}").findings.at(0).rule == "bad-sequence");
    CHECK(read("~SEQ(A, 2) ~SEQ(B, 2) ${A}${B}").lines == Lines{"11", "12", "21", "22"});
}

TEST_CASE("a condition keeps its line for the named configuration only") {
    syntax::ReaderOptions options;
    options.config_id = "main";
    CHECK(read("@main a\n@^main b\n@other c\n@^other d", options).lines == Lines{"a", "d"});
    CHECK(read("@main", options).findings.at(0).rule == "condition-alone");
}

TEST_CASE("a blank that is none hides a keyword, and is a letter of a value") {
    const Read in_keyword = read("key\xC2\xA0value");
    REQUIRE(in_keyword.findings.size() == 1);
    CHECK(in_keyword.findings[0].rule == "odd-space");
    CHECK(in_keyword.findings[0].severity == source::Severity::error);
    const Read in_value = read("key va\xC2\xA0lue");
    REQUIRE(in_value.findings.size() == 1);
    CHECK(in_value.findings[0].severity == source::Severity::warning);
    CHECK(in_value.lines == Lines{"key va\xC2\xA0lue"});
}

TEST_CASE("an undefined reference in braces opens no block") {
    const Read got = read("x ${NOPE} y");
    CHECK(got.lines == Lines{"x ${NOPE} y"});
    CHECK(got.findings.at(0).rule == "undefined-parameter");
}

TEST_CASE("what no configuration should hold is named and read on") {
    CHECK(read("\xEF\xBB\xBFglobal_defs {\n}").findings.at(0).rule == "byte-order-mark");
    CHECK(read(std::string("a\0b\nc", 5)).findings.at(0).rule == "nul-byte");
    CHECK(read("\xC2\xA0key").findings.at(0).rule == "odd-space");
    CHECK(read(std::string(1023, 'x')).findings.at(0).rule == "line-too-long");
    CHECK(read(std::string(1022, 'x')).findings.empty());
}

TEST_CASE("of an unfinished merge one side is read, or both where no one knows where they end, and it is told once") {
    const auto merge = [](const std::string& text) {
        Read got = read(text);
        CHECK(got.findings.size() == 1);
        CHECK(got.findings.at(0).rule == "merge-conflict");
        return got.lines;
    };
    CHECK(merge("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\nc") == Lines{"a", "c"});
    CHECK(merge("<<<<<<< HEAD\na\n||||||| base\nz\n=======\nb\n>>>>>>> x\nc") == Lines{"a", "c"});
    CHECK(merge("a\n=======\nb\n>>>>>>> x\nc") == Lines{"a", "c"});
    CHECK(merge("a\n>>>>>>> x\nc") == Lines{"a", "c"});
    CHECK(merge("<<<<<<< HEAD\na\n=======\nb") == Lines{"b"});
    CHECK(merge("<<<<<<< HEAD\na\n>>>>>>> x\nb") == Lines{"a", "b"});
    CHECK(merge("<<<<<<< HEAD\na\nb") == Lines{"a", "b"});
    CHECK(read("======\n========\n").findings.empty());
    CHECK(read(">>>>>>> x\na\n<<<<<<< y\nb\n=======\nc\n>>>>>>> y\n").lines == Lines{"a", "b"});
}

TEST_CASE("a carriage return ends a line of those who meant it to, and is told once a file") {
    const auto returns = [](const std::string& text) {
        const Read got = read(text);
        CHECK(got.findings.size() == 1);
        CHECK(got.findings.at(0).rule == "carriage-return");
        return got.lines;
    };
    CHECK(returns("a b\rc d\re") == Lines{"a b", "c d", "e"});
    CHECK(returns("! comment\rc d\r\r  e") == Lines{"c d", "e"});
    CHECK(returns("# lost\rc d\ne\n") == Lines{"c d", "e"});
    CHECK(returns("a\nb\rc\nd\re\n") == Lines{"a", "b", "c", "d", "e"});
    // Where nothing but blanks or a comment follows, nothing is lost.
    for (const char* harmless : {"a\r\r\nb\r\n", "a\r# c\nb\n", "# c\r# d\na\n", "\r a\nb"}) {
        CHECK(read(harmless).findings.empty());
    }
    const Read got = read("a b\rc ${X}");
    CHECK(got.findings.at(1).where.range.begin.line == 1);
    CHECK(got.findings.at(1).where.range.begin.column == 7);
}

TEST_CASE("a NUL byte is all that is told of its line, and UTF-16 all of its file") {
    CHECK(read(std::string("a\0b \"\nc", 7)).lines == Lines{"a b \"", "c"});
    CHECK(read(std::string("a\0b \"\nc", 7)).findings.size() == 1);
    for (const std::string& text : {std::string("\xFF\xFEg\0\n\0{\0", 8), std::string("\0g\0l\0\n", 6)}) {
        const Read got = read(text);
        CHECK(got.lines.empty());
        REQUIRE(got.findings.size() == 1);
        CHECK(got.findings[0].rule == "nul-byte");
    }
}

TEST_CASE("a template ends at its first tag, and words of commands and comments are none") {
    for (const std::string tag : {"{{ x }}", "{{x}}", "{% if x %}", "<%= x %>", "<% x -%>"}) {
        const Read got = read("a b\nc " + tag + "\nd\n");
        CHECK(got.lines == Lines{"a b"});
        REQUIRE(got.findings.size() == 1);
        CHECK(got.findings[0].rule == "template");
        CHECK(got.findings[0].where.range.begin.line == 2);
        CHECK(got.findings[0].where.range.begin.column == 3);
    }
    for (const char* none : {"# {{ x }}", "script \"docker inspect -f '{{.State}}' x\"", "a {{ b", "a {{ }}",
                             "a {{b {c} }}", "a < b", "a {\n}", "a ${B%C}"}) {
        const Read got = read(none);
        CHECK(std::ranges::none_of(got.findings, [](const auto& finding) { return finding.rule == "template"; }));
    }
}

TEST_CASE("a string over several lines is one open quote, unless a keyword or a brace stands in between") {
    const auto quotes = [](const std::string& text) { return read(text).findings.size(); };
    CHECK(quotes("script \"a\n b c\n d\"\n") == 1);
    CHECK(quotes("script \"a\n weight 5\n d\"\n") == 2);
    CHECK(quotes("script \"a\n}\nx {\n script b\"\n") == 2);
    const Read got = read("script \"a\n d\"\n");
    REQUIRE(got.findings.at(0).notes.size() == 1);
    CHECK(got.findings[0].notes[0].range.begin.line == 2);
}

TEST_CASE("an include reads regular files only and waits for nothing") {
    const tests::TemporaryFolder folder;
    const std::string pipe = folder.at("pipe");
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    for (const std::string& path : {pipe, std::string("/dev/zero"), folder.path()}) {
        source::Sources sources;
        const auto file = sources.add_file(path, {true, {}});
        REQUIRE(!file);
        CHECK((file.error().message.ends_with("not a regular file") || file.error().message.ends_with("a directory")));
        const Read got = read("a\nincludea " + path + "\nb\n");
        CHECK(got.lines == Lines{"a", "b"});
        REQUIRE(got.findings.size() == 1);
        CHECK(got.findings[0].rule == "include-missing");
    }
}

namespace {

Lines rules_of(const Read& got) {
    Lines rules;
    for (const auto& finding : got.findings) rules.emplace_back(finding.rule);
    return rules;
}

}  // namespace

TEST_CASE("a pattern names what glob(3) would find, in its order") {
    const tests::TemporaryFolder folder;
    for (const char* name : {"b.conf", "a.conf", ".c.conf", "x/d.conf", "y/d.conf", "y/[e].conf", "y/f g.conf"})
        folder.write(name, std::string(name) + "\n");
    const auto lines = [&](const std::string& pattern) { return read("include " + folder.at(pattern) + "\n").lines; };
    CHECK(lines("*.conf") == Lines{"a.conf", "b.conf"});
    CHECK(lines(".*.conf") == Lines{".c.conf"});
    CHECK(lines("{b,a}.conf") == Lines{"b.conf", "a.conf"});
    CHECK(lines("*/d.conf") == Lines{"x/d.conf", "y/d.conf"});
    CHECK(lines("[^x]/d.conf") == Lines{"y/d.conf"});
    CHECK(lines("?//d.conf") == Lines{"x/d.conf", "y/d.conf"});
    CHECK(lines("y/\\[e\\].conf") == Lines{"y/[e].conf"});
    CHECK(lines("y/f\\ *.conf") == Lines{"y/f g.conf"});
    CHECK(lines("nothing*").empty());
}

TEST_CASE("braces of a pattern are what glob(3) makes of them") {
    const tests::TemporaryFolder folder;
    const std::vector<std::pair<std::string, std::string>> files{
        {"a", "one"},           {"b", "two"},     {"{a", "open"}, {"{a}", "both"},
        {"{x{a,b}", "literal"}, {"a,b", "comma"}, {"a}", "close"}};
    for (const auto& [name, line] : files) folder.write(name, line + "\n");
    const auto lines = [&](const std::string& pattern) { return read("include " + folder.at(pattern) + "\n").lines; };
    CHECK(lines("{a}") == Lines{"one"});
    CHECK(lines("{a,b}") == Lines{"one", "two"});
    CHECK(lines("{{b,a},a}") == Lines{"two", "one", "one"});
    CHECK(lines("a{}") == Lines{"one"});
    CHECK(lines("{a,b}}") == Lines{"close"});
    CHECK(lines("{a") == Lines{"open"});
    CHECK(lines("\\{a") == Lines{"open"});
    CHECK(lines("{a\\}") == Lines{"both"});
    CHECK(lines("{a\\,b}") == Lines{"comma"});
    CHECK(lines("{\\{a,b}") == Lines{"open", "two"});
    // Where the first brace is not closed, those after it stay as they are, too.
    CHECK(lines("{x{a,b}") == Lines{"literal"});
}

TEST_CASE("what braces name and is not there is told in part") {
    const tests::TemporaryFolder folder;
    const Read got = read("include " + folder.at("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}") + "\n");
    REQUIRE(got.findings.size() == 1);
    CHECK(got.findings[0].message.ends_with(" and 44 more names no file"));
}

TEST_CASE("a relative pattern starts in the directory of its file, whatever that is called") {
    const tests::TemporaryFolder folder;
    folder.write("[a]*/main.conf", "include *.inc\n");
    folder.write("[a]*/b.inc", "b\n");
    CHECK(read("include " + folder.at("\\[a\\]\\*/main.conf") + "\n").lines == Lines{"b"});
}

TEST_CASE("what an include cannot mean is not read") {
    const tests::TemporaryFolder folder;
    CHECK(rules_of(read("include /*/*/*/*\n")) == Lines{"include-too-much"});
    CHECK(rules_of(read("include /{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\n")) ==
          Lines{"include-too-much"});
    folder.write("program", std::string(100, '\0') + "\nz\n");
    const Read got = read("a\ninclude " + folder.at("program") + "\nb\n");
    CHECK(got.lines == Lines{"a", "b"});
    CHECK(rules_of(got) == Lines{"include-missing"});
}

TEST_CASE("included files are read up to a limit of their sum") {
    const tests::TemporaryFolder folder;
    folder.write("large", {});
    const std::string path = folder.at("large");
    // A hole without any blocks on the disk, read twice.
    std::filesystem::resize_file(path, std::uintmax_t{150} << 20U);
    source::Sources sources;
    CHECK(sources.add_file(path, {true, {}}));
    const auto second = sources.add_file(path, {true, {}});
    REQUIRE(!second);
    CHECK(second.error().message.ends_with("more than 256 MiB would be read"));
}

TEST_CASE("a blank before the brace that closes a reference is told, and the value is read all the same") {
    const Read got = read("$P=100\npriority ${P }\n");
    CHECK(got.lines == Lines{"priority 100"});
    REQUIRE(got.findings.size() == 1);
    CHECK(got.findings[0].rule == "bad-parameter");
    CHECK(got.findings[0].hint == "write ${P}");
}
