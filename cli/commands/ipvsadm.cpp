#include "cli/commands/ipvsadm.h"

#include <string_view>
#include <vector>

#include "cli/print.h"

namespace lbctl::cli {

namespace {

/// The last part of a path.
std::string_view name_in(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// The shell script of that name knows -n, refuses other options, and does not look at the rest.
int run_save(std::span<const std::string_view> words, const std::string& program, const Streams& streams) {
    std::vector<std::string_view> arguments{"-S"};
    for (const std::string_view word : words) {
        if (word == "-n") {
            arguments = {"-S", "-n"};
        } else if (word.starts_with('-')) {
            print(streams.err, "{0}: prints the IPVS table as commands of ipvsadm\n{0}: -n leaves numbers numbers\n",
                  program);
            return 1;
        }
    }
    return ipvsadm::run_words(arguments, "ipvsadm", streams);
}

void add_ipvsadm(Command program, Invocation&) {
    // For the list of commands only: run_as_ipvsadm() has taken such command lines before.
    program.command("ipvsadm", "the whole of ipvsadm's command line, also when lbctl is called ipvsadm");
}

}  // namespace

extern const Registration ipvsadm_command{
    .name = "ipvsadm", .heading = Heading::others, .rights = Rights::table, .add = add_ipvsadm};

bool is_called_ipvsadm(int argc, const char* const* argv) {
    if (argc < 1) return false;
    const std::string_view name = name_in(argv[0]);
    return name == "ipvsadm" || name == "ipvsadm-save" || name == "ipvsadm-restore";
}

std::optional<int> run_as_ipvsadm(int argc, const char* const* argv, const Streams& streams) {
    const std::span<const char* const> all(argv, static_cast<std::size_t>(argc));
    if (all.empty()) return std::nullopt;
    std::string_view name = name_in(all.front());
    std::string program(all.front());
    std::size_t first = 1;
    if (all.size() > 1 && !is_called_ipvsadm(argc, argv)) {
        name = all[1];
        program = name;
        first = 2;
        if (name != "ipvsadm") return std::nullopt;
    }
    const std::vector<std::string_view> words(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
    if (name == "ipvsadm") return ipvsadm::run_words(words, program, streams);
    if (name == "ipvsadm-save") return run_save(words, program, streams);
    if (name == "ipvsadm-restore") return ipvsadm::run_restore(true, "ipvsadm", streams);
    return std::nullopt;
}

}  // namespace lbctl::cli
