#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "backend/emit/emitter.h"
#include "backend/emit/graphviz.h"
#include "backend/table/names.h"
#include "grammar/base/shown_text.h"

namespace lbctl::emit {

namespace {

constexpr std::array<std::string_view, 4> drawing_forms{"text", "dot", "svg", "mermaid"};
constexpr EmitterOption drawing_option{
    .name = "--as", .value_name = "FORM", .what = "how to draw it", .words = drawing_forms};

/// A real server of a service.
struct DrawnServer {
    IpAddress host;
    std::string name;    ///< with its port
    std::string method;  ///< "DR", "TUN ipip"
    std::uint32_t weight = 0;
    bool sorry = false;  ///< serves when nobody else does
};

struct DrawnService {
    const table::WantedService* wanted = nullptr;
    std::vector<DrawnServer> servers;
};

/// An address, or what stands in its place for services by mark, with the services behind it.
struct DrawnAddress {
    std::string name;
    std::vector<DrawnService> services;
};

struct DrawnInstance {
    const VrrpInstance* instance = nullptr;  ///< null: what VRRP does not move
    std::vector<DrawnAddress> addresses;
};

std::string instance_text(const VrrpInstance& instance) {
    std::string text = fmt::format("vrrp_instance {}: {}, priority {}", base::shown(instance.name),
                                   instance.is_master ? "MASTER" : "BACKUP", instance.priority);
    if (instance.router_id) text += fmt::format(", virtual_router_id {}", *instance.router_id);
    if (!instance.interface.empty()) text += fmt::format(", on {}", base::shown(instance.interface));
    return text;
}

std::string service_text(const DrawnService& service) {
    std::string text = fmt::format("{}, {}", table::to_string(service.wanted->service.key),
                                   base::shown(service.wanted->service.scheduler));
    if (table::is_persistent(service.wanted->service))
        text += ", persistence " + base::shown(table::to_string(service.wanted->service.persistence));
    return text;
}

std::string edge_text(const DrawnServer& server) {
    return server.sorry ? fmt::format("{}, sorry server", server.method)
                        : fmt::format("{}, weight {}", server.method, server.weight);
}

std::vector<DrawnServer> servers_of(const table::Service& service, bool sorry) {
    std::vector<DrawnServer> servers;
    for (const table::Destination& destination : service.destinations) {
        std::string method = table::to_string(destination.method);
        if (destination.method == table::ForwardingMethod::tunnel) method += ' ' + table::to_string(destination.tunnel);
        servers.push_back(
            {destination.key.address, table::to_string(destination.key), std::move(method), destination.weight, sorry});
    }
    return servers;
}

std::vector<DrawnService> services_of(const Configuration& configuration) {
    std::vector<DrawnService> services;
    std::map<table::ServiceKey, std::size_t> by_key;
    for (const table::Wanted& state : configuration.states) {
        const bool all_up = &state == &configuration.states.front();
        for (const table::WantedService& wanted : state.services) {
            const auto [found, added] = by_key.emplace(wanted.service.key, services.size());
            if (added) services.push_back({&wanted, {}});
            std::vector<DrawnServer>& servers = services[found->second].servers;
            for (DrawnServer& server : servers_of(wanted.service, !all_up)) {
                if (std::ranges::find(servers, server.name, &DrawnServer::name) == servers.end())
                    servers.push_back(std::move(server));
            }
        }
    }
    return services;
}

/// What the configuration says, from the outside in.
std::vector<DrawnInstance> drawn(const Configuration& configuration) {
    const std::vector<DrawnService> services = services_of(configuration);
    std::vector<DrawnInstance> instances;
    std::set<IpAddress> moved;
    for (const VrrpInstance& instance : configuration.instances) {
        DrawnInstance& drawing = instances.emplace_back();
        drawing.instance = &instance;
        for (const VirtualAddress& address : instance.addresses) {
            DrawnAddress& own = drawing.addresses.emplace_back();
            own.name = fmt::format("{}/{}", address.address.to_string(), address.prefix);
            if (!address.device.empty()) own.name += " on " + base::shown(address.device);
            if (!moved.insert(address.address).second) continue;
            for (const DrawnService& service : services) {
                const auto* key = std::get_if<table::AddressKey>(&service.wanted->service.key);
                if (key != nullptr && key->address == address.address) own.services.push_back(service);
            }
        }
    }
    DrawnInstance rest;
    std::map<IpAddress, std::size_t> places;
    DrawnAddress marked{"packets by mark", {}};
    for (const DrawnService& service : services) {
        const auto* key = std::get_if<table::AddressKey>(&service.wanted->service.key);
        if (key == nullptr) {
            marked.services.push_back(service);
        } else if (!moved.contains(key->address)) {
            const auto [found, added] = places.emplace(key->address, rest.addresses.size());
            if (added) rest.addresses.push_back({key->address.to_string(), {}});
            rest.addresses[found->second].services.push_back(service);
        }
    }
    if (!marked.services.empty()) rest.addresses.push_back(std::move(marked));
    if (!rest.addresses.empty()) instances.push_back(std::move(rest));
    return instances;
}

/// A tree of lines.
class TextDrawing {
public:
    void line(std::string_view text) { ((text_ += margin_) += text) += '\n'; }

    /// One branch, and what `inside` draws below it.
    template <class Inside>
    void branch(std::string_view text, bool last, Inside inside) {
        line(fmt::format("{}{}", last ? "`-- " : "|-- ", text));
        const std::size_t length = margin_.size();
        margin_ += last ? "    " : "|   ";
        inside();
        margin_.resize(length);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::string margin_;
};

std::string with_place(std::string text, const table::SourcePlace& place) {
    const std::string where = base::shown(table::to_string(place));
    return where.empty() ? text : fmt::format("{}  ({})", text, where);
}

std::string as_text(const Configuration& configuration) {
    TextDrawing drawing;
    drawing.line(base::shown(configuration.name));
    for (const DrawnInstance& instance : drawn(configuration)) {
        drawing.line("");
        drawing.line(instance.instance == nullptr
                         ? std::string("moved by no vrrp_instance of this file")
                         : with_place(instance_text(*instance.instance), instance.instance->place));
        for (const DrawnAddress& address : instance.addresses) {
            drawing.branch(address.name, &address == &instance.addresses.back(), [&] {
                for (const DrawnService& service : address.services) {
                    drawing.branch(with_place(service_text(service), service.wanted->place),
                                   &service == &address.services.back(), [&] {
                                       for (const DrawnServer& server : service.servers) {
                                           drawing.branch(fmt::format("{}  {}", server.name, edge_text(server)),
                                                          &server == &service.servers.back(), [] {});
                                       }
                                   });
                }
            });
        }
    }
    return drawing.text();
}

/// How a language for graphs writes nodes and edges; the texts are quoted already.
struct GraphLanguage {
    std::string_view head;
    std::string_view node;           ///< {0}: the id, {1}: the text
    std::string_view host;           ///< the same for a real server
    std::string_view edge;           ///< {0} and {1}: the ids
    std::string_view labelled_edge;  ///< {2}: the text
    std::string_view foot;
    std::string (*quoted)(std::string_view text);
};

std::string dot_quoted(std::string_view text) {
    std::string result = "\"";
    for (const char character : base::shown(text)) {
        if (character == '"' || character == '\\') result += '\\';
        result += character;
    }
    return result + "\"";
}

/// Mermaid has entity codes for what is part of its own language.
std::string mermaid_quoted(std::string_view text) {
    std::string result = "\"";
    for (const char character : base::shown(text)) {
        if (std::string_view("\"#;&<>`\\{}[]()|").find(character) == std::string_view::npos) {
            result += character;
        } else {
            result += fmt::format("#{};", static_cast<int>(character));
        }
    }
    return result + "\"";
}

constexpr GraphLanguage dot_language{
    .head =
        "digraph cluster {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n"
        "    edge [fontname=\"sans-serif\", fontsize=10];\n",
    .node = "    {0} [label={1}];\n",
    .host = "    {0} [label={1}, style=rounded];\n",
    .edge = "    {0} -> {1};\n",
    .labelled_edge = "    {0} -> {1} [label={2}];\n",
    .foot = "}\n",
    .quoted = dot_quoted};
constexpr GraphLanguage mermaid_language{.head = "flowchart LR\n",
                                         .node = "    {0}[{1}]\n",
                                         .host = "    {0}({1})\n",
                                         .edge = "    {0} --> {1}\n",
                                         .labelled_edge = "    {0} -->|{2}| {1}\n",
                                         .foot = "",
                                         .quoted = mermaid_quoted};

class GraphDrawing {
public:
    explicit GraphDrawing(const GraphLanguage& language) : language_(language), text_(language.head) {}

    std::string draw(const Configuration& configuration) {
        for (const DrawnInstance& instance : drawn(configuration)) {
            std::string from;
            if (instance.instance != nullptr) from = node(instance_text(*instance.instance));
            for (const DrawnAddress& address : instance.addresses) {
                const std::string own = node(address.name);
                if (!from.empty()) edge(from, own);
                for (const DrawnService& service : address.services) draw(service, own);
            }
        }
        return text_ += language_.foot;
    }

private:
    void draw(const DrawnService& service, const std::string& address) {
        const std::string own = node(service_text(service));
        edge(address, own);
        for (const DrawnServer& server : service.servers) {
            const auto [found, added] = hosts_.emplace(server.host, fmt::format("h{}", hosts_.size()));
            if (added) add(language_.host, found->second, language_.quoted(server.host.to_string()));
            add(language_.labelled_edge, own, found->second, language_.quoted(edge_text(server)));
        }
    }

    template <class... Arguments>
    void add(std::string_view form, const Arguments&... arguments) {
        text_ += fmt::vformat(form, fmt::make_format_args(arguments...));
    }

    std::string node(std::string_view text) {
        std::string id = fmt::format("n{}", count_++);
        add(language_.node, id, language_.quoted(text));
        return id;
    }
    void edge(const std::string& from, const std::string& to) { add(language_.edge, from, to); }

    const GraphLanguage& language_;
    std::string text_;
    std::size_t count_ = 0;
    std::map<IpAddress, std::string> hosts_;
};

Result<std::vector<Document>> topology(const Configuration& configuration, const Choices& choices) {
    const std::string_view form = choices.word(drawing_option);
    if (form == "text") return std::vector<Document>{{"topology.txt", {}, as_text(configuration)}};
    if (form == "mermaid")
        return std::vector<Document>{{"topology.mmd", {}, GraphDrawing(mermaid_language).draw(configuration)}};
    std::string graph = GraphDrawing(dot_language).draw(configuration);
    if (form == "dot") return std::vector<Document>{{"topology.dot", {}, std::move(graph)}};
    auto svg = svg_of(graph);
    if (!svg) return tl::make_unexpected(svg.error());
    return std::vector<Document>{{"topology.svg", {}, *std::move(svg)}};
}

constexpr std::array topology_options{drawing_option};

}  // namespace

extern const Emitter topology_emitter{.kind = "topology",
                                      .what = "a drawing of the cluster",
                                      .emit = topology,
                                      .options = topology_options,
                                      .reads = Reads::hosts};

}  // namespace lbctl::emit
