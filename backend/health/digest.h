#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lbctl::health {

/// MD5 of bytes that come in pieces. keepalived's `digest' is one; it guards against nothing but change.
class Digest {
public:
    Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;
    ~Digest();

    void add(std::string_view bytes);
    /// In hexadecimal digits, lower case. Only once.
    std::string finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace lbctl::health
