#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/source/finding.h"
#include "grammar/source/sources.h"

/// Secrets in the text of a configuration: what must not be shown where lines are quoted or written out. It goes by the
/// text alone, because what is quoted is mostly wrong: a keyword that is misspelt or stands in the wrong block, a quote
/// that is not closed, words too many. Where it is in doubt, it hides.
namespace lbctl::ast {

/// What stands in the place of a secret.
inline constexpr std::string_view hidden_secret = "********";

/// Finds the secrets in lines that come one after the other.
class SecretLines {
public:
    static constexpr std::size_t none = std::string_view::npos;

    /// From which byte on the next line is secret, up to its end; none when it is not. `block` is the keyword of the
    /// block around it; empty where that is not known.
    std::size_t next(std::string_view line, std::string_view block = {});

    /// The same, where these parameters (names without `$`) are known to hold secrets.
    std::size_t next(std::string_view line, std::string_view block,
                     const std::set<std::string, std::less<>>& parameters);

private:
    enum class Open { nothing, next_line, value, quote, block };
    std::size_t end_of_open(std::string_view line);

    Open open_ = Open::nothing;
    unsigned lines_ = 0;  ///< since it is open
};

/// The line with the secret in it hidden.
[[nodiscard]] std::string without_secret(std::string_view line, std::size_t secret_from);

/// The text of a file with the secrets in it hidden, line for line.
[[nodiscard]] std::string without_secrets(const source::Sources& sources, source::FileId file);

/// The secrets in the files of a configuration, and findings without them.
class Secrets {
public:
    explicit Secrets(const source::Sources& sources);

    /// Takes files in that were read since. Files that were there before are not looked at again, for parameters that
    /// only the new ones use as secrets.
    void look_at_new_files();

    /// From which byte on that line is secret; SecretLines::none when it is not.
    [[nodiscard]] std::size_t in_line(source::FileId file, std::uint32_t line) const;

    /// The finding as it may be shown: messages, hints and notes say `********' for a secret; a fix that would have to
    /// write one is left out.
    [[nodiscard]] source::Finding shown(const source::Finding& finding) const;

private:
    struct Words;
    [[nodiscard]] std::string_view block_around(source::FileId file, std::uint32_t line) const;
    void collect(source::FileId file, std::uint32_t first, std::uint32_t last, Words& words) const;

    const source::Sources& sources_;
    source::FileId files_ = 0;                       ///< that were looked at
    std::set<std::string, std::less<>> parameters_;  ///< that hold secrets
    struct Cursor {
        source::FileId file = 0;
        std::uint32_t line = 0;  ///< that `lines` has seen last
        std::size_t found = SecretLines::none;
        SecretLines lines;
        std::string_view rest;  ///< of the file, after `line`
    };
    mutable Cursor cursor_;  ///< findings come in the order of their lines
};

}  // namespace lbctl::ast
