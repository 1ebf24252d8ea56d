#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace lbctl {

/// Why a piece of work could not be done, in words for the person who asked for it.
struct Failure {
    std::string message;  ///< what failed, on which object, and why: one line, no full stop, no program name
    std::string hint;     ///< what to do about it: one line, may be empty
};

/// The one way in which a function of lbctl says that it could not do its work.
template <class T>
using Result = tl::expected<T, Failure>;

/// A failure as the unexpected side of any Result.
[[nodiscard]] inline tl::unexpected<Failure> failure(std::string message, std::string hint = {}) {
    return tl::make_unexpected(Failure{std::move(message), std::move(hint)});
}

}  // namespace lbctl
