#include "grammar/source/sources.h"

#include <utility>

#include "grammar/source/files.h"

namespace lbctl::source {

namespace {

/// Every so many lines the place of one is remembered.
constexpr std::size_t lines_a_mark = 64;

}  // namespace

Place place_of(base::Arena& arena, const Location& where) {
    const Range& range = where.range;
    if (where.origin != 0 || range.begin.line != range.end.line) return {arena.make(where), 0};
    return {range.file, range.begin, range.end.column - range.begin.column};
}

// Number 0 stands for "no origin", so the first place is taken by one that nobody asks for.
Sources::Sources() : origins_(1) {}

FileId Sources::add(std::string name, std::string_view text, Inclusion inclusion) {
    return take({std::move(name), arena_.keep(text), inclusion});
}

FileId Sources::take(File file) {
    files_.push_back(std::move(file));
    if (files_.size() == 1) after_first_ = {arena_.mark(), bytes_};
    return static_cast<FileId>(files_.size() - 1);
}

void Sources::forget_reading() {
    files_.erase(files_.begin() + 1, files_.end());
    origins_.erase(origins_.begin() + 1, origins_.end());
    arena_.rewind(after_first_.arena);
    bytes_ = after_first_.bytes;
}

Result<FileId> Sources::add_file(const std::string& path, Inclusion inclusion) {
    if (changed_ != nullptr && !changed_->empty()) {
        const auto changed = changed_->find(path == "-" ? path : file_identity(path));
        if (changed != changed_->end()) return add(path, changed->second, inclusion);
    }
    const NamedBy named_by = inclusion.included ? NamedBy::include : NamedBy::person;
    const auto text = read_file(path, arena_, named_by, most_bytes - bytes_);
    if (!text) return tl::make_unexpected(text.error());
    bytes_ += text->size();
    return take({path, *text, inclusion});
}

OriginId Sources::add_origin(Origin origin) {
    origins_.push_back(std::move(origin));
    return static_cast<OriginId>(origins_.size() - 1);
}

std::string_view Sources::line(FileId file, std::uint32_t number) const {
    const File& f = files_[file];
    if (f.marks.empty()) {
        std::string_view rest = f.text;
        for (std::size_t n = 0; !rest.empty(); ++n) {
            if (n % lines_a_mark == 0) f.marks.push_back(f.text.size() - rest.size());
            take_line(rest);
        }
    }
    if (number == 0 || (number - 1) / lines_a_mark >= f.marks.size()) return {};
    std::string_view rest = f.text.substr(f.marks[(number - 1) / lines_a_mark]);
    for (std::size_t n = (number - 1) % lines_a_mark; n > 0; --n) take_line(rest);
    return take_line(rest);
}

std::vector<Range> inclusions(const Sources& sources, FileId file) {
    std::vector<Range> directives;
    while (sources.inclusion(file).included) {
        directives.push_back(sources.inclusion(file).directive);
        file = directives.back().file;
    }
    return directives;
}

}  // namespace lbctl::source
