#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/health/digest.h"
#include "backend/health/page_search.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// The answer to a request of HTTP_GET or SSL_GET as it comes in, read the way keepalived reads it: through a buffer of
/// 4095 bytes that has to hold the header, and byte for byte as received, chunk lines of HTTP/1.1 included.
class HttpAnswer {
public:
    /// The url must outlive it. `wants_digest`: also where the url has none.
    explicit HttpAnswer(const model::Url& url, bool wants_digest = false);

    /// How many bytes may be added next; 0 when the header did not fit.
    [[nodiscard]] std::size_t room() const;
    void add(std::string_view bytes);

    [[nodiscard]] bool has_header() const { return has_header_; }
    /// 0 when the first line has none that keepalived reads.
    [[nodiscard]] unsigned status() const { return status_; }
    /// MD5 of the body in hexadecimal digits, where it is wanted. Only once, at the end.
    [[nodiscard]] std::string digest();
    [[nodiscard]] bool matched() const { return search_ && search_->matched(); }
    /// The beginning of the answer, for messages.
    [[nodiscard]] std::string_view first_line() const { return first_line_; }

private:
    void add_to_digest(std::string_view bytes);

    std::string buffer_;
    bool has_header_ = false;
    unsigned status_ = 0;
    std::optional<std::size_t> announced_;  ///< Content-Length
    std::size_t received_ = 0;              ///< bytes of the body, those held back for the search counted again
    std::optional<Digest> digest_;
    std::optional<PageSearch> search_;
    std::string first_line_;
};

/// The place after the empty line that ends a header; npos when there is none.
std::size_t end_of_header(std::string_view answer);

/// The three digits after the first blank; 0 when there are none, or no blank after them.
unsigned status_in(std::string_view header);

/// What Content-Length says, wherever in the text it stands (keepalived does not look for lines).
std::optional<std::size_t> announced_length(const std::string& text);

}  // namespace lbctl::health
