#include <fmt/format.h>

#include "cli/completion/items.h"

namespace lbctl::cli::completion {

namespace {

/// What bash does for a value: it sets `kind' and `words'.
std::string value_code(const Value& value) {
    switch (value.kind) {
        case Value::Kind::words:
            return fmt::format("kind={} words='{}'", value.is_list ? "list" : "words", fmt::join(value.words, " "));
        case Value::Kind::asked:
            return fmt::format("kind={}; _lbctl_ask {}", value.is_list ? "list" : "words", value.words.front());
        case Value::Kind::file:
            return "kind=files";
        case Value::Kind::folder:
            return "kind=folders";
        case Value::Kind::none:
        case Value::Kind::unknown:
            break;
    }
    return "kind=none";
}

std::string command_code(const Program::CommandItems& command) {
    std::vector<Item> with_value;
    for (const Item& option : command.options) {
        if (option.takes_value() && !option.value_may_be_left_out) with_value.push_back(option);
    }
    std::string out = fmt::format("        {})\n            options='{}'\n", fmt::join(command.names, "|"),
                                  fmt::join(names_of(command.options), " "));
    if (!with_value.empty()) out += fmt::format("            takes=' {} '\n", fmt::join(names_of(with_value), " "));
    std::string cases;
    for (const Item& option : command.options) {
        if (option.takes_value()) {
            cases += fmt::format("                {}) {} ;;\n", fmt::join(option.names, "|"), value_code(option.value));
        }
    }
    if (!cases.empty()) out += fmt::format("            case $before in\n{}            esac\n", cases);
    std::size_t place = 0;
    std::string arguments;
    for (const Item& argument : command.positionals) {
        const std::string which = argument.several ? std::string("*") : std::to_string(place++);
        arguments += fmt::format("                {}) argument=\"{}\" ;;\n", which, value_code(argument.value));
    }
    if (!arguments.empty()) {
        out += fmt::format("            _lbctl_place\n            case $place in\n{}            esac\n", arguments);
    }
    return out + "            ;;\n";
}

constexpr std::string_view begin =
    R"(# bash takes an address with a port for three words: `line' has the words as they were written, up to the one that is
# completed. The variables are those of _lbctl.
_lbctl_line() {
    local i part glue=
    for ((i = 0; i <= COMP_CWORD; i++)); do
        part=${COMP_WORDS[i]}
        if [[ -n $part && -z ${part//:/} && ${#line[@]} -gt 1 ]]; then
            line[-1]+=$part
            glue=yes
        elif [[ -n $glue && -n $part ]]; then
            line[-1]+=$part
            glue=
        else
            line+=("$part")
            glue=
        fi
    done
}

# Counts the arguments before the word that is completed.
_lbctl_place() {
    local i skip=
    place=0
    for ((i = 2; i < last; i++)); do
        if [[ ${line[i]} == = ]]; then
            skip=yes
        elif [[ -n $skip ]]; then
            skip=
        elif [[ $takes == *" ${line[i]} "* ]]; then
            skip=yes
        elif [[ ${line[i]} != -?* ]]; then
            ((place += 1))
        fi
    done
}

# Words that lbctl knows, and words of the live table.
_lbctl_ask() {
    words=$(lbctl completion --values "$1" 2>/dev/null)
}

_lbctl() {
    local -a line=()
    _lbctl_line
    local last=$((${#line[@]} - 1))
    local word=${line[last]} before=${line[last - 1]}
    local options= takes=' ' kind= words= argument= place= front= each
    # bash makes three words of --format=json.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]] && ((last > 2)); then
        before=${line[last - 2]}
    fi
)";

constexpr std::string_view end = R"(    esac
    if [[ -z $kind && $word == -* ]]; then
        kind=words words=$options
    elif [[ -z $kind ]]; then
        eval "$argument"
    fi
    if [[ $kind == list && $word == *,* ]]; then
        front=${word%,*},
        word=${word##*,}
    fi
    COMPREPLY=()
    case $kind in
        words | list)
            while read -r each; do
                [[ $each != "$word"* ]] || COMPREPLY+=("$front$each")
            done <<<"${words// /$'\n'}"
            ;;
        files) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        folders) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    esac
    # What stands before the last colon is another word to bash.
    if [[ $front$word == *:* && ${COMP_WORDBREAKS-} == *:* ]]; then
        each=$front$word
        COMPREPLY=("${COMPREPLY[@]#"${each%"${each##*:}"}"}")
    fi
}
complete -o filenames -F _lbctl lbctl
)";

}  // namespace

std::string bash_script(const Program& program) {
    std::vector<std::string> first;
    for (const auto& command : program.commands) first.insert(first.end(), command.names.begin(), command.names.end());
    for (const std::string& name : names_of(program.options)) first.push_back(name);
    std::string out(begin);
    out += fmt::format(
        "    if ((last == 1)); then\n        mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n"
        "        return\n    fi\n    case ${{line[1]-}} in\n",
        fmt::join(first, " "));
    for (const auto& command : program.commands) out += command_code(command);
    return out + std::string(end);
}

}  // namespace lbctl::cli::completion
