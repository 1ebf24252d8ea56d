#include "grammar/source/json_text.h"

#include <nlohmann/json.hpp>

namespace lbctl::source {

std::string json_text(const nlohmann::ordered_json& json, int indentation) {
    return json.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_string(std::string_view word) {
    return json_text(word, -1);
}

}  // namespace lbctl::source
