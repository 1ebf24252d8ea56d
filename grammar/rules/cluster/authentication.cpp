#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/cluster/cluster.h"

namespace lbctl::rules {

namespace {

enum class Kind { none, pass, header, hmac };

struct Authentication {
    Kind kind = Kind::none;
    std::string_view secret{};         ///< of PASS and AH
    const ast::Node* place = nullptr;  ///< auth_pass, or the block of auth_hmac
    std::string_view mode = "enforce";
    std::int64_t active = 0;
    std::map<std::int64_t, const ast::Node*> keys{};

    [[nodiscard]] bool signs() const { return kind == Kind::hmac && mode != "receive-only"; }
};

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::pass:
            return "PASS";
        case Kind::header:
            return "AH";
        case Kind::hmac:
            return "auth_hmac";
        case Kind::none:
            break;
    }
    return "none";
}

bool read_hmac(const ast::Node& block, bool strict, Authentication& read) {
    const ast::Node* active = ast::last_valid(block, "active_key"_kw);
    if (active == nullptr) return false;
    read.active = ast::integer(*active, 0).value_or(0);
    for (const ast::Node* key : block.all("key"_kw)) {
        if (key->valid) read.keys.emplace(ast::integer(*key, 0).value_or(0), key);
    }
    if (!read.keys.contains(read.active)) return false;
    const ast::Node* mode = ast::last_valid(block, "mode"_kw);
    if (mode != nullptr && !strict) read.mode = ast::text(*mode, 0);
    read.kind = Kind::hmac;
    read.place = &block;
    return true;
}

Authentication read(const Member& member) {
    Authentication read;
    const model::VrrpInstance& instance = *member.instance;
    const ast::Node* hmac = line_of(member, "auth_hmac"_kw);
    if (hmac != nullptr && read_hmac(*hmac, instance.strict, read)) return read;
    const ast::Node* block = line_of(member, "authentication"_kw);
    if (block == nullptr || hmac != nullptr || instance.version == 3 || instance.strict) return read;
    const ast::Node* type = ast::last_valid(*block, "auth_type"_kw);
    const ast::Node* pass = ast::last_valid(*block, "auth_pass"_kw);
    if (type == nullptr || pass == nullptr) return read;
    read.kind = ast::text(*type, 0) == "AH" ? Kind::header : Kind::pass;
    read.secret = ast::text(*pass, 0).substr(0, 8);
    read.place = pass;
    return read;
}

std::string_view secret_of(const ast::Node& key) {
    return ast::text(key, 1);
}

/// Why the receiver throws the sender's adverts away; empty: it takes them.
std::string why_refused(const Authentication& sender, const Authentication& receiver) {
    if (sender.signs()) {
        if (receiver.kind != Kind::hmac) return "auth_hmac only on one of them";
        const auto key = receiver.keys.find(sender.active);
        if (key == receiver.keys.end())
            return fmt::format("key {} of auth_hmac is not known on the other", sender.active);
        if (secret_of(*key->second) != secret_of(*sender.keys.at(sender.active))) {
            return fmt::format("key {} of auth_hmac differs", sender.active);
        }
        return {};
    }
    if (receiver.kind == Kind::hmac && receiver.mode == "enforce") {
        return "auth_hmac is enforced on one of them, and the other does not sign";
    }
    return {};
}

/// What keeps them from hearing each other; empty: nothing.
std::string difference(const Authentication& one, const Authentication& other) {
    if (one.kind == Kind::hmac || other.kind == Kind::hmac) {
        std::string why = why_refused(one, other);
        return why.empty() ? why_refused(other, one) : why;
    }
    if (one.kind != other.kind) {
        return fmt::format("auth_type is {} on one of them and {} on the other", name_of(one.kind),
                           name_of(other.kind));
    }
    return one.secret == other.secret ? std::string() : std::string("auth_pass is not the same");
}

source::Location place(const Member& member, const Authentication& authentication, const Authentication& other) {
    if (authentication.kind == Kind::hmac) {
        for (const std::int64_t id : {other.active, authentication.active}) {
            if (const auto key = authentication.keys.find(id); key != authentication.keys.end()) {
                return key->second->head.where();
            }
        }
    }
    // Where there is none on the other node it is the block that matters, not the password.
    if (authentication.kind != other.kind) return place_of(member, "authentication"_kw);
    return (authentication.place == nullptr ? member.instance->node : authentication.place)->head.where();
}

void check(const Cluster& cluster) {
    for (const VirtualRouter& router : cluster.routers) {
        const Member& first = router.members.front();
        const Authentication its = read(first);
        for (const Member& member : router.members) {
            if (member.node == first.node || member.instance->version != first.instance->version) continue;
            const Authentication here = read(member);
            const std::string why = difference(its, here);
            if (why.empty()) continue;
            source::Finding& finding = report(
                *first.node, "cluster-authentication", Severity::error, place(first, its, here),
                fmt::format("authentication of {} is not the same on {} and {}: {}; adverts are thrown away, and "
                            "both become MASTER",
                            router.name(), first.node->name, member.node->name, why));
            add_note(finding, *member.node, place(member, here, its),
                     fmt::format("{} on {}", name_of(here.kind), member.node->name));
        }
    }
}

}  // namespace

extern const Rule cluster_authentication{
    .page = {.id = "cluster-authentication",
             .family = "cluster",
             .severity = Severity::error,
             .summary = "Nodes of one virtual router that do not take each other's authentication",
             .detail = "A node throws away advertisements of another type of authentication, with another password (its"
                       " first eight characters count), and, with auth_hmac, with a key that it does not know "
                       "(vrrp_check_packet and vrrp_auth_ext_verify in vrrp.c). Both become MASTER. Write the same on "
                       "all nodes. Version 3 and strict mode know auth_hmac only. While auth_hmac is introduced, "
                       "receive-only and permissive take advertisements without a sum.",
             .example = "",
             .origin = Origin::lbctl},
    .cluster = check};

}  // namespace lbctl::rules
