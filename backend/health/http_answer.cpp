#include "backend/health/http_answer.h"

#include <algorithm>
#include <cstdlib>

namespace lbctl::health {

namespace {

/// keepalived's MAX_BUFFER_LENGTH is 4096, and one byte is for the end of the string.
constexpr std::size_t buffer_size = 4095;

/// A line of a server that is quoted in a reason may be of any length.
constexpr std::size_t most_quoted = 80;

}  // namespace

std::size_t end_of_header(std::string_view answer) {
    constexpr std::string_view empty_line = "\r\n\r\n";
    const std::size_t at = answer.find(empty_line);
    return at == std::string_view::npos ? at : at + empty_line.size();
}

unsigned status_in(std::string_view header) {
    constexpr std::size_t digits = 3;
    const std::size_t blank = header.find_first_of(" \r");
    if (blank == std::string_view::npos || header[blank] != ' ') return 0;
    const std::string_view rest = header.substr(blank + 1);
    if (rest.size() <= digits || rest[digits] != ' ') return 0;
    unsigned status = 0;
    for (const char c : rest.substr(0, digits)) {
        if (c < '0' || c > '9') return 0;
        status = status * 10 + static_cast<unsigned>(c - '0');
    }
    return status;
}

std::optional<std::size_t> announced_length(const std::string& text) {
    constexpr std::string_view name = "Content-Length:";
    // keepalived searches a C string.
    const std::string_view searched = std::string_view(text).substr(0, text.find('\0'));
    const std::size_t at = searched.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    char* end = nullptr;
    const unsigned long length = std::strtoul(text.c_str() + at + name.size(), &end, 10);
    if (*end != '\0' && *end != '\r' && *end != '\n') return std::nullopt;
    return length;
}

HttpAnswer::HttpAnswer(const model::Url& url, bool wants_digest) {
    if (wants_digest || !url.digest.empty()) digest_.emplace();
    if (url.regex) search_.emplace(*url.regex);
}

std::size_t HttpAnswer::room() const {
    return buffer_size - buffer_.size();
}

void HttpAnswer::add(std::string_view bytes) {
    const std::size_t held_back = buffer_.size();
    buffer_ += bytes;
    if (has_header_) {
        add_to_digest(std::string_view(buffer_).substr(held_back));
        received_ += buffer_.size();
        if (!search_ || !search_->look_at(buffer_)) buffer_.clear();
        return;
    }
    const std::size_t body = end_of_header(buffer_);
    if (body == std::string::npos) return;
    has_header_ = true;
    first_line_ = buffer_.substr(0, std::min(buffer_.find('\r'), most_quoted));
    status_ = status_in(buffer_);
    announced_ = announced_length(buffer_);
    add_to_digest(std::string_view(buffer_).substr(body));
    received_ = buffer_.size() - body;
    // The header is searched as well, but only together with a piece of the body.
    if (received_ == 0 || !search_ || !search_->look_at(buffer_)) buffer_.clear();
}

void HttpAnswer::add_to_digest(std::string_view bytes) {
    if (!digest_ || bytes.empty() || (announced_ && *announced_ <= received_)) return;
    digest_->add(announced_ ? bytes.substr(0, *announced_ - received_) : bytes);
}

std::string HttpAnswer::digest() {
    return digest_ ? digest_->finish() : std::string{};
}

}  // namespace lbctl::health
