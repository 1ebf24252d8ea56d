// For LD_PRELOAD: a program that opens /proc/net/ip_vs_conn gets the file that IP_VS_CONN_FILE names. So two programs
// can be given the same connections, whose seconds otherwise run on from one reading to the next. On a machine without
// IPVS it answers the question of its version, which ipvsadm asks before it reads anything.
#include <fcntl.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/lab/preload.h"

namespace {

const char* redirected(const char* path) {
    const char* file = std::getenv("IP_VS_CONN_FILE");
    return file != nullptr && std::strcmp(path, "/proc/net/ip_vs_conn") == 0 ? file : path;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) FILE* fopen(const char* path, const char* mode) {
    return next<FILE* (*)(const char*, const char*)>("fopen")(redirected(path), mode);
}

__attribute__((visibility("default"))) FILE* fopen64(const char* path, const char* mode) {
    return next<FILE* (*)(const char*, const char*)>("fopen64")(redirected(path), mode);
}

__attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{0};
    va_end(rest);
    return next<int (*)(const char*, int, mode_t)>("open")(redirected(path), flags, mode);
}

__attribute__((visibility("default"))) int getsockopt(int socket, int level, int name, void* value, socklen_t* length) {
    const int result =
        next<int (*)(int, int, int, void*, socklen_t*)>("getsockopt")(socket, level, name, value, length);
    ip_vs_getinfo info{};
    const bool asked = level == IPPROTO_IP && name == IP_VS_SO_GET_INFO && *length >= sizeof info;
    if (result == 0 || !asked || std::getenv("IP_VS_CONN_FILE") == nullptr) return result;
    info.version = IP_VS_VERSION_CODE;
    std::memcpy(value, &info, sizeof info);
    return 0;
}

}  // extern "C"
