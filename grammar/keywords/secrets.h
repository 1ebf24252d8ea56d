#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "grammar/keywords/keyword.h"

/// Which settings are not for everybody's eyes: those whose notation has a type that is secret (PASSWORD, HMAC_KEY).
namespace lbctl::keywords {

/// The index of the first argument that is secret; so are all after it, which can only be the rest of a secret with a
/// blank in it. Nothing for keywords without.
[[nodiscard]] std::optional<std::size_t> first_secret_argument(const Keyword& keyword);

/// All keywords that have one, in the order of the tables.
[[nodiscard]] std::span<const Keyword* const> secret_keywords();

/// Whether a word that is no keyword of any context is probably meant for one of these, or names a secret of another
/// program (`smtp_password`): then what follows it is not shown.
[[nodiscard]] bool sounds_secret(std::string_view unknown_word);

/// Whether a word says by itself, wherever it stands, that a secret follows: `auth_pass`, `--password`.
[[nodiscard]] bool announces_secret(std::string_view word);

/// Whether it is a keyword of any context.
[[nodiscard]] bool is_keyword_anywhere(std::string_view word);

}  // namespace lbctl::keywords
