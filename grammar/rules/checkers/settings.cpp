#include "grammar/rules/checkers/settings.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/model/service_setting.h"

namespace lbctl::rules {

std::uint16_t asked_port(const model::RealServer& server, const ast::Node& checker) {
    const ast::Node* line = ast::last_valid(checker, "connect_port"_kw);
    return line == nullptr ? server.port : ast::port(*line, 0).value_or(server.port);
}

model::Setting<model::Microseconds> time_of(const CheckerPlace& place, keywords::KeywordId keyword,
                                            model::Microseconds built_in) {
    using model::Level;
    using Time = model::Setting<model::Microseconds>;
    const auto read = [](const ast::Node* line, Level level) -> std::optional<Time> {
        const auto time = line == nullptr ? std::nullopt : ast::microseconds(*line, 0);
        if (!time) return std::nullopt;
        return Time{model::Microseconds(*time), level, line};
    };
    if (const auto own = read(ast::last_valid(place.node, keyword), Level::checker)) return *own;
    if (const auto of_server = read(ast::last_valid(*place.server.node, keyword), Level::real_server))
        return *of_server;
    if (const auto general = read(model::last_setting(place.service, keyword), Level::virtual_server)) return *general;
    return {built_in, Level::built_in, nullptr};
}

std::string in_seconds(model::Microseconds time) {
    constexpr int micro = 1'000'000;
    std::string text = fmt::format("{}.{:06}", time.count() / micro, time.count() % micro);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
}

model::Checker resolve(const Context& context, const CheckerPlace& place) {
    // What FILE_CHECK follows does not matter to those who ask here.
    const model::TrackFiles no_files;
    const auto all = model::resolve_checkers({place.service, place.server, no_files, context.target});
    const auto found = std::ranges::find(all, &place.node, &model::Checker::node);
    return found == all.end() ? model::Checker{} : *found;
}

}  // namespace lbctl::rules
