#include "cli/render/sarif_text.h"

#include <fmt/format.h>

#include "grammar/base/append.h"
#include "grammar/base/ascii.h"

namespace lbctl::cli {

namespace {

/// Whether a text begins with a placeholder such as `{0}'.
bool is_placeholder(std::string_view text) {
    if (!text.starts_with('{')) return false;
    const std::size_t end = text.find_first_not_of("0123456789", 1);
    return end != std::string_view::npos && end > 1 && text[end] == '}';
}

}  // namespace

std::string sarif_message(std::string_view text) {
    const bool may_link = text.find("](") != std::string_view::npos;
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_placeholder(text.substr(at))) out += c;
        if (may_link && (c == '[' || c == ']' || c == '\\')) out += '\\';
        out += c;
    }
    return out;
}

std::string file_uri(std::string_view path) {
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/+@,=";
    std::string uri = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        if (unreserved.find(c) != std::string_view::npos)
            uri += c;
        else
            base::append(uri, "%{:02X}", static_cast<unsigned char>(c));
    }
    return uri;
}

std::string in_markdown(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t begin = text.find('`');
        const std::size_t end = begin == std::string_view::npos ? begin : text.find('\'', begin);
        if (end == std::string_view::npos) break;
        out += text.substr(0, begin + 1);
        out += text.substr(begin + 1, end - begin - 1);
        out += '`';
        text.remove_prefix(end + 1);
    }
    return out += text;
}

std::string code_block(std::string_view text) {
    std::string fence = "```";
    while (text.find(fence) != std::string_view::npos) fence += '`';
    return fmt::format("{0}\n{1}\n{0}", fence, text);
}

std::string pascal_case(std::string_view id) {
    std::string name;
    bool begins_word = true;
    for (const char c : id) {
        if (c != '-') name += begins_word ? base::upper(c) : c;
        begins_word = c == '-';
    }
    return name;
}

}  // namespace lbctl::cli
