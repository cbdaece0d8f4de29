"""The made-up Android: what its commands say and change. The code under test never knows that it is made up."""

import pytest

from tests.virtual_phone.phone import VirtualPhone


def test_settings_are_kept_and_read_back(phone: VirtualPhone) -> None:
    assert phone.shell("settings get global window_animation_scale") == "1.0"
    assert phone.shell("settings put global window_animation_scale 0") == ""
    assert phone.shell("settings get global window_animation_scale") == "0"
    assert phone.setting("global", "window_animation_scale") == "0"
    assert phone.shell("settings get global never_set") == "null"
    assert phone.shell("settings delete global window_animation_scale") == "Deleted 1 rows"
    assert phone.setting("global", "window_animation_scale") is None
    assert "low_power=0" in phone.shell("settings list global").split()


def test_staying_on_is_a_setting_and_wakes_the_screen(phone: VirtualPhone) -> None:
    assert "mWakefulness=Asleep" in phone.shell("dumpsys power")
    phone.shell("svc power stayon usb")
    assert phone.shell("settings get global stay_on_while_plugged_in") == "2"
    assert "mWakefulness=Awake" in phone.shell("dumpsys power")


def test_a_key_wakes_the_phone_and_the_keyguard_can_be_dismissed(phone: VirtualPhone) -> None:
    assert "isKeyguardShowing=true" in phone.shell("dumpsys window policy")
    phone.shell("input keyevent KEYCODE_WAKEUP && wm dismiss-keyguard")
    assert "mWakefulness=Awake" in phone.shell("dumpsys power")
    assert "isKeyguardShowing=false" in phone.shell("dumpsys window policy")


def test_airplane_mode_switches_the_radio_and_the_setting_alone_does_not(
    phone: VirtualPhone,
) -> None:
    phone.shell("settings put global airplane_mode_on 1")
    assert phone.shell("cmd connectivity airplane-mode") == "disabled"
    phone.shell("cmd connectivity airplane-mode enable")
    assert phone.shell("cmd connectivity airplane-mode") == "enabled"


def test_modes_of_the_power_service_are_kept(phone: VirtualPhone) -> None:
    assert phone.shell("cmd power set-fixed-performance-mode-enabled true; echo $?") == "0"
    assert phone.read("/phone/power/fixed_performance") == "true\n"
    phone.shell("cmd power set-mode 1")
    assert phone.setting("global", "low_power") == "1"
    phone.shell("dumpsys deviceidle force-idle")
    assert "IDLE" in phone.shell("dumpsys deviceidle")
    phone.shell("dumpsys deviceidle unforce")
    assert "ACTIVE" in phone.shell("dumpsys deviceidle")


def test_a_battery_that_somebody_faked_says_so(phone: VirtualPhone) -> None:
    assert "UPDATES STOPPED" not in phone.shell("dumpsys battery")
    phone.shell("dumpsys battery set level 5")
    dump = phone.shell("dumpsys battery")
    assert "(UPDATES STOPPED -- use 'reset' to restart)" in dump
    assert "level: 5" in dump
    phone.shell("dumpsys battery reset")
    dump = phone.shell("dumpsys battery")
    assert "UPDATES STOPPED" not in dump
    assert "level: 87" in dump


def test_an_overridden_thermal_status_says_so(phone: VirtualPhone) -> None:
    assert phone.shell("dumpsys thermalservice").startswith("IsStatusOverride: false")
    phone.shell("cmd thermalservice override-status 3")
    dump = phone.shell("dumpsys thermalservice")
    assert dump.startswith("IsStatusOverride: true")
    assert "Thermal Status: 3" in dump
    phone.shell("cmd thermalservice reset")
    assert "Thermal Status: 0" in phone.shell("dumpsys thermalservice")


@pytest.mark.parametrize("phone", ["pages_16k"], indirect=True)
def test_a_temperature_can_be_injected_on_a_new_android(phone: VirtualPhone) -> None:
    phone.shell("cmd thermalservice inject-temperature SKIN SEVERE skin 52.5")
    dump = phone.shell("dumpsys thermalservice")
    assert "Temperature{mValue=52.5, mType=3, mName=skin, mStatus=3}" in dump


def test_the_dump_has_the_order_of_the_real_one(phone: VirtualPhone) -> None:
    dump = phone.shell("dumpsys thermalservice")
    headings = [
        "IsStatusOverride: ",
        "ThermalEventListeners:",
        "ThermalStatusListeners:",
        "Thermal Status: ",
        "Cached temperatures:",
        "HAL Ready: ",
        "HAL connection:",
        "Current temperatures from HAL:",
        "Current cooling devices from HAL:",
        "Temperature static thresholds from HAL:",
    ]
    places = [dump.index(heading) for heading in headings]
    assert places == sorted(places)


def test_a_core_that_does_not_exist_or_is_off_cannot_be_pinned(phone: VirtualPhone) -> None:
    assert phone.shell("taskset 80 echo ran") == "ran"
    assert "Invalid argument" in phone.shell("taskset 100 echo ran")
    phone.take_core_offline(7)
    assert "Invalid argument" in phone.shell("taskset 80 echo ran")
    assert phone.read("/phone/masks").split() == ["80"]


def test_properties_that_belong_to_the_build_cannot_be_set(phone: VirtualPhone) -> None:
    phone.shell("setprop debug.tflite.trace 1")
    assert phone.shell("getprop debug.tflite.trace") == "1"
    assert "Failed to set property" in phone.shell("setprop ro.build.type eng")
    assert phone.shell("getprop ro.build.type") == "user"
    assert phone.shell("getprop no.such.property fallback") == "fallback"


def test_everyday_commands_answer(phone: VirtualPhone) -> None:
    assert phone.shell("uname -m") == "aarch64"
    assert phone.shell("getconf PAGESIZE; nproc") == "4096\n8"
    assert phone.shell("am kill-all; input keyevent 224; wm dismiss-keyguard; echo done") == "done"
    assert "800%cpu" in phone.shell("top -b -n 1")
    assert len(phone.shell("cat /proc/loadavg").split()) == 5
    assert phone.shell("cat /proc/stat").startswith("cpu ")
    assert "/data" in phone.shell("df /data/local/tmp")
    assert phone.shell("printf x | sha256sum").startswith("2d711642b726b04401627ca9fbac32f5")
    assert "screen.sharing" not in phone.shell("dumpsys SurfaceFlinger")
    assert phone.shell("settaskprofile $$ MaxPerformance; echo $?") == "0"


def test_services_that_are_not_there_say_so(phone: VirtualPhone) -> None:
    assert phone.shell("dumpsys nonsense") == "Can't find service: nonsense"
    assert phone.shell("cmd nonsense; echo $?") == "20\ncmd: Can't find service: nonsense"


def test_every_command_line_is_kept_in_order(phone: VirtualPhone) -> None:
    phone.shell("true")
    phone.shell("echo 'two words' | cat\necho next line")
    assert phone.commands() == ["true", "echo 'two words' | cat\necho next line"]
    phone.forget_commands()
    assert phone.commands() == []


def test_what_a_computer_has_but_a_phone_has_not_is_not_there(phone: VirtualPhone) -> None:
    assert phone.shell("which busybox wget vi python3 bash apt-get") == ""
