#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "grammar/base/ascii.h"

namespace lbctl::cli {

bool locale_has_unicode() {
    const auto is_utf8 = [](std::string_view codeset) {
        std::string plain;
        for (const char c : codeset) {
            if (c != '-') plain += base::upper(c);
        }
        return plain == "UTF8";
    };
    if (const locale_t locale = newlocale(LC_CTYPE_MASK, "", nullptr); locale != nullptr) {
        const bool unicode = is_utf8(nl_langinfo_l(CODESET, locale));
        freelocale(locale);
        return unicode;
    }
    // A locale that is not installed here, such as that of the machine where the terminal is.
    for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string_view codeset(value);
        if (const std::size_t dot = codeset.find('.'); dot != std::string_view::npos) {
            codeset.remove_prefix(dot + 1);
            return is_utf8(codeset.substr(0, codeset.find('@')));
        }
        return false;
    }
    return false;
}

std::optional<std::size_t> columns_of(std::FILE* stream) {
    const int descriptor = ::fileno(stream);
    winsize size{};
    if (descriptor < 0 || ::isatty(descriptor) != 1 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return std::nullopt;
    return size.ws_col;
}

std::string with_arrows(std::string text, bool unicode) {
    constexpr std::string_view arrow = "\u2192";
    if (unicode) return text;
    std::string plain;
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find(arrow, from)) != std::string::npos; from = at + arrow.size())
        plain.append(text, from, at - from).append("->");
    return plain.append(text, from, std::string::npos);
}

std::string_view cut_to_columns(std::string_view text, std::optional<std::size_t> columns) {
    return columns ? text.substr(0, std::max<std::size_t>(*columns, 1) - 1) : text;
}

}  // namespace lbctl::cli
