
has_address() {
    ip -o address show dev "$2" 2>/dev/null | grep -qF " $1 "
}

# address ADDRESS/LENGTH DEVICE
address() {
    if has_address "$1" "$2"; then
        kept address "$1@$2"
        return 0
    fi
    if only_told "address $1 on $2"; then return 0; fi
    remember address "$1@$2" ''
    ip address add "$1" dev "$2" || fail "cannot add the address $1 to $2"
    done_so "address $1 on $2"
}

put_back_address() {
    if has_address "${1%@*}" "${1#*@}"; then ip address delete "${1%@*}" dev "${1#*@}"; fi
}
