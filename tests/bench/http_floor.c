// HTTP checks with nothing around them, to measure `lbctl check' and `check --watch' against.
//
//   http_floor serve PORT                 answers every request at every address with a small page, and closes
//   http_floor ask PORT COUNT SECONDS     asks 127.1.0.1, 127.1.0.2 ... (250 a third number), all at once, and reads each answer
//                                         to its end; again and again for so many seconds, 0: once
//
// `ask' prints for each round the seconds that it took, and ends with status 1 when an answer was not the page.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhome\n";
static const char request[] = "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.1.0.1:8080\r\n\r\n";

enum { most_events = 256 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int failed(const char* what) {
    perror(what);
    exit(2);
}

static void allow_many_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void watch(int epoll, int operation, int socket, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = socket};
    if (epoll_ctl(epoll, operation, socket, &event) != 0) failed("epoll_ctl");
}

_Noreturn static void serve(uint16_t port) {
    const int epoll = epoll_create1(0);
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0) failed("bind");
    if (listen(listener, 16384) != 0) failed("listen");
    watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[most_events];
        const int count = epoll_wait(epoll, events, most_events, -1);
        for (int i = 0; i < count; ++i) {
            const int ready = events[i].data.fd;
            if (ready == listener) {
                for (int accepted; (accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;)
                    watch(epoll, EPOLL_CTL_ADD, accepted, EPOLLIN);
                continue;
            }
            // A TCP_CHECK closes without a word.
            char buffer[4096];
            const ssize_t size = recv(ready, buffer, sizeof buffer, 0);
            if (size > 0) send(ready, page, sizeof page - 1, MSG_NOSIGNAL);
            if (size >= 0 || errno != EAGAIN) close(ready);
        }
    }
}

static int begin(int epoll, uint16_t port, int number) {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) failed("socket");
    const uint32_t host = (127U << 24) | (1U << 16) | ((uint32_t)(number / 250) << 8) | (uint32_t)(number % 250 + 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host)};
    if (connect(made, (struct sockaddr*)&address, sizeof address) != 0 && errno != EINPROGRESS) failed("connect");
    watch(epoll, EPOLL_CTL_ADD, made, EPOLLOUT);
    return made;
}

static int round_of(int epoll, uint16_t port, int count) {
    int left = count;
    int good = 0;
    for (int i = 0; i < count; ++i) begin(epoll, port, i);
    while (left > 0) {
        struct epoll_event events[most_events];
        const int happened = epoll_wait(epoll, events, most_events, 10000);
        if (happened <= 0) return -1;
        for (int i = 0; i < happened; ++i) {
            const int ready = events[i].data.fd;
            int is_over = 0;
            if ((events[i].events & EPOLLOUT) != 0) {
                is_over = send(ready, request, sizeof request - 1, MSG_NOSIGNAL) < 0;
                if (!is_over) watch(epoll, EPOLL_CTL_MOD, ready, EPOLLIN);
            } else {
                char buffer[4096];
                const ssize_t size = recv(ready, buffer, sizeof buffer, 0);
                if (size > 0 && memcmp(buffer, "HTTP/1.0 200 ", 13) == 0) ++good;
                is_over = size == 0 || (size < 0 && errno != EAGAIN);
            }
            if (is_over) {
                close(ready);
                --left;
            }
        }
    }
    return good;
}

static int ask(uint16_t port, int count, double seconds) {
    const int epoll = epoll_create1(0);
    const double end = now() + seconds;
    do {
        const double start = now();
        if (round_of(epoll, port, count) != count) return 1;
        printf("%.6f\n", now() - start);
    } while (now() < end);
    return 0;
}

int main(int count, char** words) {
    allow_many_descriptors();
    if (count == 3 && strcmp(words[1], "serve") == 0) serve((uint16_t)atoi(words[2]));
    if (count == 5 && strcmp(words[1], "ask") == 0)
        return ask((uint16_t)atoi(words[2]), atoi(words[3]), atof(words[4]));
    return fprintf(stderr, "usage: http_floor serve PORT | ask PORT COUNT SECONDS\n"), 2;
}
