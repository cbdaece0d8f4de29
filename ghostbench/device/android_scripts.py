"""What is read from a phone, each in one round trip: a script of ghostbench's own that prints named sections.

The scripts keep to what mksh, ash and toybox of every Android share. Values of sysfs are read by the shell itself:
a process for each of a hundred files would disturb a phone for half a second. What may not be read leaves no line.
"""

import re

_MARK = "@@ghostbench:"
_START = f'section() {{ echo; echo "{_MARK}$1"; }}\n'
# One value of sysfs as `path=value`. (The short names s and r would be aliases of mksh.)
_READ = (
    'values() { for f in "$@"; do v=; { read -r v < "$f"; } 2>/dev/null; '
    'if [ -n "$v" ]; then echo "$f=$v"; fi; done; }\n'
)
_CPU = "/sys/devices/system/cpu"

INFO_SCRIPT = (
    _START
    + _READ
    + f"""section getprop; getprop
section uname; uname -s; uname -r; uname -m
section kernel; cat /proc/sys/kernel/osrelease /proc/sys/kernel/arch 2>/dev/null
section page; getconf PAGE_SIZE 2>/dev/null; grep -m 1 KernelPageSize /proc/self/smaps 2>/dev/null
section cpuinfo; cat /proc/cpuinfo 2>/dev/null
section meminfo; cat /proc/meminfo 2>/dev/null
section cores; values {_CPU}/possible {_CPU}/present {_CPU}/online
values {_CPU}/cpu[0-9]*/cpu_capacity {_CPU}/cpu[0-9]*/cpufreq/cpuinfo_max_freq
values {_CPU}/cpu[0-9]*/cpufreq/cpuinfo_min_freq {_CPU}/cpu[0-9]*/cpufreq/related_cpus
section tools; for t in sha256sum taskset mkdir df mv rm kill cat settings svc cmd input dumpsys settaskprofile
do if command -v $t >/dev/null 2>&1; then echo $t; fi; done
section end
"""
)

STATE_SCRIPT = (
    _START
    + _READ
    + f"""section date; date +%s
section uptime; cat /proc/uptime 2>/dev/null
section boot_id; cat /proc/sys/kernel/random/boot_id 2>/dev/null
section loadavg; cat /proc/loadavg 2>/dev/null
section stat; grep '^cpu ' /proc/stat 2>/dev/null
section meminfo; grep -E '^Mem(Total|Free|Available)' /proc/meminfo 2>/dev/null
section clocks; values {_CPU}/online {_CPU}/cpu[0-9]*/cpufreq/scaling_cur_freq {_CPU}/cpu[0-9]*/cpufreq/scaling_max_freq
values {_CPU}/cpu[0-9]*/cpufreq/scaling_governor
section residency; for p in {_CPU}/cpufreq/policy[0-9]*
do if [ -r $p/stats/time_in_state ]; then echo "$p"; cat $p/stats/time_in_state; fi; done 2>/dev/null
section zones; values /sys/class/thermal/thermal_zone*/type /sys/class/thermal/thermal_zone*/temp
section battery; dumpsys battery 2>&1
section thermalservice; dumpsys thermalservice 2>&1
section power; dumpsys power 2>/dev/null | grep -m 1 mWakefulness=
section settings; for k in low_power airplane_mode_on
do echo "$k=$(settings get global $k 2>/dev/null)"; done
section end
"""
)

DOCTOR_SCRIPT = (
    _START
    + """section stat_before; grep '^cpu ' /proc/stat 2>/dev/null
section df; df -k /data/local/tmp 2>/dev/null
section run; d=/data/local/tmp/ghostbench-try-$$; echo '#!/system/bin/sh' > $d; chmod 755 $d; $d && echo yes; rm -f $d
section settings; for k in low_power airplane_mode_on stay_on_while_plugged_in window_animation_scale
do echo "$k=$(settings get global $k 2>/dev/null)"; done
section mirroring; t=$(dumpsys SurfaceFlinger 2>/dev/null); case $t in ''|*'Permission Denial'*) ;;
*studio.screen.sharing*|*scrcpy*) echo 1 ;; *) echo 0 ;; esac; t=
sleep 1
section stat_after; grep '^cpu ' /proc/stat 2>/dev/null
section end
"""
)

FREE_SPACE_SCRIPT = "df -k /data/local/tmp"


def split_sections(text: str) -> dict[str, str]:
    r"""Name to text of every section; the last one is `end` when the script ran to its end.

    >>> split_sections("\n@@ghostbench:date\n17\n\n@@ghostbench:end\n")
    {'date': '17', 'end': ''}
    """
    pieces = re.split(rf"^{_MARK}(\w+)\r?\n", text, flags=re.MULTILINE)
    return {
        name: body.replace("\r\n", "\n").strip("\n")
        for name, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }
