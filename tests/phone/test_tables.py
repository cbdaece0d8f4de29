"""What a stranger reads of `ghostbench devices` and `doctor`: the tables as they are printed."""

import re
from pathlib import Path

import pytest

from ghostbench.cli.main import main
from tests.phone.conftest import StartPhone

pytestmark = pytest.mark.usefixtures("_own_state_folder")
# What this computer is like, and not the phone.
OURS = ("load", "date")

HIDDEN = """\
what            value
phone           Example PHN-L29 (emulated: its kernel is KERNEL)
build           example/PHN-L29/PHN:12/SP1A.210812.016/1:user/release-keys
system          Android 12, kernel 4.14.116-android12
SoC             Kirin980
ABI             arm64-v8a
pages           4 KB
memory          6.0 GB
profile         generic-arm64
default core    7 (prime)
thermal status  the phone does not let the shell read it
battery         87 %, charging
cannot be read  maximum clocks, clocks now, governors, time at each clock, thermal status, thermal sensors, thermal zones

core  cluster  max MHz  MHz now  capacity  governor
0     little         -        -       312         -
1     little         -        -       312         -
2     little         -        -       312         -
3     little         -        -       312         -
4     big            -        -       756         -
5     big            -        -       756         -
6     prime          -        -      1024         -
7     prime          -        -      1024         -

sensor      C
battery  29.0
"""  # noqa: E501  as it is printed

HOT = """\
check           verdict  seen
leftovers       pass     no setting is left changed by an earlier run
abi             pass     arm64-v8a
page-size       pass     pages of 4 KB
android         pass     Android 12, API 31
build           pass     a user build
real            fail     emulated: its kernel is KERNEL
tools           pass     all there, and programs in /data/local/tmp run
free-space      warn     N MB free
connection      warn     adb over the network: its radio wakes the phone while it is measured, and airplane mode cannot be used
cores           pass     8, all switched on
clocks          warn     held below their maximum: core 6 to 1804 of 2600 MHz, core 7 to 1804 of 2600 MHz
battery         pass     87 %
charging        pass     charging, powered by USB, up to 500 mA
battery-saver   pass     off
thermal-status  fail     2 (moderate)
temperature     warn     46.1 C (skin:skin)
sensors         pass     13 readable
screen          warn     asleep
stay-awake      warn     the screen goes dark by itself
mirroring       pass     none
animations      warn     on
airplane-mode   warn     off, as it must be while adb is over the network
"""  # noqa: E501  as it is printed

TO_DO = """\

what to do, what fails first:
real: use it to try things out; its times mean nothing
thermal-status: let it cool: screen off, out of its case, off the charger
free-space: remove apps or files: a nearly full phone is slow to write
connection: plug it in with a cable
clocks: let the phone cool, and switch power saving off
temperature: let it cool to 40 C
screen: adb -s SERIAL shell input keyevent KEYCODE_WAKEUP (a run does so itself)
stay-awake: adb -s SERIAL shell svc power stayon usb (a run does so itself)
animations: adb -s SERIAL shell settings put global window_animation_scale 0 (a run does so itself)
airplane-mode: plug it in with a cable
"""


@pytest.fixture
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))


def steady(text: str, serial: str) -> str:
    """The text without what differs between computers and runs."""
    kept = [line for line in text.splitlines() if not re.match(rf"({'|'.join(OURS)})\b", line)]
    kernel = r"its kernel is \S+, though `uname` says [^)\s]+"
    text = re.sub(kernel, "its kernel is KERNEL", "\n".join(kept))
    return re.sub(r"\d+ MB free", "N MB free", text.replace(serial, "SERIAL")) + "\n"


def test_a_phone_that_hides_its_clocks_is_shown_with_what_it_tells(
    start_phone: StartPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = start_phone("hidden_cpufreq")
    assert main(["devices", phone.serial]) == 0
    assert steady(capsys.readouterr().out, phone.serial) == HIDDEN


def test_the_doctor_tells_of_a_hot_phone_what_is_amiss_and_what_to_type(
    start_phone: StartPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = start_phone("hot")
    assert main(["doctor", phone.serial]) == 1
    told = capsys.readouterr()
    assert steady(told.out, phone.serial) == HOT
    assert steady(told.err, phone.serial) == TO_DO


def test_a_phone_whose_clocks_are_capped_without_a_word_is_found_by_the_doctor(
    start_phone: StartPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = start_phone("samsung_cap")
    main(["doctor", phone.serial])
    assert "core 7 to 1824 of 2803 MHz" in capsys.readouterr().out


def test_a_phone_without_power_is_not_said_to_charge(
    start_phone: StartPhone, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["doctor", start_phone("low_battery").serial])
    assert "discharging, powered by nothing\n" in capsys.readouterr().out
