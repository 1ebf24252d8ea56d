#pragma once

#include <cstddef>

#include "backend/procfs/connections.h"
#include "grammar/base/descriptor.h"

namespace lbctl::procfs {

/// Opens the source for reading.
Result<base::Descriptor> open_source(const Source& source);

/// That reading the source failed with that errno.
Failure read_failure(const Source& source, int error);

/// Whether the source is a regular file of more than so many bytes. Files of procfs have no size.
bool is_file_larger_than(const Source& source, std::size_t bytes);

/// How many threads of this process can run at a time.
std::size_t processors();

}  // namespace lbctl::procfs
