#pragma once

#include <span>

#include "grammar/base/result.h"

/// The capabilities of this process, by their numbers in linux/capability.h; see capabilities(7).
namespace lbctl::process {

/// Whether the calling thread has it, or can take it up.
bool has_capability(unsigned number);

/// Who has no more than what is kept.
enum class Limits {
    thread,    ///< the calling thread
    programs,  ///< programs that it starts as root, too
};

/// Gives up all capabilities of the calling thread but these; one that it does not have is not gained, and nothing is
/// passed on by inheritance. To be done before there are other threads. Fails where a filter of system calls forbids
/// it, and never where there is nothing to give up.
Result<void> keep_capabilities(std::span<const unsigned> kept, Limits limits);

}  // namespace lbctl::process
