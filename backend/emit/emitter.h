#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/emit/configuration.h"
#include "grammar/base/result.h"

/// Texts made of a configuration: scripts for the hosts of the cluster, tables for other tools, drawings.
namespace lbctl::emit {

/// An option of `lbctl emit` that some kinds have. Two kinds that share a name share its meaning; their words may
/// differ.
struct EmitterOption {
    std::string_view name;                         ///< with its dashes: "--for"
    std::string_view value_name;                   ///< what --help calls the value: ADDRESS
    std::string_view what;                         ///< one line for the help text
    std::span<const std::string_view> words = {};  ///< every value is one of these, the first is the default; none: any
};

/// The options that were given, by name. The command has checked the words.
class Choices {
public:
    Choices() = default;
    explicit Choices(std::map<std::string, std::string, std::less<>> given) : given_(std::move(given)) {}

    /// The value, or that of `otherwise` where the option was not given.
    [[nodiscard]] std::string_view value(std::string_view name, std::string_view otherwise = {}) const {
        const auto found = given_.find(name);
        return found == given_.end() ? otherwise : std::string_view(found->second);
    }
    /// The value, or the first word of the option.
    [[nodiscard]] std::string_view word(const EmitterOption& option) const {
        return value(option.name, option.words.front());
    }

private:
    std::map<std::string, std::string, std::less<>> given_;
};

/// One text. An emitter that writes for hosts makes one for each.
struct Document {
    std::string name;  ///< of its file, where it is written to a folder
    std::string host;  ///< whom it is for: an address; empty where there is only one
    std::string text;
};

/// What an emitter reads of the configuration.
enum class Reads {
    table,  ///< Configuration::wanted
    hosts,  ///< the rest, too
};

/// A kind of text that `lbctl emit` knows: a file here that defines one of these, called ipvsadm_emitter in
/// ipvsadm.cpp, and a line in the list of backend/CMakeLists.txt.
struct Emitter {
    std::string_view kind;  ///< the word for the command line
    std::string_view what;  ///< one line for the help text
    /// At least one text, or why there is none.
    Result<std::vector<Document>> (*emit)(const Configuration& configuration, const Choices& choices);
    std::span<const EmitterOption> options = {};
    Reads reads = Reads::table;
};

/// Every kind, in the order of that list.
std::span<const Emitter* const> emitters();

/// The emitter of that kind, or null.
const Emitter* find_emitter(std::string_view kind);

}  // namespace lbctl::emit
