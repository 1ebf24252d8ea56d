#include "grammar/syntax/reader.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/property.h"

namespace {

using namespace lbctl;

/// Whether a place is one: its file is there, and so is its line, up to the column after its end.
bool stands_in(const source::Sources& sources, const source::Range& range) {
    if (range.file >= sources.file_count() || range.end < range.begin) return false;
    return range.begin.line >= 1 && range.begin.column >= 1 &&
           range.begin.column <= sources.line(range.file, range.begin.line).size() + 1;
}

void check(const source::Sources& sources, const syntax::Line& line) {
    const std::string_view bytes = line.text.bytes();
    fuzz::hold(!bytes.empty(), "no line is empty");
    fuzz::hold(bytes.find('\n') == std::string_view::npos, "a line is one line");
    const source::Range where = line.text.location().range;
    fuzz::hold(stands_in(sources, where), "a line has a place");
    if (line.text.is_verbatim()) {
        const std::string_view written = sources.line(where.file, where.begin.line);
        fuzz::hold(written.substr(where.begin.column - 1, bytes.size()) == bytes, "a line stands where it says");
    }
    if (line.kind == syntax::Line::Kind::open) fuzz::hold(bytes == "{", "an opening brace is one");
    if (line.kind == syntax::Line::Kind::close) fuzz::hold(bytes == "}", "a closing brace is one");
}

}  // namespace

/// Any bytes are read to their end: in pieces as at once, every line with its place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::Stopwatch stopwatch;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    syntax::ReaderOptions options = fuzz::reader_options();
    options.definitions = {{"OUTSIDE", "from outside"}};
    // Without a slash no include leaves the folder of the files that are there for it.
    options.follow_includes = text.find('/') == std::string_view::npos;

    source::Sources sources;
    source::Findings findings;
    const source::FileId file = sources.add(LBCTL_FUZZ_INCLUDED "/main.conf", text);
    const syntax::ReadLines all = syntax::read_lines(sources, file, options, findings);
    for (const syntax::Line& line : all.lines) check(sources, line);
    for (const source::Finding& finding : findings) {
        fuzz::hold(stands_in(sources, finding.where.range), "a finding has a place");
    }

    // The old reader looks at a line again after substitution; it and small pieces are one more way through it.
    options.target = {2, 2, 7};
    source::Sources again;
    source::Findings found_again;
    const source::FileId same = again.add(LBCTL_FUZZ_INCLUDED "/main.conf", text);
    const syntax::ReadLines old = syntax::read_lines(again, same, options, found_again);
    source::Sources in_pieces;
    source::Findings found_in_pieces;
    syntax::LineReader reader(in_pieces, in_pieces.add(LBCTL_FUZZ_INCLUDED "/main.conf", text), options,
                              found_in_pieces);
    std::vector<syntax::Line> lines;
    std::size_t pieces = 1;
    while (reader.read(pieces, lines)) pieces = pieces % 7 + 1;
    fuzz::hold(found_in_pieces.size() == found_again.size(), "pieces hold the findings of the whole");
    fuzz::hold(lines.size() == old.lines.size(), "pieces hold the lines of the whole");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        fuzz::hold(lines[i].kind == old.lines[i].kind && lines[i].text.bytes() == old.lines[i].text.bytes(),
                   "a line in pieces is that of the whole");
    }
    return 0;
}
