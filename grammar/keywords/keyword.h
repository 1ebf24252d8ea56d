#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/keywords/keyword_id.h"
#include "grammar/keywords/version.h"

/// The language as data: which keyword stands where, what it takes, since when.
namespace lbctl::keywords {

enum class Kind {
    value,       ///< needs at least one argument
    flag,        ///< may stand alone
    block,       ///< opens a block with keywords of its own
    line_block,  ///< opens a block in which every line is one entry
    list,        ///< opens a block in which every word is one entry
};

/// A context by number, for those who look keywords up for every line of a file.
enum class ContextId : std::uint16_t {};

/// The context of the top level.
inline constexpr ContextId top_context{0};

/// Of blocks that hold no keywords.
inline constexpr ContextId no_context{0xffff};

/// One keyword in one context.
struct Keyword {
    std::string_view context;  ///< slash path of the enclosing blocks, "/" at the top
    std::string_view name;
    Kind kind = Kind::value;
    std::string_view arguments;      ///< in the notation of argument_pattern.h
    std::string_view default_value;  ///< what holds when the keyword is absent; empty: nothing, or not known
    Version since;
    Version removed;                 ///< first release that no longer has it; 0.0.0: still there in 2.4.3
    std::string_view replaced_by;    ///< what to write instead; empty: it is not deprecated
    std::string_view documentation;  ///< one line
    Version deprecated{};            ///< first release that complains of its use, if only in its log; 0.0.0: none
    bool optional_build = false;  ///< only in builds with a feature that not every build has (SNMP, D-Bus, ipset, ...)
    KeywordId id = id_of_name(name);
    std::uint16_t number = 0;       ///< its place in all_keywords()
    ContextId inside = no_context;  ///< of a row of all_keywords() that opens a block: the context in it
    /// Its words are split as a shell splits them: it takes a command, or a regular expression, which is read as one.
    bool takes_command = arguments.find("SCRIPT") != std::string_view::npos || name == "regex";

    [[nodiscard]] bool opens_block() const {
        return kind == Kind::block || kind == Kind::line_block || kind == Kind::list;
    }
    [[nodiscard]] bool known_to(Version version) const {
        return since <= version && (removed == Version{} || version < removed);
    }
};

/// A word that stands in a line of a line block or as a value: "dev" in virtual_ipaddress, "rr" as a scheduler.
struct ValueWord {
    std::string_view set;  ///< "virtual_ipaddress-option", "lvs_sched"
    std::string_view word;
    Version since;
    Version removed;
    std::string_view arguments;  ///< what follows the word, in the notation of argument_pattern.h
    std::string_view documentation;
    std::string_view replaced_by{};  ///< what to write instead; empty: it is not deprecated
};

/// All keywords, by context and then in the order of the manual.
std::span<const Keyword> all_keywords();

/// All value words, by set.
std::span<const ValueWord> all_value_words();

/// The keyword in that context, whichever release has it; null when there is none.
const Keyword* find_keyword(std::string_view context, std::string_view name);

/// The keyword that a deprecated one is another name of: it stands in the same place and takes the same. Null where
/// what replaced it is written in another way, or is not known to the release.
const Keyword* successor_of(const Keyword& keyword, Version release);

/// As above.
const Keyword* find_keyword(ContextId context, std::string_view name);

/// What the keyword takes in a release: `arguments` unless an older release reads it in another way.
std::string_view arguments_in(const Keyword& keyword, Version release);

/// What a line of a line block holds, or a word of a list: in the notation of argument_pattern.h. Empty for other
/// keywords.
std::string_view entry_notation(const Keyword& block);

/// The same word in every context that has it.
std::vector<const Keyword*> find_everywhere(std::string_view name);

/// The context inside a block keyword: "/" and "virtual_server" give "virtual_server".
std::string context_inside(const Keyword& block);

/// Every context there is, "/" first, in the order of the tables ("*", of the include directives, last).
std::vector<std::string_view> all_contexts();

/// The keywords of a context.
std::vector<const Keyword*> keywords_of(std::string_view context);

/// The value words of a set.
std::vector<const ValueWord*> words_of(std::string_view set);

/// The candidate nearest to a misspelt word by edit distance (transpositions count one, `-' and `_' and upper and lower
/// case are near); empty when none is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Whether two words are one but for upper and lower case, and `-' for `_'.
bool has_same_letters(std::string_view word, std::string_view other);

}  // namespace lbctl::keywords
