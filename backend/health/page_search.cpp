#define PCRE2_CODE_UNIT_WIDTH 8
#include "backend/health/page_search.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace lbctl::health {

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

/// What is kept of a partial match cannot be larger than keepalived's buffer.
constexpr std::size_t buffer_size = 4095;

std::uint32_t bits_of(const model::Regex& regex) {
    std::uint32_t bits = 0;
    for (const std::string_view word : regex.options) {
        const auto row = std::ranges::find(option_rows, word, &OptionRow::word);
        if (row != option_rows.end()) bits |= row->bit;
    }
    return bits;
}

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeStack {
    void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
};

struct Compilation {
    std::unique_ptr<pcre2_code, FreeCode> code;
    int error = 0;
    PCRE2_SIZE error_offset = 0;
};

Compilation compile(const model::Regex& regex) {
    Compilation compilation;
    // A C string: it ends at its first NUL.
    const std::string_view pattern = std::string_view(regex.pattern).substr(0, regex.pattern.find('\0'));
    compilation.code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), bits_of(regex),
                                         &compilation.error, &compilation.error_offset, nullptr));
    return compilation;
}

}  // namespace

struct PageSearch::Pattern {
    std::unique_ptr<pcre2_code, FreeCode> code;
    std::unique_ptr<pcre2_match_data, FreeData> data;
    std::unique_ptr<pcre2_match_context, FreeContext> context;
    std::unique_ptr<pcre2_jit_stack, FreeStack> stack;
};

PageSearch::PageSearch(const model::Regex& regex)
    : pattern_(std::make_unique<Pattern>()), first_offset_(regex.first_offset), end_offset_(regex.end_offset) {
    Pattern& pattern = *pattern_;
    pattern.code = compile(regex).code;
    if (!pattern.code) return;  // never matches; fault_of() says why
    pattern.data.reset(pcre2_match_data_create_from_pattern(pattern.code.get(), nullptr));
    std::uint32_t behind = 0;
    pcre2_pattern_info(pattern.code.get(), PCRE2_INFO_MAXLOOKBEHIND, &behind);
    behind_ = behind;
    pattern.context.reset(pcre2_match_context_create(nullptr));
    if (pcre2_jit_compile(pattern.code.get(), PCRE2_JIT_PARTIAL_HARD) == 0 && regex.stack) {
        pattern.stack.reset(pcre2_jit_stack_create(regex.stack->first, regex.stack->second, nullptr));
        pcre2_jit_stack_assign(pattern.context.get(), nullptr, pattern.stack.get());
    }
}

PageSearch::PageSearch(PageSearch&&) noexcept = default;
PageSearch& PageSearch::operator=(PageSearch&&) noexcept = default;
PageSearch::~PageSearch() = default;

bool PageSearch::look_at(std::string& buffer) {
    if (matched_ || !pattern_->code) return false;
    std::size_t start = 0;
    if (first_offset_ != 0) {
        // keepalived subtracts without looking at the sign, so an expression that looks back further never matches.
        if (looked_at_ + buffer.size() < first_offset_ - behind_) {
            looked_at_ += buffer.size();
            return false;
        }
        if (looked_at_ < first_offset_) start = first_offset_ - looked_at_;
    }
    if (end_offset_ != 0 && looked_at_ + start_ >= end_offset_) {
        looked_at_ += buffer.size();
        return false;
    }
    start = std::max(start, start_);
    start_ = 0;
    const int found =
        start > buffer.size()
            ? PCRE2_ERROR_NOMATCH
            : pcre2_match(pattern_->code.get(), reinterpret_cast<PCRE2_SPTR>(buffer.data()), buffer.size(), start,
                          PCRE2_PARTIAL_HARD, pattern_->data.get(), pattern_->context.get());
    const PCRE2_SIZE* const place = pcre2_get_ovector_pointer(pattern_->data.get());
    if (found == PCRE2_ERROR_PARTIAL) {
        const std::size_t done = place[0] > behind_ ? place[0] - behind_ : 0;
        if (done != 0) {
            start_ = behind_;
            buffer.erase(0, done);
            looked_at_ += done;
        } else if (buffer.size() == buffer_size) {
            looked_at_ += buffer.size();
            return false;
        }
        return true;
    }
    if (found >= 0 && (end_offset_ == 0 || looked_at_ + place[0] < end_offset_)) matched_ = true;
    looked_at_ += buffer.size();
    return false;
}

std::optional<std::string> fault_of(const model::Regex& regex) {
    const Compilation compilation = compile(regex);
    if (compilation.code) return std::nullopt;
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(compilation.error, text.data(), text.size());
    return std::string(reinterpret_cast<const char*>(text.data())) + " at offset " +
           std::to_string(compilation.error_offset);
}

}  // namespace lbctl::health
