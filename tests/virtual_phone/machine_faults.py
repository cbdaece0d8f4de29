"""What can go wrong with an emulated machine: faults of a real kernel, network card, disk and clock."""

from typing import Protocol

from tests.virtual_phone.qemu import NIC, Qemu

FILLER = "/data/.filler"
HOG = "/run/hog"
# Above what LiteRT and adbd need: less would be a matter of luck whom the kernel kills first.
LEAST_LEFT_BYTES = 24 * 2**20


class Machine(Protocol):
    """What faults need of a machine."""

    @property
    def qemu(self) -> Qemu:
        """The emulator."""

    def root(self, line: str, *, timeout_s: float = 20.0) -> str:
        """What a command line prints when root runs it."""

    def read(self, path: str) -> str:
        """The text of a file."""

    def process_ids(self, program: str) -> list[int]:
        """Who runs under that name."""


class MachineFaults:
    """The part of an emulated machine that breaks it."""

    def pause(self: Machine) -> None:
        """It hangs: no instruction is carried out any more, and its clock stands."""
        self.qemu.ask("stop")

    def resume(self: Machine) -> None:
        """It runs on."""
        self.qemu.ask("cont")

    def cut_network(self: Machine) -> None:
        """The cable is out: nothing arrives, and nobody is told."""
        self.qemu.ask("set_link", name=NIC, up=False)

    def mend_network(self: Machine) -> None:
        """The cable is in again."""
        self.qemu.ask("set_link", name=NIC, up=True)

    def restart_adbd(self: Machine) -> None:
        """adbd crashes; init starts it again."""
        self.root("killall -9 adbd")

    def set_clock(self: Machine, seconds: float) -> None:
        """The kernel's date, in seconds since 1970."""
        self.root(f"date -s @{round(seconds)}", timeout_s=120.0)

    def jump_clock(self: Machine, seconds: int) -> None:
        """The kernel's date is wrong by so much more, of files too; what counts from the start is not."""
        self.root(f"date -s @$(($(date +%s) + {seconds}))")

    def take_core_offline(self: Machine, cpu: int) -> None:
        """The kernel switches the core off."""
        self.root(f"echo 0 >/sys/devices/system/cpu/cpu{cpu}/online")

    def bring_core_online(self: Machine, cpu: int) -> None:
        """The core is there again."""
        self.root(f"echo 1 >/sys/devices/system/cpu/cpu{cpu}/online")

    def fill_storage(self: Machine, *, free_bytes: int = 0) -> None:
        """Leave this much room on /data, to about a hundred kilobytes; 0 is really none."""
        self.root(
            f"rm -f {FILLER}*; sync; set -- $(stat -f -c '%a %S' /data); free=$(($1 * $2)); "
            f"if [ $free -gt {free_bytes} ]; then fallocate -l $((free - {free_bytes} - 65536)) {FILLER}; fi; "
            f"if [ {free_bytes} = 0 ]; then dd if=/dev/zero of={FILLER}2 bs=4096 2>/dev/null; fi; true"
        )

    def empty_storage(self: Machine) -> None:
        """/data has its room again."""
        self.root(f"rm -f {FILLER}*; sync")

    def use_up_memory(self: Machine, *, left_bytes: int) -> None:
        """Programs have only so much memory left, by the kernel's own account."""
        if left_bytes < LEAST_LEFT_BYTES:
            raise ValueError(f"leave {LEAST_LEFT_BYTES} bytes at least")
        self.root(
            f"mkdir -p {HOG} && mount -t tmpfs -o size=100% tmpfs {HOG} && "
            "free=$(grep MemAvailable /proc/meminfo | grep -oE '[0-9]+') && "
            f"dd if=/dev/zero of={HOG}/file bs=64k count=$(((free - {left_bytes // 1024}) / 64)) 2>/dev/null",
            timeout_s=60.0,
        )

    def free_memory(self: Machine) -> None:
        """Programs have their memory again."""
        self.root(f"umount {HOG}")

    def run_out_of_memory(self: Machine, program: str) -> int:
        """The kernel's out-of-memory killer kills this program; how many times it ran."""
        victims = self.process_ids(program)
        for victim in victims:
            # The killer takes who stands highest, and this is as high as one can stand.
            self.root(
                f"if echo 1000 2>/dev/null >/proc/{victim}/oom_score_adj; then echo f >/proc/sysrq-trigger; "
                f"for i in $(seq 200); do [ -e /proc/{victim} ] || break; usleep 20000; done; fi"
            )
        return len(victims)
