#include "backend/process/permission.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace lbctl::process {

namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::string permission_hint(const std::string& path) {
    if (::geteuid() != 0) return "run it as root";
    std::string shown = path;
    struct stat status {};
    if (::lstat(shown.c_str(), &status) != 0) {
        shown = folder_of(path);
        if (::lstat(shown.c_str(), &status) != 0) return "lbctl runs as root, and may not look there at all";
    }
    struct statvfs system {};
    if (::statvfs(shown.c_str(), &system) == 0 && (system.f_flag & ST_RDONLY) != 0)
        return fmt::format("{} is on a file system that is mounted read-only", shown);
    return fmt::format(
        "lbctl runs as root; {} belongs to user {} and group {} with mode {:04o}: if that is right, the limits of a "
        "container or service (CapabilityBoundingSet=, ReadWritePaths=), a security module (AppArmor, SELinux) or an "
        "attribute (lsattr) forbids it",
        shown, status.st_uid, status.st_gid, status.st_mode & 07777U);
}

}  // namespace lbctl::process
