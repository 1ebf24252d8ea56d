#include "backend/netlink/kernel_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "backend/table/names.h"

namespace lbctl::netlink {

using table::to_string;

namespace {

struct Cause {
    std::string why;
    std::string hint;
};

Cause general(int error) {
    switch (error) {
        case EPERM:
        case EACCES:
            return {"no permission", "run it as root (CAP_NET_ADMIN outside of any user namespace)"};
        case ENOMEM:
            return {"the kernel has no memory for it", "free memory, or make the table smaller"};
        case ENOBUFS:
            return {"answers of the kernel were lost, for want of room in the buffer of the socket",
                    "run it again; if it comes back, raise net.core.rmem_max"};
        case EOPNOTSUPP:
            return {"this kernel's IPVS does not know the request", "it needs a newer kernel"};
        case EAFNOSUPPORT:
            return {"this kernel's IPVS has no IPv6", "enable IPv6 (modprobe ipv6; CONFIG_IP_VS_IPV6) or use IPv4"};
        case ETIMEDOUT:
            return {"the kernel gave no answer", "the kernel log (dmesg) may say why"};
        case EOVERFLOW:
            return {"the kernel's answer has no end", "the kernel log (dmesg) may say why"};
        case ECANCELED:
            return {"not tried, because an earlier step failed", ""};
        default:
            return {std::strerror(error), ""};
    }
}

constexpr std::string_view look_again =
    "something else changed the table meanwhile; look with `lbctl diff' and run it again";

Cause service_gone(const table::ServiceKey& key) {
    return {fmt::format("there is no service {}", to_string(key)), std::string(look_again)};
}

Cause service_cause(const table::Service& service, int error) {
    switch (error) {
        case ENOENT: {
            const bool engine = service.persistence && !service.persistence->engine.empty();
            if (!engine) {
                return {fmt::format("the kernel has no scheduler `{}'", service.scheduler),
                        fmt::format("modprobe ip_vs_{}, or choose another scheduler", service.scheduler)};
            }
            return {
                fmt::format("the kernel has no scheduler `{}' or no persistence engine `{}'", service.scheduler,
                            service.persistence->engine),
                fmt::format("modprobe ip_vs_{}; modprobe ip_vs_pe_{}", service.scheduler, service.persistence->engine)};
        }
        case EEXIST:
            return {"there is one already", std::string(look_again)};
        case ESRCH:
            return service_gone(service.key);
        case EINVAL:
            if (table::family_of(service.key) == Family::inet6 && (service.netmask < 1 || service.netmask > 128)) {
                return {fmt::format("the persistence prefix length {} is not 1-128", service.netmask), "correct it"};
            }
            return {"the kernel finds its values invalid", "look at scheduler name, netmask and persistence"};
        default:
            return general(error);
    }
}

Cause destination_cause(const table::ServiceKey& service, const table::Destination& destination, int error) {
    switch (error) {
        case ENOENT:
            return {"there is no such destination", std::string(look_again)};
        case EEXIST:
            return {"there is one already", std::string(look_again)};
        case ESRCH:
            return service_gone(service);
        case ERANGE:
            if (destination.weight > 2147483647) {
                return {fmt::format("weight {} is above 2147483647", destination.weight), "lower it"};
            }
            return {fmt::format("lower threshold {} is above upper threshold {}", destination.lower_threshold,
                                destination.upper_threshold),
                    "set the upper threshold (uthreshold) to at least the lower one"};
        case EINVAL:
            if (destination.key.address.family() != table::family_of(service)) {
                if (destination.method != table::ForwardingMethod::tunnel) {
                    return {"it is of another address family, and only tunnels (TUN) can change the family",
                            "use lb_kind TUN, or an address of the service's family"};
                }
                return {"tunnels to another address family are refused while a sync daemon runs",
                        "stop the sync daemon, or use an address of the service's family"};
            }
            if (destination.tunnel.type == table::TunnelType::gue && destination.tunnel.port == 0) {
                return {"a gue tunnel needs a port", "give `type gue port N'"};
            }
            return {
                "the kernel does not forward to its address",
                "it must be unicast, not link-local or v4-mapped; a namespace whose `lo' is down takes none at all"};
        default:
            return general(error);
    }
}

struct ExplainRequest {
    int error;

    Cause operator()(const table::AddService& add) const { return service_cause(add.service, error); }
    Cause operator()(const table::SetService& set) const { return service_cause(set.service, error); }
    Cause operator()(const table::DeleteService& del) const {
        return error == ESRCH ? service_gone(del.key) : general(error);
    }
    Cause operator()(const table::AddDestination& add) const {
        return destination_cause(add.service, add.destination, error);
    }
    Cause operator()(const table::SetDestination& set) const {
        return destination_cause(set.service, set.destination, error);
    }
    Cause operator()(const table::DeleteDestination& del) const {
        return error == EINVAL ? general(error)
                               : destination_cause(del.service, {.key = del.destination, .tunnel = {}}, error);
    }
    Cause operator()(const table::StartDaemon& start) const {
        const auto& daemon = start.daemon;
        switch (error) {
            case ENODEV:
                return {fmt::format("there is no interface `{}'", daemon.interface), "`ip link' shows the interfaces"};
            case EEXIST:
                return {"it runs already", std::string(look_again)};
            case EINVAL:
                if (daemon.group) {
                    return {
                        fmt::format("{} is not a multicast group, or the table has tunnels to another address family",
                                    daemon.group->to_string()),
                        "use 224.0.0.0-239.255.255.255 or ff00::/8"};
                }
                return {"the table has tunnels to another address family", "remove them, or do without the daemon"};
            default:
                return general(error);
        }
    }
    Cause operator()(const table::StopDaemon&) const {
        return error == ESRCH ? Cause{"it does not run", ""} : general(error);
    }
    Cause operator()(const table::SetTimeouts&) const {
        return error == EINVAL ? Cause{"a value is too large for this kernel",
                                       fmt::format("use at most {} seconds", table::longest_timeout)}
                               : general(error);
    }
    Cause operator()(const table::Flush&) const { return general(error); }
    Cause operator()(const table::Zero& zero) const {
        return error == ESRCH && zero.service ? service_gone(*zero.service) : general(error);
    }
};

}  // namespace

Failure change_failure(const table::Request& request, int error) {
    Cause cause = std::visit(ExplainRequest{error}, request);
    return {fmt::format("cannot {}: {}", to_string(request), cause.why), std::move(cause.hint)};
}

Failure read_failure(std::string_view what, int error) {
    Cause cause = error == ESRCH ? Cause{"there is none", ""} : general(error);
    return {fmt::format("cannot read {}: {}", what, cause.why), std::move(cause.hint)};
}

Failure missing_family_failure() {
    return {"this kernel has no IPVS (no generic netlink family `IPVS')",
            "load the module with `modprobe ip_vs', as root; in a container, on its host"};
}

}  // namespace lbctl::netlink
