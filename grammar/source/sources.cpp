#include "grammar/source/sources.h"

#include <algorithm>
#include <utility>

namespace lbctl::source {

// Number 0 stands for "no origin", so the first place is taken by one that nobody asks for.
Sources::Sources() : origins_(1) {}

FileId Sources::add(std::string name, std::string text, Inclusion inclusion) {
    File file{std::move(name), std::move(text), {0}, inclusion};
    for (std::size_t i = 0; i < file.text.size(); ++i) {
        if (file.text[i] == '\n' && i + 1 < file.text.size()) file.line_starts.push_back(i + 1);
    }
    files_.push_back(std::move(file));
    return static_cast<FileId>(files_.size() - 1);
}

OriginId Sources::add_origin(Origin origin) {
    origins_.push_back(std::move(origin));
    return static_cast<OriginId>(origins_.size() - 1);
}

std::string_view Sources::line(FileId file, std::uint32_t number) const {
    const File& f = files_[file];
    if (number == 0 || number > f.line_starts.size()) return {};
    const std::size_t begin = f.line_starts[number - 1];
    std::size_t end = number < f.line_starts.size() ? f.line_starts[number] : f.text.size();
    while (end > begin && (f.text[end - 1] == '\n' || f.text[end - 1] == '\r')) --end;
    return std::string_view(f.text).substr(begin, end - begin);
}

std::uint32_t Sources::line_count(FileId file) const {
    return files_[file].text.empty() ? 0 : static_cast<std::uint32_t>(files_[file].line_starts.size());
}

Position Sources::position(FileId file, std::size_t offset) const {
    const auto& starts = files_[file].line_starts;
    const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
    const auto line = static_cast<std::uint32_t>(next - starts.begin());
    return {line, static_cast<std::uint32_t>(offset - starts[line - 1] + 1)};
}

}  // namespace lbctl::source
