#!/bin/bash
# For the lab's scripts that try one command after the other: makes $work and counts $failures. To be sourced.
# shellcheck disable=SC2034 # who sources it counts on them
work=$(mktemp -d)
failures=0
fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# expect STATUS COMMAND...: runs it, keeps its output in $work/out and $work/err
expect() {
    local wanted=$1 status=0
    shift
    "$@" >"$work/out" 2>"$work/err" || status=$?
    ((status == wanted)) || fail "exit $status, not $wanted: $* ($(head -c 2000 "$work/out" "$work/err"))"
}
