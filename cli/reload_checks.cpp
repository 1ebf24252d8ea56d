#include "cli/reload_checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

#include "backend/keepalived/own_check.h"
#include "backend/keepalived/part_changes.h"
#include "backend/netlink/network_namespace.h"
#include "cli/counted.h"
#include "cli/interruption.h"
#include "grammar/base/replace_file.h"

namespace lbctl::cli {

namespace {

const std::string force_hint = "`lbctl reload --force' does it all the same";

/// What a running keepalived takes for the whole of its life: main.c, reload_config(). It says so in its log and goes
/// on with all that it had.
constexpr std::array<keywords::KeywordName, 7> settled_at_start = {
    "net_namespace"_kw,      "net_namespace_ipvs"_kw,   "instance"_kw, "nftables"_kw, "nftables_ipvs"_kw,
    "disable_local_igmp"_kw, "tmp_config_directory"_kw,
};

void add_losses(const ReloadQuestion& question, std::vector<Failure>& reasons) {
    if (question.running == nullptr) {
        if (question.services_in_table == 0 || !question.fresh.wanted.services.empty()) return;
        reasons.push_back(
            {fmt::format("{} has no virtual server, and there {} in the table of keepalived: a reload "
                         "would remove those that it has made",
                         question.name,
                         question.services_in_table == 1 ? std::string("is 1 service")
                                                         : fmt::format("are {} services", question.services_in_table)),
             force_hint});
        return;
    }
    const std::size_t services = question.running->wanted.services.size();
    if (services != 0 && question.fresh.wanted.services.empty()) {
        reasons.push_back({fmt::format("{} has no virtual server, and keepalived runs with {}: a reload would remove "
                                       "{} from the table",
                                       question.name, services, services == 1 ? "it" : "all of them"),
                           force_hint});
    }
    const std::size_t instances = keepalived::instance_count(question.running->analysis.root);
    if (instances != 0 && keepalived::instance_count(question.fresh.analysis.root) == 0) {
        reasons.push_back({fmt::format("{} has no vrrp_instance, and keepalived runs with {}: a reload would give up "
                                       "{} addresses",
                                       question.name, instances, instances == 1 ? "its" : "their"),
                           force_hint});
    }
}

/// The lines with that keyword, outside blocks and in global_defs.
std::set<std::string> lines_of(const ast::Node& root, keywords::KeywordId keyword) {
    std::set<std::string> lines;
    const auto look = [&](const ast::Node& node) {
        if (!node.is(keyword)) return;
        std::string line;
        for (const syntax::Word& word : node.arguments) line += ' ' + std::string(word.text());
        lines.insert(std::move(line));
    };
    for (const ast::Node& child : root.children) {
        look(child);
        if (!child.is("global_defs"_kw)) continue;
        for (const ast::Node& line : child.children) look(line);
    }
    return lines;
}

void add_settled(const ReloadQuestion& question, std::vector<Failure>& reasons) {
    if (question.running == nullptr) return;
    for (const keywords::KeywordName& keyword : settled_at_start) {
        // --namespace of the command line counts for more than the file.
        if (keyword.id == "net_namespace"_kw && !question.daemon.command_line.net_namespace.empty()) continue;
        if (lines_of(question.running->analysis.root, keyword) == lines_of(question.fresh.analysis.root, keyword))
            continue;
        reasons.push_back({fmt::format("{} has another {} than keepalived runs with: it takes no other one at a "
                                       "reload, and carries out nothing of the file then",
                                       question.name, keyword.text),
                           "restart keepalived for that; " + force_hint});
    }
}

/// What keepalived does to groups of virtual servers at a reload, and would not do at its start.
void add_groups(const ReloadQuestion& question, std::vector<Failure>& reasons) {
    if (question.running == nullptr) return;
    const ast::Node& before = question.running->analysis.root;
    const ast::Node& after = question.fresh.analysis.root;
    for (const std::string& group : keepalived::shifted_groups(before, after)) {
        reasons.push_back({fmt::format("{} has the virtual servers of the group {} in other places: keepalived tells "
                                       "them apart by their order, so that a reload would remove services that stay, "
                                       "or keep those that go",
                                       question.name, group),
                           "leave the order, with new ones last, or restart keepalived; " + force_hint});
    }
    constexpr keywords::Version first_that_ends{2, 4, 3};
    if (!question.daemon.release || *question.daemon.release < first_that_ends) return;
    for (const std::string& group : keepalived::grown_groups(before, after)) {
        reasons.push_back({fmt::format("{} adds to the group {}, which has a virtual server without sorry server: the "
                                       "checkers of keepalived {} end at such a reload, and begin anew",
                                       question.name, group, question.daemon.release->to_string()),
                           "give the virtual server a sorry_server, or restart keepalived; " + force_hint});
    }
}

/// A file that is removed at the end of its life.
class PassingFile {
public:
    static Result<PassingFile> make(std::string path, std::string_view text) {
        PassingFile file(std::move(path));
        // It may hold passwords.
        if (auto written = base::replace_file(file.path_, text, 0600); !written)
            return tl::make_unexpected(written.error());
        return file;
    }
    PassingFile(PassingFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    PassingFile& operator=(PassingFile&&) = delete;
    PassingFile(const PassingFile&) = delete;
    PassingFile& operator=(const PassingFile&) = delete;
    ~PassingFile() {
        if (!path_.empty()) ::unlink(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    explicit PassingFile(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

/// The check of a text that has includes.
Result<keepalived::OwnCheck> check_passing_file(const ReloadQuestion& question, const std::filesystem::path& own) {
    const auto passing = PassingFile::make(
        (own.parent_path() / fmt::format(".{}.lbctl-{}", own.filename().native(), ::getpid())).native(), question.text);
    if (!passing) return tl::make_unexpected(passing.error());
    auto check = keepalived::check_file(question.daemon, passing->path());
    if (!check) return check;
    for (std::string& complaint : check->complaints) {
        const std::size_t at = complaint.find(passing->path());
        if (at != std::string::npos) complaint.replace(at, passing->path().size(), question.name);
    }
    return check;
}

Result<keepalived::OwnCheck> check_fresh(const ReloadQuestion& question) {
    if (!question.replaces) return keepalived::check_file(question.daemon, question.file);
    if (question.text.find("include") == std::string::npos)
        return keepalived::check_text(question.daemon, question.text, question.name);
    // Relative includes start from the folder of the file. No pattern with a `*' finds a name that begins with a dot.
    const std::filesystem::path own(question.file);
    // Nothing is left behind by a signal.
    HeldSignals signals;
    auto check = check_passing_file(question, own);
    signals.release(Ending::nothing_changed);
    return check;
}

/// The interfaces of the file, where keepalived has no check of its own or it cannot be run.
void add_missing_interfaces(const ReloadQuestion& question, std::vector<Failure>& reasons) {
    const auto visit = netlink::NamespaceVisit::enter(fmt::format("/proc/{}/ns/net", question.daemon.process));
    if (!visit) return;
    for (const std::string& interface : keepalived::missing_interfaces(question.fresh.analysis.root)) {
        reasons.push_back({fmt::format("{} has a vrrp_instance on the interface {}, which does not exist: keepalived "
                                       "may end at a reload",
                                       question.name, interface),
                           force_hint});
    }
}

void add_own_check(const ReloadQuestion& question, std::vector<Failure>& reasons) {
    const auto& release = question.daemon.release;
    if (release && *release < keepalived::first_own_check) return add_missing_interfaces(question, reasons);
    const auto fresh = check_fresh(question);
    if (!fresh) return add_missing_interfaces(question, reasons);
    // Of a file that it does not read at all it says so, and its status is 0.
    const auto not_read = [](const std::string& complaint) { return complaint.starts_with("Configuration file "); };
    if (fresh->status == 0 && std::ranges::none_of(fresh->complaints, not_read)) return;
    keepalived::OwnCheck running;
    if (question.daemon.read) {
        if (auto check = keepalived::check_text(question.daemon, question.daemon.read->text, question.name))
            running = std::move(*check);
    } else if (question.replaces) {
        if (auto check = keepalived::check_file(question.daemon, question.file)) running = std::move(*check);
    }
    const auto serious = keepalived::serious_complaints(*fresh, running);
    const std::string program = fmt::format("keepalived{}", release ? " " + release->to_string() : std::string());
    constexpr int signalled = 128;
    if (fresh->status > signalled && running.status <= signalled) {
        reasons.push_back({fmt::format("{}'s own check of {} is killed by signal {}: it may end at a reload in the "
                                       "same way",
                                       program, question.name, fresh->status - signalled),
                           force_hint});
        return;
    }
    if (serious.empty()) return;
    constexpr std::size_t most = 3;
    std::string said;
    for (std::size_t i = 0; i < std::min(most, serious.size()); ++i) said += (i == 0 ? "" : "; ") + serious[i];
    if (serious.size() > most) said += fmt::format("; and {} more", serious.size() - most);
    const std::string_view what = keepalived::drops_only_scripts(serious)
                                      ? "{} would not carry out all of {} (keepalived --config-test): {}"
                                      : "{} itself refuses {} (keepalived --config-test), and may end at a reload: {}";
    reasons.push_back({fmt::format(fmt::runtime(what), program, question.name, said), "mend it first; " + force_hint});
}

}  // namespace

std::vector<Failure> reasons_against(const ReloadQuestion& question) {
    std::vector<Failure> reasons;
    add_losses(question, reasons);
    add_settled(question, reasons);
    add_groups(question, reasons);
    add_own_check(question, reasons);
    return reasons;
}

std::vector<Failure> missing_includes(const validate::Analysis& fresh, const validate::Analysis& former,
                                      const std::string& name) {
    std::set<std::string_view> known;
    for (const auto& missing : former.findings.facts().missing_includes()) known.insert(missing.message);
    std::vector<Failure> reasons;
    for (const auto& missing : fresh.findings.facts().missing_includes()) {
        if (known.contains(missing.message)) continue;
        reasons.push_back({fmt::format("{}:{}: an include is missing in the folder of keepalived's own file: {}", name,
                                       missing.where.range.begin.line, missing.message),
                           "put what it includes there first; " + force_hint});
    }
    return reasons;
}

}  // namespace lbctl::cli
