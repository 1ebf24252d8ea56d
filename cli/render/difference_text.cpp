#include "cli/render/difference_text.h"

#include <fmt/format.h>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "cli/counted.h"
#include "cli/render/plan_text.h"
#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

using table::Destination;
using table::DestinationDifference;
using table::Service;
using table::ServiceDifference;

namespace {

enum class Mark : char { add = '+', remove = '-', edit = '~', same = ' ' };

template <class Change>
Mark mark_of(const Change& change) {
    if (change.before == nullptr) return Mark::add;
    return change.after == nullptr ? Mark::remove : Mark::edit;
}

std::string describe(const Service& service) {
    std::string text = service.scheduler;
    if (service.flags != 0) text += fmt::format(" {}", table::flags_text(service.scheduler, service.flags));
    if (service.persistence) text += fmt::format(" persistence {}", to_string(service.persistence));
    const Family family = table::family_of(service.key);
    if (service.netmask != table::default_netmask(family)) {
        text += fmt::format(" netmask {}", table::netmask_text(family, service.netmask));
    }
    return text;
}

std::string describe(const Destination& destination) {
    std::string text = to_string(destination.method);
    if (destination.method == table::ForwardingMethod::tunnel)
        text += fmt::format(" {}", to_string(destination.tunnel));
    text += fmt::format(" weight {}", destination.weight);
    if (destination.upper_threshold != 0) text += fmt::format(" upper_threshold {}", destination.upper_threshold);
    if (destination.lower_threshold != 0) text += fmt::format(" lower_threshold {}", destination.lower_threshold);
    return text;
}

/// Where the file asks for the service, or for a destination of it; no place for what goes.
table::SourcePlace place_of(const DifferenceView& view, const ServiceDifference& service) {
    return service.after == nullptr ? table::SourcePlace{} : view.after.services[service.after_index].place;
}

table::SourcePlace place_of(const DifferenceView& view, const ServiceDifference& service, const Destination* after) {
    if (after == nullptr || service.after == nullptr) return {};
    return view.after.services[service.after_index].place_of(*after);
}

/// Gathers lines, coloured by their mark where the terminal has colours.
class Lines {
public:
    explicit Lines(bool colour) : colour_(colour) {}

    void add(Mark mark, std::string_view indent, std::string_view text, const table::SourcePlace& place = {},
             std::string_view why = {}) {
        std::string_view start;
        if (colour_ && mark == Mark::add) start = "\x1b[32m";
        if (colour_ && mark == Mark::remove) start = "\x1b[31m";
        if (colour_ && mark == Mark::edit) start = "\x1b[33m";
        const std::string where = base::shown(to_string(place));
        base::append(text_, "{}{}{} {}{}{}{}\n", start, static_cast<char>(mark), indent, base::shown(text),
                     start.empty() ? "" : "\x1b[0m", where.empty() ? "" : fmt::format("  ({})", where), why);
    }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
    bool colour_;
};

/// "  [down: its TCP_CHECK fails]"; empty where the class says nothing new.
std::string why_text(const DifferenceView& view, const std::optional<keepalived::Explanation>& explanation) {
    if (!explanation) return {};
    if (explanation->what == keepalived::DifferenceClass::drift && view.daemon == nullptr) return {};
    std::string text = fmt::format("  [{}", to_string(explanation->what));
    if (!explanation->reason.empty()) text += ": " + base::shown(explanation->reason);
    return text + "]";
}

/// The explanations of a service, by its place in the difference; empty ones where nobody asked.
keepalived::Explanations::OfService explained(const DifferenceView& view, std::size_t service) {
    return view.explanations == nullptr ? keepalived::Explanations::OfService{} : view.explanations->services[service];
}

std::optional<keepalived::Explanation> explained(const keepalived::Explanations::OfService& service,
                                                 std::size_t destination) {
    if (destination >= service.destinations.size()) return std::nullopt;
    return service.destinations[destination];
}

/// Whether keepalived, a drain or a role has made it so: to change it would make it worse.
bool is_explained(const DifferenceView& view, const std::optional<keepalived::Explanation>& explanation) {
    return view.daemon != nullptr && explanation && explanation->what != keepalived::DifferenceClass::drift &&
           explanation->what != keepalived::DifferenceClass::not_reloaded;
}

void write_service(Lines& lines, const DifferenceView& view, std::size_t number) {
    const ServiceDifference& service = view.difference.services[number];
    const keepalived::Explanations::OfService why = explained(view, number);
    const Mark mark = mark_of(service);
    const Service& shown = service.after != nullptr ? *service.after : *service.before;
    const bool edits = mark == Mark::edit;
    const Mark head = edits && !service.edited ? Mark::same : mark;
    std::string text = to_string(shown.key) + " ";
    if (edits && service.edited) {
        text += to_string(changes(*service.before, *service.after, view.ignored));
    } else {
        text += describe(shown);
    }
    lines.add(head, "", text, place_of(view, service), why_text(view, why.service));
    for (std::size_t i = 0; i < service.destinations.size(); ++i) {
        const DestinationDifference& change = service.destinations[i];
        const Mark own = mark_of(change);
        const Destination& destination = change.after != nullptr ? *change.after : *change.before;
        std::string what =
            own == Mark::edit ? to_string(changes(*change.before, *change.after, view.ignored)) : describe(destination);
        lines.add(own, "  ", fmt::format("{} {}", to_string(destination.key), what),
                  place_of(view, service, change.after), edits ? why_text(view, explained(why, i)) : std::string());
    }
}

}  // namespace

std::string difference_text(const DifferenceView& view) {
    Lines lines(view.colour);
    if (!view.difference.empty()) {
        lines.add(Mark::remove, "--", view.before_name);
        lines.add(Mark::add, "++", view.after_name);
    }
    if (view.difference.timeouts_after) {
        lines.add(Mark::edit, "",
                  fmt::format("timeouts {}",
                              to_string(changes(*view.difference.timeouts_before, *view.difference.timeouts_after))),
                  {}, view.explanations == nullptr ? std::string() : why_text(view, view.explanations->timeouts));
    }
    for (std::size_t i = 0; i < view.difference.daemons.size(); ++i) {
        const table::DaemonDifference& daemon = view.difference.daemons[i];
        const std::string why =
            view.explanations == nullptr ? std::string() : why_text(view, view.explanations->daemons[i]);
        const auto add = [&](Mark mark, const table::SyncDaemon& which) {
            lines.add(mark, "", fmt::format("sync daemon {}", lbctl::ipvsadm::saved_daemon(which)), {}, why);
        };
        if (daemon.before != nullptr) add(Mark::remove, *daemon.before);
        if (daemon.after != nullptr) add(Mark::add, *daemon.after);
    }
    if (view.explanations != nullptr && view.explanations->role)
        lines.add(Mark::edit, "", "sync daemon", {}, why_text(view, view.explanations->role));
    for (std::size_t i = 0; i < view.difference.services.size(); ++i) write_service(lines, view, i);
    if (view.foreign.empty()) return lines.take();
    std::string text = lines.take();
    if (!text.empty()) text += '\n';
    text += "neither wanted nor made by lbctl, and left alone:\n";
    for (const Service* service : view.foreign) {
        text += fmt::format("  {} {}, {}\n", to_string(service->key), base::shown(describe(*service)),
                            counted(service->destinations.size(), "destination"));
    }
    return text;
}

std::string difference_summary(const DifferenceView& view) {
    struct Count {
        std::size_t add = 0, remove = 0, edit = 0;
        void note(Mark mark) { ++(mark == Mark::add ? add : mark == Mark::remove ? remove : edit); }
    };
    Count services;
    Count destinations;
    for (const ServiceDifference& service : view.difference.services) {
        if (mark_of(service) != Mark::edit || service.edited) services.note(mark_of(service));
        for (const DestinationDifference& change : service.destinations) destinations.note(mark_of(change));
    }
    if (view.difference.empty() && view.foreign.empty()) return "no difference\n";
    std::string classes;
    if (view.explanations != nullptr && view.daemon != nullptr) {
        const auto counts = view.explanations->counts();
        for (std::size_t i = 0; i < counts.size(); ++i) {
            classes += fmt::format("{}{}: {}", i == 0 ? "; " : ", ",
                                   to_string(static_cast<keepalived::DifferenceClass>(i)), counts[i]);
        }
    }
    return fmt::format(
        "services: {} to add, {} to edit, {} to remove; destinations: {} to add, {} to edit, {} to remove; "
        "timeouts: {}; sync daemons: {}; foreign services: {}{}\n",
        services.add, services.edit, services.remove, destinations.add, destinations.edit, destinations.remove,
        view.difference.timeouts_after ? "to change" : "same", view.difference.daemons.empty() ? "same" : "to change",
        view.foreign.size(), classes);
}

std::string difference_saved(const DifferenceView& view) {
    using lbctl::ipvsadm::SavedForm;
    std::string text;
    const auto line = [&text](std::string_view command, std::string_view rest) {
        base::append(text, "{} {}\n", command, rest);
    };
    if (const auto& timeouts = view.difference.timeouts_after) {
        line("--set", fmt::format("{} {} {}", timeouts->tcp, timeouts->tcp_fin, timeouts->udp));
    }
    for (std::size_t i = 0; i < view.difference.daemons.size(); ++i) {
        const table::DaemonDifference& daemon = view.difference.daemons[i];
        if (view.explanations != nullptr && is_explained(view, view.explanations->daemons[i])) continue;
        if (daemon.before != nullptr) line("--stop-daemon", table::to_string(daemon.before->state));
        if (daemon.after != nullptr) line("--start-daemon", lbctl::ipvsadm::saved_daemon(*daemon.after));
    }
    for (std::size_t number = 0; number < view.difference.services.size(); ++number) {
        const ServiceDifference& service = view.difference.services[number];
        const keepalived::Explanations::OfService why = explained(view, number);
        if (service.after == nullptr) {
            line("-D", lbctl::ipvsadm::saved_key(service.before->key));
            continue;
        }
        const table::ServiceKey& key = service.after->key;
        if (service.before == nullptr || service.edited) {
            line(service.before == nullptr ? "-A" : "-E",
                 lbctl::ipvsadm::saved_service(*service.after, SavedForm::complete));
        }
        for (std::size_t i = 0; i < service.destinations.size(); ++i) {
            const DestinationDifference& change = service.destinations[i];
            if (is_explained(view, explained(why, i))) continue;
            if (change.after == nullptr) {
                line("-d", fmt::format("{} -r {}", lbctl::ipvsadm::saved_key(key), to_string(change.before->key)));
            } else {
                line(change.before == nullptr ? "-a" : "-e",
                     lbctl::ipvsadm::saved_destination(key, *change.after, SavedForm::complete));
            }
        }
    }
    return text;
}

}  // namespace lbctl::cli
