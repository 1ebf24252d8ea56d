#define PCRE2_CODE_UNIT_WIDTH 8
#include "backend/health/page_search.h"

#include <pcre2.h>

#include <algorithm>

#include "grammar/model/regex.h"

namespace lbctl::health {

namespace {

/// What is kept of a partial match cannot be larger than keepalived's buffer.
constexpr std::size_t buffer_size = 4095;

struct FreeData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct FreeContext {
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};
struct FreeStack {
    void operator()(pcre2_jit_stack* stack) const { pcre2_jit_stack_free(stack); }
};

}  // namespace

struct PageSearch::Pattern {
    model::RegexCode code;
    std::unique_ptr<pcre2_match_data, FreeData> data;
    std::unique_ptr<pcre2_match_context, FreeContext> context;
    std::unique_ptr<pcre2_jit_stack, FreeStack> stack;
};

PageSearch::PageSearch(const model::Regex& regex)
    : pattern_(std::make_unique<Pattern>()), first_offset_(regex.first_offset), end_offset_(regex.end_offset) {
    Pattern& pattern = *pattern_;
    pattern.code = model::compile(regex).code;
    if (!pattern.code) return;  // never matches; its fault is told elsewhere
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

std::optional<bool> is_found_in(const model::Regex& regex, std::string_view body) {
    const model::RegexCode code = model::compile(regex).code;
    if (!code) return std::nullopt;
    if (regex.first_offset > body.size()) return false;
    const std::unique_ptr<pcre2_match_data, FreeData> data(pcre2_match_data_create_from_pattern(code.get(), nullptr));
    const int found = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(body.data()), body.size(),
                                  regex.first_offset, 0, data.get(), nullptr);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) return std::nullopt;
    const bool is_late =
        found >= 0 && regex.end_offset != 0 && pcre2_get_ovector_pointer(data.get())[0] >= regex.end_offset;
    return found >= 0 && !is_late;
}

}  // namespace lbctl::health
