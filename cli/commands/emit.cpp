#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/emit/emitter.h"
#include "cli/command.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "cli/wanted_source.h"
#include "grammar/base/replace_file.h"

namespace lbctl::cli {

namespace {

/// An option that some emitters have, and what the command line says.
struct SharedOption {
    std::string value;
    bool given = false;
};

struct Options {
    std::string kind;
    std::string folder;  ///< --out; empty: standard output
    WantedSource source;
    std::map<std::string, SharedOption, std::less<>> shared;  ///< by name
};

bool has_word(const emit::EmitterOption& option, std::string_view word) {
    return option.words.empty() || std::ranges::find(option.words, word) != option.words.end();
}

/// The options for this emitter; one that it does not have, or a word that is another emitter's, is a failure.
Result<emit::Choices> choices_for(const emit::Emitter& emitter, const Options& options) {
    std::map<std::string, std::string, std::less<>> given;
    for (const auto& [name, shared] : options.shared) {
        if (!shared.given) continue;
        const auto option = std::ranges::find(emitter.options, name, &emit::EmitterOption::name);
        if (option == emitter.options.end())
            return failure(fmt::format("`emit {}' has no option {}", emitter.kind, name));
        if (!has_word(*option, shared.value)) {
            return failure(fmt::format("`emit {}' has no {} {}", emitter.kind, name, shared.value),
                           fmt::format("give one of {}", fmt::join(option->words, ", ")));
        }
        given.emplace(name, shared.value);
    }
    return emit::Choices(std::move(given));
}

Result<emit::Configuration> read_configuration(const WantedSource& source, emit::Reads reads, const Streams& streams) {
    if (reads == emit::Reads::table || !source.saved.empty()) {
        emit::Configuration configuration;
        configuration.name = name_of(source);
        auto wanted = read_wanted(source, streams);
        if (!wanted) return tl::make_unexpected(wanted.error());
        configuration.wanted = *std::move(wanted);
        if (reads == emit::Reads::hosts) configuration.states = {configuration.wanted};
        return configuration;
    }
    const auto analysis = load_analysis(source.configuration, source.file, streams);
    if (!analysis) return tl::make_unexpected(analysis.error());
    return emit::configuration_of(analysis->root, analysis->sources, name_of(source));
}

/// Each in a file of its own; the names are told, one a line.
Result<void> write_documents(const std::vector<emit::Document>& documents, const std::string& folder,
                             const Streams& streams) {
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
        return failure(fmt::format("cannot make the folder {}: {}", folder, std::strerror(errno)));
    for (const emit::Document& document : documents) {
        const std::string path = folder + "/" + document.name;
        if (auto written = base::replace_file(path, document.text); !written) return written;
        print(streams.out, "{}\n", path);
    }
    return {};
}

ExitStatus run(const Options& options, const Streams& streams) {
    const emit::Emitter* const emitter = emit::find_emitter(options.kind);
    if (emitter == nullptr) return report_failure(streams, {"there is no emitter of that kind", {}});
    const auto choices = choices_for(*emitter, options);
    if (!choices) return report_failure(streams, choices.error());
    const auto configuration = read_configuration(options.source, emitter->reads, streams);
    if (!configuration) return report_failure(streams, configuration.error());
    const auto documents = emitter->emit(*configuration, *choices);
    if (!documents) return report_failure(streams, documents.error());
    if (!options.folder.empty()) {
        const auto written = write_documents(*documents, options.folder, streams);
        return written ? ExitStatus::ok : report_failure(streams, written.error());
    }
    if (documents->size() != 1) {
        std::string hosts;
        for (const emit::Document& document : *documents) {
            if (!hosts.empty()) hosts += ", ";
            hosts += document.host;
        }
        return report_failure(streams, {fmt::format("there is a text for each of {}", hosts),
                                        "name one of them with --for, or a folder for all of them with --out"});
    }
    print_text(streams.out, documents->front().text);
    return ExitStatus::ok;
}

/// What the emitters that have an option say of it, as one option of the command.
void add_shared_options(Command command, Options& options) {
    struct Description {
        std::string help;
        std::string_view value_name;
        std::vector<std::string> words;
        bool any = false;  ///< at least one emitter takes any text
    };
    std::vector<std::pair<std::string_view, Description>> described;
    for (const emit::Emitter* emitter : emit::emitters()) {
        for (const emit::EmitterOption& option : emitter->options) {
            auto found = std::ranges::find(described, option.name, &decltype(described)::value_type::first);
            if (found == described.end()) found = described.insert(found, {option.name, {}});
            Description& description = found->second;
            const std::string line = fmt::format("{}: {}", emitter->kind, option.what);
            description.help += (description.help.empty() ? "" : "; ") + line;
            description.value_name = option.value_name;
            description.any = description.any || option.words.empty();
            for (const std::string_view word : option.words) {
                if (std::ranges::find(description.words, word) == description.words.end())
                    description.words.emplace_back(word);
            }
        }
    }
    for (auto& [name, description] : described) {
        SharedOption& shared = options.shared[std::string(name)];
        Option option = command.option(name, shared.value, description.help).tells(shared.given);
        if (description.any) {
            option.type_name(description.value_name);
        } else {
            option.one_of(std::move(description.words));
        }
    }
}

void add_emit(Command program, Invocation& invocation) {
    auto options = std::make_shared<Options>();
    Command command = program.command("emit", "scripts for the hosts of the cluster, and the table for other tools");
    std::vector<std::string> kinds;
    std::string help;
    for (const emit::Emitter* emitter : emit::emitters()) {
        kinds.emplace_back(emitter->kind);
        help += fmt::format("{}{}: {}", help.empty() ? "" : "; ", emitter->kind, emitter->what);
    }
    command.option("KIND", options->kind, help).required().one_of(std::move(kinds));
    add_wanted_source(command, options->source);
    add_shared_options(command, *options);
    command
        .option("--out", options->folder, "write every text to a file of its own in this folder, and tell their names")
        .type_name("FOLDER");
    command.on_chosen([options, &invocation] {
        invocation.run = [options](const Streams& streams) { return run(*options, streams); };
    });
}

}  // namespace

extern const Registration emit_command{
    .name = "emit", .heading = Heading::others, .rights = Rights::files, .add = add_emit};

}  // namespace lbctl::cli
