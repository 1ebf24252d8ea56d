#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lbctl::syntax {

/// A tag of a template language in a line.
struct TemplateTag {
    std::size_t begin = 0;  ///< offset of its first byte
    std::string_view text;
};

/// The first tag that stands outside of double quotes and comments: `{{ x }}`, `{% x %}` (Jinja, Go, Handlebars) or
/// `<% x %>` (ERB). keepalived.conf has no use for these: in it one brace stands after the words of a block.
std::optional<TemplateTag> template_tag(std::string_view line);

/// Whether any line of a text has one.
bool is_template(std::string_view text);

}  // namespace lbctl::syntax
