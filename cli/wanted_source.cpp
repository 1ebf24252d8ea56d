#include "cli/wanted_source.h"

#include "backend/ipvsadm/saved_table.h"
#include "grammar/source/files.h"
#include "grammar/validate/other_format.h"

namespace lbctl::cli {

void add_wanted_source(Command command, WantedSource& source) {
    source.file = default_configuration;
    const Option file = command.option("FILE", source.file, "keepalived.conf; - is standard input");
    command.option("--saved", source.saved, "take a table that `ipvsadm -S -n' saved instead of a configuration")
        .type_name("FILE")
        .excludes(file);
    add_configuration_options(command, source.configuration);
}

void add_checked_option(Command command, WantedSource& source) {
    command.flag("--checked", source.checked, "run every health check once; servers that are down do not count");
}

std::string name_of(const WantedSource& source) {
    return input_name(source.saved.empty() ? source.file : source.saved);
}

std::string input_name(const std::string& file) {
    return file == "-" ? "standard input" : file;
}

Result<table::Table> read_saved_file(const std::string& file) {
    base::Arena room;
    const auto text = source::read_file(file, room);
    if (!text) return tl::make_unexpected(text.error());
    return lbctl::ipvsadm::read_saved_text(*text, input_name(file));
}

Result<table::Wanted> read_wanted(const WantedSource& source, const Streams& streams) {
    if (source.saved.empty()) {
        return source.checked ? load_checked_wanted(source.configuration, source.file, streams)
                              : load_wanted(source.configuration, source.file, streams);
    }
    if (source.checked) return failure("--checked needs a configuration: a saved table has no health checks");
    base::Arena room;
    const auto text = source::read_file(source.saved, room);
    if (!text) return tl::make_unexpected(text.error());
    auto saved = lbctl::ipvsadm::read_saved_text(*text, name_of(source));
    if (!saved) return tl::make_unexpected(saved.error());
    table::Wanted wanted = table::wanted_from(std::move(*saved), name_of(source));
    wanted.says_nothing = validate::says_nothing(*text);
    return wanted;
}

}  // namespace lbctl::cli
