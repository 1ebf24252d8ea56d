#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace lbctl::tests {

/// A folder that is gone with its files at the end.
class TemporaryFolder {
public:
    TemporaryFolder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string at(std::string_view name) const { return path_ + "/" + std::string(name); }
    void write(std::string_view name, std::string_view text) const {
        std::filesystem::create_directories(std::filesystem::path(at(name)).parent_path());
        std::ofstream(at(name), std::ios::binary) << text;
    }

private:
    std::string path_ = "/tmp/lbctl-test-XXXXXX";
};

}  // namespace lbctl::tests
