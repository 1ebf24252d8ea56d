#include "cli/wanted_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "backend/table/plan.h"
#include "backend/table/saved_table.h"

namespace lbctl::cli {

namespace {

constexpr auto default_file = "/etc/keepalived/keepalived.conf";

}  // namespace

void add_wanted_source(Command command, WantedSource& source) {
    source.file = default_file;
    const Option file = command.option("FILE", source.file, "keepalived.conf; - is standard input");
    command.option("--saved", source.saved, "take a table that `ipvsadm -S -n' saved instead of a configuration")
        .type_name("FILE")
        .excludes(file);
    add_configuration_options(command, source.configuration);
}

std::string name_of(const WantedSource& source) {
    return input_name(source.saved.empty() ? source.file : source.saved);
}

std::string input_name(const std::string& file) {
    return file == "-" ? "standard input" : file;
}

Result<std::string> read_file(const std::string& file) {
    const bool standard_input = file == "-";
    const int descriptor = standard_input ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text;
    struct stat status {};
    // Room at once: growing step by step would touch the memory of a large file several times over.
    if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && status.st_size > 0) {
        text.reserve(static_cast<std::size_t>(status.st_size));
    }
    std::array<char, 65536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    ssize_t count = -1;
    while (descriptor >= 0 && (count = ::read(descriptor, piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    const int error = count < 0 ? errno : 0;
    if (descriptor >= 0 && !standard_input) ::close(descriptor);
    if (error != 0) return failure(fmt::format("cannot read {}: {}", file, std::strerror(error)));
    return text;
}

Result<table::Table> read_saved_file(const std::string& file) {
    const auto text = read_file(file);
    if (!text) return tl::make_unexpected(text.error());
    return table::read_saved_text(*text, input_name(file));
}

Result<table::Wanted> read_wanted(const WantedSource& source, const Streams& streams) {
    if (source.saved.empty()) return load_wanted(source.configuration, source.file, streams);
    auto saved = read_saved_file(source.saved);
    if (!saved) return tl::make_unexpected(saved.error());
    return table::wanted_from(std::move(*saved), name_of(source));
}

}  // namespace lbctl::cli
