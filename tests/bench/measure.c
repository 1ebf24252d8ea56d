// How long a command takes, and how much memory: a small parent, as a child's peak begins with that of its parent.
//
//   measure COMMAND [ARGUMENT]...    runs it without input and output; prints seconds, KiB at most resident, exit
//   status

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char** words) {
    if (count < 2) return fprintf(stderr, "usage: measure COMMAND [ARGUMENT]...\n"), 2;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    const double begin = now();
    pid_t process;
    const int error = posix_spawnp(&process, words[1], &actions, NULL, words + 1, environ);
    if (error != 0) return fprintf(stderr, "measure: cannot run %s\n", words[1]), 2;
    int status;
    struct rusage usage;
    if (wait4(process, &status, 0, &usage) < 0) return perror("wait4"), 2;
    printf("%.4f %ld %d\n", now() - begin, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    return 0;
}
