#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace lbctl::base {

/// An open file, closed at the end of its life; -1 is none. The standard ones stay open.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    [[nodiscard]] bool is_open() const { return number_ >= 0; }
    [[nodiscard]] int number() const { return number_; }

    /// Closes it now, for those who have to know whether all was written. Gives 0 or an errno.
    int close();

private:
    int number_;
};

/// read(2), repeated when a signal interrupts it: bytes read, 0 at the end, or the errno, negative.
ssize_t read_some(int descriptor, char* into, std::size_t room);

/// Appends what can be read up to the end, or until `most` bytes are there, to the text. Gives 0 or an errno; the text
/// has what came before.
int read_up_to(int descriptor, std::size_t most, std::string& text);

/// Writes all of the text. Gives 0 or an errno.
int write_all(int descriptor, std::string_view text);

}  // namespace lbctl::base
