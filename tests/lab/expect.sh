#!/bin/bash
# For the lab's scripts that try one command after the other: makes $work and counts $failures. To be sourced.
# shellcheck disable=SC2034 # who sources it counts on them
work=$(mktemp -d)
export LC_ALL=C.UTF-8 # arrows are `->' where the locale is not UTF-8
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
# says FILE TEXT, quiet FILE TEXT: a file in $work has that text, or has it not; a pattern of grep
says() { grep -q -- "$2" "$work/$1" || fail "no '$2' in: $(head -c 2000 "$work/$1")"; }
quiet() { ! grep -q -- "$2" "$work/$1" || fail "'$2' in: $(head -c 2000 "$work/$1")"; }
# does_it COMMAND...: a script of `lbctl emit' finds something missing, does it and says so
does_it() {
    expect 1 "$@" --check
    says out '^missing: '
    expect 0 "$@"
    says out .
    expect 0 "$@" --check
    quiet out .
}
# sets_up COMMAND...: the same, and then it has nothing to do
sets_up() {
    does_it "$@"
    expect 0 "$@"
    quiet out .
}
# wait_for FILE COUNT TEXT: within ten seconds there are at least so many lines with the text
wait_for() {
    for _ in {1..50}; do
        (($(grep -c -- "$3" "$work/$1") >= $2)) && return
        sleep 0.2
    done
}
# soon FILE TEXT: a file has that text within ten seconds
soon() {
    wait_for "$1" 1 "$2"
    says "$1" "$2"
}
# soon_times FILE COUNT TEXT: the same, in so many lines and no more
soon_times() {
    wait_for "$@"
    (($(grep -c -- "$3" "$work/$1") == $2)) || fail "not $2 times '$3' in: $(head -c 2000 "$work/$1")"
}
