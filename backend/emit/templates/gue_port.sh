
# has_gue_port PORT -4|-6
has_gue_port() {
    case $2 in
    -6) ip fou show | grep -q "^port $1 gue.* -6" ;;
    *) ip fou show | grep "^port $1 gue" | grep -qv -e ' -6' ;;
    esac
}

# gue_port PORT -4|-6: the kernel takes UDP packets to that port as GUE
gue_port() {
    if has_gue_port "$1" "$2"; then
        kept gue_port "$1$2"
        return 0
    fi
    if only_told "UDP port $1 is not unpacked as GUE (ip fou)"; then return 0; fi
    remember gue_port "$1$2" ''
    ip "$2" fou add port "$1" gue || fail "cannot have the kernel unpack GUE at UDP port $1 (ip fou add)"
    done_so "UDP port $1 is unpacked as GUE"
}

put_back_gue_port() {
    if has_gue_port "${1%-*}" "-${1#*-}"; then ip "-${1#*-}" fou delete port "${1%-*}"; fi
}
