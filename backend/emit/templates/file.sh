
# file PATH MODE TEXT: a file of the machine; one that was there before is kept beside the record
file() {
    if printf %s "$3" | cmp -s - "$1"; then
        kept file "$1"
        return 0
    fi
    if only_told "file $1"; then return 0; fi
    if ! known file "$1"; then
        old=''
        if [ -e "$1" ]; then
            old=$record$(printf %s "$1" | tr / @)
            (umask 077 && mkdir -p "${record%/*}" && cp -p "$1" "$old") || fail "cannot keep a copy of $1"
        fi
        remember file "$1" "$old"
    fi
    # No tool reads a name with such an ending.
    new=$1.lbctl~
    (mkdir -p "${1%/*}" && umask 077 && printf %s "$3" >"$new" && chmod "$2" "$new" && mv "$new" "$1") ||
        fail "cannot write $1"
    done_so "file $1"
}

put_back_file() {
    if [ -n "$2" ]; then
        cp -p "$2" "$1" && rm "$2"
    else
        rm -f "$1"
    fi
}
