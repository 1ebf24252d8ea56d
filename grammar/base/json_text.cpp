#include "grammar/base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::base {

namespace {

using Json = nlohmann::ordered_json;

constexpr bool is_plain(char c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n';
}

/// What is_unshowable() stands in a string of JSON, and nowhere else, as `\u202e`; the library escapes C0 only.
std::string with_escapes(std::string_view json) {
    std::string out;
    out.reserve(json.size() + 16);
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t plain =
            static_cast<std::size_t>(
                std::find_if_not(json.begin() + static_cast<std::ptrdiff_t>(at), json.end(), is_plain) - json.begin()) -
            at;
        out += json.substr(at, plain);
        at += plain;
        if (at == json.size()) break;
        const Character character = character_at(json, at);
        const std::uint32_t code = character.code_point;
        if (!is_unshowable(code)) {
            out += json.substr(at, character.length);
        } else if (code < 0x10000) {
            append(out, "\\u{:04x}", code);
        } else {
            const std::uint32_t pair = code - 0x10000;
            append(out, "\\u{:04x}\\u{:04x}", 0xd800 + (pair >> 10U), 0xdc00 + (pair & 0x3ffU));
        }
        at += character.length;
    }
    return out;
}

/// Makes the value of what the library's parser tells. Its own builder looks for each name among all members before it,
/// so that an object of a million members would take hours.
class Builder : public nlohmann::json_sax<Json> {
public:
    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*count*/) override { return begin(Json::object()); }
    bool key(string_t& name) override {
        name_ = std::move(name);
        return true;
    }
    bool end_object() override { return end(); }
    bool start_array(std::size_t /*count*/) override { return begin(Json::array()); }
    bool end_array() override { return end(); }
    bool parse_error(std::size_t /*place*/, const std::string& /*token*/,
                     const nlohmann::detail::exception& error) override {
        fault_ = json_fault(error.what());
        return false;
    }

    Json take() { return std::move(whole_); }
    [[nodiscard]] const std::string& fault() const { return fault_; }

private:
    static constexpr std::size_t most_levels = 100;

    Json* place(Json value) {
        if (open_.empty()) return &(whole_ = std::move(value));
        if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
        Json::object_t& members = open_.back()->get_ref<Json::object_t&>();
        // The members are a vector: at its end nothing is searched.
        members.emplace_back(std::move(name_), std::move(value));
        return &members.back().second;
    }
    template <class Value>
    bool add(Value&& value) {
        place(Json(std::forward<Value>(value)));
        return true;
    }
    bool begin(Json empty) {
        Json* const opened = place(std::move(empty));
        open_.push_back(opened);
        if (open_.size() <= most_levels) return true;
        fault_ = "it is nested too deeply";
        return false;
    }
    bool end() {
        open_.pop_back();
        return true;
    }

    Json whole_;
    std::vector<Json*> open_;  ///< what is being filled, from the outside in
    std::string name_;         ///< of the next member
    std::string fault_;
};

}  // namespace

std::string json_text(const nlohmann::ordered_json& json, int indentation) {
    std::string text = json.dump(indentation, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return std::ranges::all_of(text, is_plain) ? text : with_escapes(text);
}

std::string json_string(std::string_view word) {
    return json_text(word, -1);
}

std::string_view json_fault(std::string_view said) {
    constexpr std::string_view end_of_name = "] ";
    const std::size_t end = said.starts_with("[json.exception.") ? said.find(end_of_name) : std::string_view::npos;
    return end == std::string_view::npos ? said : said.substr(end + end_of_name.size());
}

Result<nlohmann::ordered_json> read_json(std::string_view text) {
    Builder builder;
    if (nlohmann::ordered_json::sax_parse(text, &builder)) return builder.take();
    return failure(builder.fault());
}

}  // namespace lbctl::base
