#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/emit/real_server_plan.h"

/// Files with which a Linux real server sets itself up again when it starts, for what configures its network.
namespace lbctl::emit {

struct HostFile {
    std::string path;
    std::string_view mode;  ///< as for chmod(1)
    std::string text;
};

/// A way of writing them.
struct FileForm {
    std::string_view word;  ///< as --as takes it: "systemd-networkd"
    Result<std::vector<HostFile>> (*write)(const RealServerPlan& plan);
};

/// All that there are.
std::span<const FileForm> file_forms();

}  // namespace lbctl::emit
