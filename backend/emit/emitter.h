#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backend/table/wanted.h"

/// Scripts that make the live table what a configuration asks for.
namespace lbctl::emit {

/// A kind of script that `lbctl emit` knows: a file here that defines one of these, called ipvsadm_emitter in
/// ipvsadm.cpp, and a line in the list of backend/CMakeLists.txt.
struct Emitter {
    std::string_view kind;  ///< the word for the command line
    std::string_view what;  ///< one line for the help text
    /// The text. `source` is the name of the configuration, as a comment may tell it.
    std::string (*emit)(const table::Wanted& wanted, std::string_view source);
};

/// Every kind, in the order of that list.
std::span<const Emitter* const> emitters();

/// The emitter of that kind, or null.
const Emitter* find_emitter(std::string_view kind);

}  // namespace lbctl::emit
