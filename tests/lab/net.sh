# shellcheck shell=bash
# The words that topologies are written in. `run` reads this file and then the topology, in the lab, before the command.
# A host is a network namespace; a net is a bridge in the namespace `nets`. The words only take notes, and `build` does it
# all at the end: a process costs much more in the lab than on a real kernel, so there are as few as possible.

lab_hosts=()
lab_nets=
lab_links=
declare -A lab_ip=() lab_shell=()
lab_checks=()

# host NAME...: hosts with nothing but a loopback.
host() {
    local name
    for name; do
        lab_hosts+=("$name")
        lab_ip[$name]=$'link set lo up\n'
        lab_shell[$name]=
    done
}

# net NAME...: networks to join hosts to, each one Ethernet.
net() {
    local name
    for name; do
        lab_nets+="link add $name up type bridge"$'\n'
    done
}

# join NET HOST DEVICE ADDRESS/LENGTH...: an interface of a host in a network, with its addresses.
join() {
    local net=$1 name=$2 device=$3 address
    shift 3
    # The bridge's end is named after the host and its interface: together 15 characters at most.
    lab_links+="link add $device netns $name type veth peer name $name.$device netns nets"$'\n'
    lab_nets+="link set $name.$device master $net up"$'\n'
    configure "$name" "link set $device up"
    for address; do
        # nodad: an IPv6 address can be used at once.
        [[ $address != *:* ]] || address+=' nodad'
        configure "$name" "address add $address dev $device"
    done
}

# configure HOST WORDS...: ip WORDS on that host.
configure() {
    lab_ip[$1]+="${*:2}"$'\n'
}

# set_kernel HOST NAME=VALUE...: kernel parameters of the host, written as for sysctl.
set_kernel() {
    local name=$1 assignment key
    shift
    for assignment; do
        key=${assignment%%=*}
        lab_shell[$name]+="echo ${assignment#*=} >/proc/sys/${key//.//}"$'\n'
    done
}

# web HOST ADDRESS [PORT]: a web server whose only page says the host's name. The topology is ready when it answers there.
web() {
    local name=$1 address=$2 port=${3:-80} page=/run/lab/web/$1
    mkdir -p "$page"
    echo "$name" >"$page/index.html"
    lab_shell[$name]+="busybox httpd -p $port -h $page"$'\n'
    lab_checks+=("$address $port")
}

# ready_from HOST: from which host the web servers must answer.
ready_from() {
    lab_judge=$1
}

# build: does what the words above noted.
build() {
    local name
    {
        printf 'netns add %s\n' nets "${lab_hosts[@]}"
    } | ip -batch -
    ip -batch - <<<"$lab_links"
    ip -n nets -batch - <<<"$lab_nets"
    for name in "${lab_hosts[@]}"; do
        ip netns exec "$name" sh -ec $'ip -batch - <<"END"\n'"${lab_ip[$name]}"$'END\n'"${lab_shell[$name]}"
    done
    ((${#lab_checks[@]})) || return 0
    # shellcheck disable=SC2016
    ip netns exec "${lab_judge:?ready_from is missing}" bash -c '
        for check; do
            tries=0
            until (exec 3<>"/dev/tcp/${check/ //}") 2>/dev/null; do
                ((++tries < 100)) || { echo "lab: nothing answers at $check, seen from $0" >&2; exit 1; }
                sleep 0.1
            done
        done' "$lab_judge" "${lab_checks[@]}"
}
