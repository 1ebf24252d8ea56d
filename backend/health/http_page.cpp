#include "backend/health/http_page.h"

#include <algorithm>
#include <utility>

#include "grammar/base/ascii.h"
#include "grammar/base/number.h"

namespace lbctl::health {

namespace {

/// The text up to the end of the line, which is taken away with it; nothing when no line ends.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// RFC 9112 section 4: HTTP-version SP status-code, and then a blank or nothing.
std::optional<unsigned> status_of(std::string_view line) {
    constexpr std::string_view version = "HTTP/1.";
    constexpr std::size_t status_at = version.size() + 2;
    constexpr std::size_t digits = 3;
    if (!line.starts_with(version) || line.size() < status_at + digits || line[status_at - 1] != ' ')
        return std::nullopt;
    if (line.size() > status_at + digits && line[status_at + digits] != ' ') return std::nullopt;
    return base::whole_number<unsigned>(line.substr(status_at, digits));
}

struct Header {
    unsigned status = 0;
    std::optional<std::size_t> length;
    bool is_chunked = false;
};

std::optional<Header> take_header(std::string_view& text) {
    const auto first = take_line(text);
    if (!first) return std::nullopt;
    const auto status = status_of(*first);
    if (!status) return std::nullopt;
    Header header{*status, {}, false};
    for (;;) {
        const auto line = take_line(text);
        if (!line) return std::nullopt;
        if (line->empty()) return header;
        const std::size_t colon = std::min(line->find(':'), line->size());
        const std::string_view name = line->substr(0, colon);
        const std::string_view value = base::trimmed(line->substr(std::min(colon + 1, line->size())));
        if (base::equal_in_any_case(name, "Content-Length")) header.length = base::whole_number<std::size_t>(value);
        if (base::equal_in_any_case(name, "Transfer-Encoding"))
            header.is_chunked = base::equal_in_any_case(value, "chunked");
    }
}

/// RFC 9112 section 7.1. True when the last chunk is there.
bool decode_chunks(std::string_view body, std::string& decoded) {
    constexpr int hexadecimal = 16;
    for (;;) {
        const auto line = take_line(body);
        if (!line) return false;
        const auto size = base::whole_number<std::size_t>(base::trimmed(line->substr(0, line->find(';'))), hexadecimal);
        if (!size) return false;
        if (*size == 0) return true;
        decoded += body.substr(0, *size);
        if (body.size() < *size) return false;
        body.remove_prefix(*size);
        if (!take_line(body)) return false;
    }
}

}  // namespace

std::optional<HttpPage> read_http_page(std::string_view answer, bool closed) {
    constexpr unsigned first_final = 200;
    constexpr unsigned no_content = 204;
    constexpr unsigned not_modified = 304;
    std::optional<Header> header;
    do {
        header = take_header(answer);
        if (!header) return std::nullopt;
    } while (header->status < first_final);
    HttpPage page;
    page.status = header->status;
    page.announced = header->length;
    if (page.status == no_content || page.status == not_modified) {
        page.is_complete = true;
    } else if (header->is_chunked) {
        page.body = answer;
        page.is_complete = decode_chunks(answer, page.decoded);
    } else {
        page.body = answer.substr(0, header->length.value_or(answer.size()));
        page.decoded = page.body;
        page.is_complete = header->length ? answer.size() >= *header->length : closed;
    }
    return page;
}

}  // namespace lbctl::health
