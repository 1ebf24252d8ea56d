#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

/// What a shell completes, as data.
namespace lbctl::cli::completion {

/// What can be said of a value before it is written.
struct Value {
    enum class Kind {
        none,     ///< there is no value
        words,    ///< one of some words
        asked,    ///< one of the words that `lbctl completion --values KIND` prints; words has the kind
        file,     ///< the name of a file
        folder,   ///< the name of a folder
        unknown,  ///< anything
    };
    Kind kind = Kind::none;
    std::vector<std::string> words;
    bool is_list = false;  ///< several, with commas between them
};

/// An option, or a positional argument.
struct Item {
    std::vector<std::string> names;  ///< with their dashes; of a positional argument the one name
    std::string description;
    std::string value_name;
    Value value;
    bool value_may_be_left_out = false;
    bool several = false;
    bool required = false;

    [[nodiscard]] bool takes_value() const { return value.kind != Value::Kind::none; }
};

struct Program {
    struct CommandItems {
        std::vector<std::string> names;
        std::string description;
        std::vector<Item> options;      ///< those that --help shows
        std::vector<Item> positionals;  ///< in their order
    };
    std::vector<CommandItems> commands;
    std::vector<Item> options;  ///< of the program itself
};

/// All of it, with the options of ipvsadm for the command of that name.
Program items_of(const Command& program);

/// The names of all items.
std::vector<std::string> names_of(const std::vector<Item>& items);

/// What a shell has to source, or to find where it looks for completions.
std::string bash_script(const Program& program);
std::string zsh_script(const Program& program);
std::string fish_script(const Program& program);

/// A description within single quotes of a shell, and within the brackets of zsh.
std::string quoted(const std::string& text);

}  // namespace lbctl::cli::completion
