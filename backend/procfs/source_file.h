#pragma once

#include <sys/types.h>

#include <cstddef>
#include <utility>

#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// An open file. The standard ones are not closed.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

/// Opens the source for reading.
Result<Descriptor> open_source(const Source& source);

/// That reading the source failed with that errno.
Failure read_failure(const Source& source, int error);

/// read(2) that does not mind signals; the errno is negative.
ssize_t read_some(int descriptor, char* into, std::size_t room);

/// Whether the source is a regular file of more than so many bytes. Files of procfs have no size.
bool is_file_larger_than(const Source& source, std::size_t bytes);

/// How many threads of this process can run at a time.
std::size_t processors();

}  // namespace lbctl::procfs
