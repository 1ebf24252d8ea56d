#include "backend/health/notifier.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "backend/health/notice_text.h"

namespace lbctl::health {

namespace {

/// Whether the command has ended.
bool has_ended(const CheckProcess& process) {
    pollfd descriptor{process.descriptor(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) > 0;
}

std::vector<std::string> names_of(const model::Notifications& notifications) {
    std::vector<std::string> names;
    for (const model::NotifyFifo& fifo : notifications.fifos)
        names.push_back(fmt::format("{} {}", fifo.path, fifo.reader ? fifo.reader->command : std::string_view{}));
    return names;
}

}  // namespace

void Notifier::use(model::ScriptUser script_user) {
    user_ = script_user.user;
    group_ = script_user.group;
}

bool Notifier::goes_on_with(const model::Notifications& notifications, model::ScriptUser script_user) {
    if (names_of(notifications) != named_) return false;
    use(script_user);
    return true;
}

Notifier::Notifier(const model::Notifications& notifications, model::ScriptUser script_user, keywords::Version target)
    : named_(names_of(notifications)), target_(target) {
    use(script_user);
    for (const model::NotifyFifo& fifo : notifications.fifos) open(fifo);
}

Notifier::~Notifier() {
    // Scripts go on; who reads a FIFO has nothing to read any more.
    for (CheckProcess& process : running_) process.let_go();
    for (Fifo& fifo : fifos_) {
        if (fifo.reader) {
            fifo.reader->send_signal(SIGTERM);
            fifo.reader->let_go();
        }
        if (fifo.is_own) ::unlink(fifo.path.c_str());
    }
}

void Notifier::open(const model::NotifyFifo& fifo) {
    Fifo opened;
    opened.path = fifo.path;
    constexpr mode_t for_owner = 0600;
    opened.is_own = ::mkfifo(opened.path.c_str(), for_owner) == 0;
    if (!opened.is_own && errno != EEXIST) {
        complaints_.push_back(fmt::format("the FIFO {} cannot be made: {}", opened.path, std::strerror(errno)));
        return;
    }
    // For reading, too, so that it is open before somebody reads it, and after.
    opened.descriptor = base::Descriptor(::open(opened.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    if (!opened.descriptor.is_open() || ::fstat(opened.descriptor.number(), &status) != 0 ||
        !S_ISFIFO(status.st_mode)) {
        complaints_.push_back(fmt::format("{} cannot be opened as a FIFO", opened.path));
        return;
    }
    if (opened.is_own && !fifo.user.empty()) {
        const auto owner = find_script_user(fifo.user, fifo.group);
        if (!owner || ::fchown(opened.descriptor.number(), owner->user, owner->group) != 0)
            complaints_.push_back(fmt::format("the FIFO {} cannot be given to {}", opened.path, fifo.user));
    }
    if (fifo.reader) {
        if (auto process = start(*fifo.reader, &opened))
            opened.reader = std::make_unique<CheckProcess>(std::move(*process));
    }
    fifos_.push_back(std::move(opened));
}

void Notifier::write(const Fifo& fifo, const std::string& line) {
    if (::write(fifo.descriptor.number(), line.data(), line.size()) == static_cast<ssize_t>(line.size())) return;
    complaints_.push_back(fmt::format("the FIFO {} took no line: {}", fifo.path, std::strerror(errno)));
}

std::optional<CheckProcess> Notifier::start(const model::NotifyScript& script, const Fifo* reads) {
    auto command = prepare_command({script.command, script.user, script.group}, script_user(), target_);
    if (!command) {
        complaints_.push_back(fmt::format("{} does not run: {}", script.command, command.error().reason));
        return std::nullopt;
    }
    command->ends_with_lbctl = reads != nullptr;
    if (reads != nullptr) command->arguments.push_back(reads->path);
    auto process = CheckProcess::start(*command);
    if (process) return std::move(*process);
    complaints_.push_back(fmt::format("{} does not run: {}", script.command, process.error().message));
    return std::nullopt;
}

void Notifier::run(const model::NotifyScript& script) {
    if (auto process = start(script, nullptr)) running_.push_back(std::move(*process));
}

void Notifier::tell(const ServiceHealth& health, const Notice& notice) {
    if (notice.by != Notice::By::script_and_fifo) return;
    if (const auto& script = health.script_for(notice)) run(*script);
    const std::string line = fifo_line(health.service(), notice) + "\n";
    for (const Fifo& fifo : fifos_) write(fifo, line);
}

void Notifier::reap() {
    for (std::size_t i = 0; i < running_.size();) {
        if (!has_ended(running_[i])) {
            ++i;
            continue;
        }
        running_[i].take_status();
        std::swap(running_[i], running_.back());
        running_.pop_back();
    }
}

}  // namespace lbctl::health
