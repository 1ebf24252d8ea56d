#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "cli/render/block_outline.h"
#include "grammar/ast/secret_text.h"
#include "grammar/source/finding.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// What tells a finding again after the file was edited elsewhere: 32 hexadecimal digits that depend on its rule, on
/// the text of its line and of the heads of the blocks around it, on how many equal lines there are before it in such
/// blocks, and on which word of the line it begins at. They do not depend on the number of the line, on blanks,
/// comments and quotes, on the message, nor on the name of the file: who keeps fingerprints of several files keeps the
/// names beside them. Findings of one rule in one place have one fingerprint.
///
/// Secrets are masked before they are hashed, so nothing can be learnt about them by trying.
class Fingerprints {
public:
    /// `sources` has to outlive it.
    explicit Fingerprints(const source::Sources& sources) : sources_(sources), secrets_(sources) {}

    /// Walks over a file once, when the first of its findings is asked for.
    [[nodiscard]] std::string of(const source::Finding& finding);

private:
    const BlockOutline& outline_of(source::FileId file);
    const std::string& text_of(source::FileId file, std::uint32_t number, std::string_view line);

    /// The normalised text of a line. Findings come line by line, and one of 200 KB may have a thousand.
    struct LineText {
        source::FileId file{};
        std::uint32_t number = 0;  ///< from 1 on; 0: none yet
        std::string text;
    };

    const source::Sources& sources_;
    ast::Secrets secrets_;
    std::map<source::FileId, BlockOutline> outlines_;
    LineText last_;
};

}  // namespace lbctl::cli
