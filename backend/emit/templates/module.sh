
# module NAME: loads a module of the kernel. One that cannot be loaded may be built in: what needs it will tell.
module() {
    if [ -e "/sys/module/$1" ] || grep -qs "/$1\.ko" "/lib/modules/$(uname -r)/modules.builtin"; then
        kept module "$1"
        return 0
    fi
    if only_told "module $1"; then return 0; fi
    remember module "$1" ''
    modprobe -q "$1" || return 0
    done_so "module $1"
}

# All network namespaces (containers) share the modules, and unloading takes the devices of all of them.
put_back_module() {
    [ -e "/sys/module/$1" ] || return 0
    if [ "$(readlink /proc/[0-9]*/ns/net | sort -u | wc -l)" -gt 1 ] || [ -n "$(ip netns list)" ]; then
        done_so "the module $1 stays: there are other network namespaces, which may use it"
        return 0
    fi
    modprobe -q -r "$1" || done_so "the module $1 stays: something else uses it"
}
