#include "grammar/source/json_text.h"

#include <nlohmann/json.hpp>

namespace lbctl::source {

std::string json_text(const nlohmann::ordered_json& json, int indentation) {
    return json.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_string(std::string_view word) {
    return json_text(word, -1);
}

std::string_view json_fault(std::string_view said) {
    constexpr std::string_view end_of_name = "] ";
    const std::size_t end = said.starts_with("[json.exception.") ? said.find(end_of_name) : std::string_view::npos;
    return end == std::string_view::npos ? said : said.substr(end + end_of_name.size());
}

bool is_nested_too_deeply(std::string_view json) {
    constexpr int most = 100;
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') ++i;
        if (in_string) continue;
        if ((c == '[' || c == '{') && ++depth > most) return true;
        if (c == ']' || c == '}') --depth;
    }
    return false;
}

}  // namespace lbctl::source
