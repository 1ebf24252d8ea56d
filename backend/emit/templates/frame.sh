
# How the steps are done. Nothing from here on depends on the configuration.

usage() {
    printf 'usage: sh %s            sets up what is missing; can be run again\n' "$0"
    printf '       sh %s --check    changes nothing; tells what is missing, and then exits with 1\n' "$0"
    printf '       sh %s --undo     puts back what the first run found\n' "$0"
}

# fail WORDS...: tells what could not be done and ends
fail() {
    printf '%s: %s\n' "$0" "$*" >&2
    exit 2
}

# done_so WORDS...: tells of a change
done_so() { printf '%s\n' "$*"; }

# only_told WORDS...: with --check tells what is missing, and is true
only_told() {
    [ "$mode" = check ] || return 1
    printf 'missing: %s\n' "$*"
    missing=1
}

# known KIND NAME: it was written down what was there
known() {
    [ -e "$record" ] || return 1
    while read -r kind name _; do
        case "${kind#kept-} $name" in
        "$1 $2") return 0 ;;
        esac
    done <"$record"
    return 1
}

# remember KIND NAME FOUND: writes down what is there, before the first change of it
remember() {
    if known "$1" "$2"; then return 0; fi
    (umask 077 && mkdir -p "${record%/*}" && printf '%s %s %s\n' "$1" "$2" "$3" >>"$record") ||
        fail "cannot write $record, so nothing was changed that is not written down there"
}

# kept KIND NAME: the first run found it as it should be, so --undo leaves it whatever happens until then
kept() {
    if [ "$mode" = check ] || known "$1" "$2"; then return 0; fi
    remember "kept-$1" "$2" ''
}

# undo: puts back what was written down, the last first
undo() {
    if [ ! -e "$record" ]; then
        done_so "nothing to put back: there is no $record"
        return 0
    fi
    tac "$record" | {
        failed=0
        while read -r kind name found; do
            put_back "$kind" "$name" "$found" || failed=1
        done
        exit "$failed"
    } || fail "not all was put back; what was found is in $record"
    rm "$record"
    done_so "put back what was found"
}
