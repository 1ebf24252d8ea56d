# shellcheck shell=bash
# The words that tours are written in (lvs-dr/tour, lvs-ha/tour): what lbctl does, shown in the lab on the cluster of an example and
# checked step by step; the first step that does not show what it claims ends it. To be sourced with the name of the topology.
# shellcheck disable=SC2034 # who sources it counts on them
here=$(dirname -- "$(realpath -- "$0")")
PATH=$(dirname -- "${LBCTL_BINARY:-$here/../../build/lbctl}"):$PATH
[[ ${LBCTL_LAB-} == */$1.sh ]] || { echo "tour: runs in the lab with the topology $1 only" >&2 && exit 2; }
type -P lbctl >/dev/null || { echo "tour: lbctl is not built" >&2 && exit 2; }

work=$(mktemp -d)
cp -- "$here"/*.conf "$work"
cd -- "$work"

step=0 title=''
heading() {
    step=$((step + 1)) title=$*
    printf '\n%d. %s\n\n' "$step" "$title"
}

fail() {
    printf '\ntour: step %d (%s) FAILED: %s\n' "$step" "$title" "$*"
    exit 1
}

trap 'fail "a command in line $LINENO"' ERR

# show STATUS COMMAND...: the command line, what it says, and whether it ends with that status. Leaves what it said in $said.
said=''
show() {
    local wanted=$1 status=0
    shift
    printf '$ %s\n' "$*"
    said=$("$@" 2>&1) || status=$?
    [[ -z $said ]] || printf '%s\n' "$said"
    ((status == wanted)) || fail "exit status $status instead of $wanted: $*"
}

says() { [[ $said == *"$1"* ]] || fail "it does not say '$1'"; }
