"""A program of its own: holds one phone's namespaces, switches it on and off, and leaves nothing behind.

Started by `supervised.py` with what the phone is (a JSON line) on standard input; then one command per line. It ends,
and the phone with it, when standard input ends, so also when the test that wanted the phone is killed. Everything the
phone has lies in memory that goes away with the namespaces.

The processes: this one owns user, mount, ipc and uts namespaces, with the root, /phone and /data. Each time the phone
boots, a *booter* makes a new pid namespace, in which `init` restarts adbd when it dies.
"""

# Without pathlib it starts in half the time.
# ruff: noqa: PTH101, PTH102, PTH103, PTH108, PTH110, PTH114, PTH120, PTH123, PTH211

import ctypes
import json
import os
import signal
import sys
import time
from typing import Any

# Of linux/sched.h, linux/mount.h and linux/prctl.h.
NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PIDS = 1 << 17, 1 << 26, 1 << 27, 1 << 28, 1 << 29
REMOUNT, BIND, RECURSIVE, PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
DIE_WITH_PARENT, DROP_CAPABILITY = 1, 24
LAST_CAPABILITY = 63
SHELL_USER = 2000

STAGE = "/tmp"  # covered by a memory file system of the phone's own
ROOT = f"{STAGE}/root"
BETWEEN_ADBD_RUNS_S = 0.05

_libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode(), flags, options.encode())
    check(_libc.mount(*arguments), f"mount {target}")


def die_with_parent() -> None:
    check(_libc.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0), "prctl")


def enter_namespaces() -> None:
    """Become root of new user, mount, ipc and uts namespaces."""
    user, group = os.geteuid(), os.getegid()
    ready, told = os.pipe()
    parent = os.getpid()
    helper = os.fork()  # stays outside, where it has the right to say who is who inside
    if helper == 0:
        os.close(told)
        os.read(ready, 1)
        if user != 0:
            write(f"/proc/{parent}/setgroups", "deny")
        write(f"/proc/{parent}/uid_map", "0 0 65536" if user == 0 else f"0 {user} 1")
        write(f"/proc/{parent}/gid_map", "0 0 65536" if user == 0 else f"0 {group} 1")
        os._exit(0)
    check(_libc.unshare(NEW_USER | NEW_MOUNTS | NEW_IPC | NEW_UTS), "unshare")
    os.close(ready)
    os.close(told)
    if os.waitpid(helper, 0)[1] != 0:
        raise OSError("the user namespace could not be given its users")
    os.setgid(0)
    os.setuid(0)
    if user == 0:
        os.setgroups([])


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def build_root(phone: dict[str, Any]) -> None:
    """The phone's root: what all phones share, under an overlay in memory; /phone and /data beside it."""
    mount("none", "/", "", RECURSIVE | PRIVATE)
    shared = os.open(phone["root"], os.O_PATH | os.O_DIRECTORY)
    mount("tmpfs", STAGE, "tmpfs", 0, "mode=755")
    for folder in "upper", "work", "root", "phone", "data":
        os.mkdir(f"{STAGE}/{folder}")
    layers = f"lowerdir=/proc/self/fd/{shared},upperdir={STAGE}/upper,workdir={STAGE}/work"
    mount("overlay", ROOT, "overlay", 0, layers)
    os.close(shared)
    mount("tmpfs", f"{ROOT}/data", "tmpfs", 0, f"size={phone['data_bytes']},mode=771")
    mount(f"{STAGE}/phone", f"{ROOT}/phone", "", BIND)
    fill_root(phone)
    if phone["binary_format"]:
        register(phone["binary_format"])


def fill_root(phone: dict[str, Any]) -> None:
    """What makes this phone different from others."""
    for path in phone["remove"]:
        if os.path.lexists(ROOT + path):
            os.unlink(ROOT + path)
    for path, (mode, text) in phone["files"].items():
        make_file(ROOT + path, mode, text)
    for path, target in phone["links"].items():
        os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
        os.symlink(target, ROOT + path)
    for path, mode in phone["folders"].items():
        os.makedirs(ROOT + path, exist_ok=True)
        os.chmod(ROOT + path, mode)
    if shell_user_exists():
        for path in "/data/local", "/data/local/tmp":
            os.chown(ROOT + path, SHELL_USER, SHELL_USER)


def make_file(path: str, mode: int, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(path):
        os.unlink(path)
    write(path, text)
    os.chmod(path, mode)


def shell_user_exists() -> bool:
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return int(file.read().split()[2]) > SHELL_USER


def register(binary_format: str) -> None:
    """Let the kernel run programs of that format, in this user namespace alone (Linux 6.7)."""
    folder = f"{STAGE}/binfmt"
    os.mkdir(folder)
    mount("binfmt_misc", folder, "binfmt_misc")
    write(f"{folder}/register", binary_format)


def start_boot(phone: dict[str, Any]) -> tuple[int, int]:
    """Switch the phone on; the process ids of the booter and of the phone's init."""
    reading, writing = os.pipe()
    booter = os.fork()
    if booter == 0:
        os.close(reading)
        die_with_parent()
        check(_libc.unshare(NEW_MOUNTS | NEW_PIDS), "unshare")
        init = os.fork()
        if init == 0:
            die_with_parent()
            os.close(writing)
            be_init(phone)
        os.write(writing, f"{init}".encode())
        os.close(writing)
        os.waitpid(init, 0)
        os._exit(0)
    os.close(writing)
    init = int(os.read(reading, 32))
    os.close(reading)
    return booter, init


def be_init(phone: dict[str, Any]) -> None:
    """The first process of the phone: mounts, then adbd again and again."""
    mount("proc", f"{ROOT}/proc", "proc")
    for path in phone["bound"]:
        mount(f"{ROOT}/phone{path}", ROOT + path, "", BIND)
    for path in phone["hidden"]:
        mount("tmpfs", ROOT + path, "tmpfs", 0, "mode=0")
    mount("tmpfs", f"{ROOT}/tmp", "tmpfs", 0, "mode=1777")
    mount("tmpfs", f"{ROOT}/run", "tmpfs", 0, "mode=755")
    make_devices()
    os.chroot(ROOT)
    os.chdir("/")
    log = os.open("/phone/adbd.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    silence = os.open("/dev/null", os.O_RDONLY)
    os.dup2(silence, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    while True:
        if not os.path.exists("/phone/adbd_is_down"):
            wait_for(start_adbd(phone))
        time.sleep(BETWEEN_ADBD_RUNS_S)


def make_devices() -> None:
    mount("tmpfs", f"{ROOT}/dev", "tmpfs", 0, "mode=755")
    for name in "null", "zero", "urandom", "random", "full", "tty":
        write(f"{ROOT}/dev/{name}", "")
        mount(f"/dev/{name}", f"{ROOT}/dev/{name}", "", BIND)
    os.mkdir(f"{ROOT}/dev/pts")
    mount("devpts", f"{ROOT}/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666")
    os.symlink("pts/ptmx", f"{ROOT}/dev/ptmx")
    os.symlink("/proc/self/fd", f"{ROOT}/dev/fd")


def start_adbd(phone: dict[str, Any]) -> int:
    user = {"PHONE_UID": str(SHELL_USER)} if shell_user_exists() else {}
    child = os.fork()
    if child == 0:
        if not user:  # only uid 0 exists: take its powers away, as a phone's shell has none
            for capability in range(LAST_CAPABILITY + 1):
                _libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0)
        os.execve("/system/bin/adbd", ["adbd"], {**phone["environment"], **user})
    return child


def wait_for(child: int) -> None:
    """Wait for this child, burying those whose parents died."""
    while os.wait()[0] != child:
        pass


def switch_off(booter: int, init: int) -> None:
    os.kill(init, signal.SIGKILL)
    os.waitpid(booter, 0)  # it waits for init, which the kernel lets go only after all others


def serve(phone: dict[str, Any]) -> None:
    """Carry out commands until nobody can send any more."""
    running: tuple[int, int] | None = None
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "boot":
            running = start_boot(phone)
            answer = running[1]
        elif command == "off" and running:
            switch_off(*running)
            running, answer = None, 0
        elif command == "data_bytes":
            mount("tmpfs", f"{ROOT}/data", "tmpfs", REMOUNT, f"size={arguments[0]}")
            answer = 0
        else:
            raise ValueError(f"cannot do {line!r} now")
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    if running:
        switch_off(*running)


def main() -> None:
    os.setsid()  # a Ctrl-C is for the test, which then ends the phone in order
    phone = json.loads(sys.stdin.readline())
    enter_namespaces()
    build_root(phone)
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    serve(phone)


if __name__ == "__main__":
    main()
