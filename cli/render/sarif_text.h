#pragma once

#include <string>
#include <string_view>

/// How SARIF 2.1.0 wants its texts and addresses.
namespace lbctl::cli {

/// A message (sections 3.11.5 and 3.11.6) that no reader takes for one with placeholders or links: the brace of `{0}'
/// is doubled, and brackets are escaped where they would make a link. Other braces stay, for readers show them as they
/// are in messages without arguments.
[[nodiscard]] std::string sarif_message(std::string_view text);

/// The path as a URI reference (RFC 3986): relative, or of the scheme file. Bytes are percent-encoded.
[[nodiscard]] std::string file_uri(std::string_view path);

/// Text of lbctl's own pages in Markdown: `word' becomes code.
[[nodiscard]] std::string in_markdown(std::string_view text);

/// A text as a block of code in Markdown.
[[nodiscard]] std::string code_block(std::string_view text);

/// "unknown-keyword" as "UnknownKeyword".
[[nodiscard]] std::string pascal_case(std::string_view id);

}  // namespace lbctl::cli
