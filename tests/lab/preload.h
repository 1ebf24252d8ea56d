#pragma once

#include <dlfcn.h>

// For libraries that are put before the C library with LD_PRELOAD.

/// The function of that name that the program would have called without the library.
template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
