#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/unit/catch.h"

namespace lbctl::tests {

/// A file with that text, removed at the end.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        std::string name = "/tmp/lbctl-test-XXXXXX";
        const int descriptor = mkstemp(name.data());
        REQUIRE(descriptor >= 0);
        close(descriptor);
        path_ = name;
        std::ofstream(path_, std::ios::binary) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::remove(path_.c_str()); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace lbctl::tests
