#!/bin/sh
# Runs benchmark_model once, on this machine or a phone, and tells what ran, its status and both of its streams,
# sealed by a SHA-256 sum so that nothing can change on the way. Keeps to what dash, mksh, ash and toybox share.
#
#   bm_run.sh PIN WHERE LIMIT_S MODEL PROGRAM ARGUMENT...
#
# PIN is `none`, `taskset` (WHERE: a mask in hex) or a Python (WHERE: the number of a core). LIMIT_S ends a program
# that hangs although whoever started it is gone; 0 leaves that to the caller.
export LC_ALL=C
pin=$1 where=$2 limit_s=$3 model=$4 program=$5
shift 5

pinned() {
    case $pin in
    none) "$@" ;;
    taskset) taskset "$where" "$@" ;;
    *) "$pin" -I -S -c 'import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.execvp(sys.argv[2], sys.argv[2:])' "$where" "$@" ;;
    esac
}

sum_of() {
    sum=$(sha256sum <"$1") && echo "${sum%% *}"
}

told() {
    echo "machine $(uname -m)"
    echo "kernel $(uname -r)"
    echo "pid $$"
    echo "cpus $(pinned grep Cpus_allowed_list /proc/self/status)"
    echo "program $(sum_of "$program")"
    echo "model $(sum_of "$model")"
    for argument in "$@"; do printf 'argument %s\n' "$argument"; done
    set -- "$program" "$@"
    if [ "$limit_s" != 0 ] && command -v timeout >/dev/null 2>&1; then
        set -- timeout -s KILL "$limit_s" "$@"
    fi
    echo "@@ghostbench stdout"
    # The first redirection lets what it complains about be caught, the second lets the rest through.
    { complaints=$(pinned "$@" 2>&1 >&3 3>&-) && status=0 || status=$?; } 3>&1
    echo
    echo "@@ghostbench stderr"
    printf '%s\n' "$complaints"
    echo "@@ghostbench status $status"
}

all=$(told "$@")
sum=$(printf '%s\n' "$all" | sha256sum)
echo "@@ghostbench benchmark_model 1"
printf '%s\n' "$all"
echo "@@ghostbench end ${sum%% *}"
