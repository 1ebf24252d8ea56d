#define PCRE2_CODE_UNIT_WIDTH 8
#include "grammar/model/regex.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace lbctl::model {

namespace {

struct OptionRow {
    std::string_view word;
    std::uint32_t bit;
};

/// The words of regex_options, which are PCRE2's names of its options.
constexpr std::array option_rows = std::to_array<OptionRow>({
    {"allow_empty_class", PCRE2_ALLOW_EMPTY_CLASS},
    {"alt_bsux", PCRE2_ALT_BSUX},
    {"auto_callout", PCRE2_AUTO_CALLOUT},
    {"caseless", PCRE2_CASELESS},
    {"dollar_endonly", PCRE2_DOLLAR_ENDONLY},
    {"dotall", PCRE2_DOTALL},
    {"dupnames", PCRE2_DUPNAMES},
    {"extended", PCRE2_EXTENDED},
    {"firstline", PCRE2_FIRSTLINE},
    {"match_unset_backref", PCRE2_MATCH_UNSET_BACKREF},
    {"multiline", PCRE2_MULTILINE},
    {"never_ucp", PCRE2_NEVER_UCP},
    {"never_utf", PCRE2_NEVER_UTF},
    {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE},
    {"no_auto_possess", PCRE2_NO_AUTO_POSSESS},
    {"no_dotstar_anchor", PCRE2_NO_DOTSTAR_ANCHOR},
    {"no_start_optimize", PCRE2_NO_START_OPTIMIZE},
    {"ucp", PCRE2_UCP},
    {"ungreedy", PCRE2_UNGREEDY},
    {"utf", PCRE2_UTF},
    {"never_backslash_c", PCRE2_NEVER_BACKSLASH_C},
    {"alt_circumflex", PCRE2_ALT_CIRCUMFLEX},
    {"alt_verbnames", PCRE2_ALT_VERBNAMES},
    {"use_offset_limit", PCRE2_USE_OFFSET_LIMIT},
});

std::uint32_t bits_of(const Regex& regex) {
    std::uint32_t bits = 0;
    for (const std::string_view word : regex.options) {
        const auto row = std::ranges::find(option_rows, word, &OptionRow::word);
        if (row != option_rows.end()) bits |= row->bit;
    }
    return bits;
}

}  // namespace

void FreeRegexCode::operator()(pcre2_real_code_8* code) const {
    pcre2_code_free(code);
}

CompiledRegex compile(const Regex& regex) {
    CompiledRegex compiled;
    int error = 0;
    PCRE2_SIZE error_offset = 0;
    // A C string: it ends at its first NUL.
    const std::string_view pattern = std::string_view(regex.pattern).substr(0, regex.pattern.find('\0'));
    compiled.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), bits_of(regex),
                                      &error, &error_offset, nullptr));
    if (compiled.code) return compiled;
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(error, text.data(), text.size());
    compiled.fault =
        std::string(reinterpret_cast<const char*>(text.data())) + " at offset " + std::to_string(error_offset);
    return compiled;
}

}  // namespace lbctl::model
