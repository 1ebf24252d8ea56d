#include "backend/emit/shell_text.h"

#include "grammar/base/shown_text.h"

namespace lbctl::emit {

std::string comment(std::string_view text) {
    return "# " + base::shown(text) + "\n";
}

std::string quoted(std::string_view text) {
    std::string word = "'";
    for (const char character : text) {
        if (character == '\'') {
            word += "'\\''";
        } else {
            word += character;
        }
    }
    return word + "'";
}

std::string quoted_message(std::string_view text) {
    return quoted(base::shown(text));
}

}  // namespace lbctl::emit
