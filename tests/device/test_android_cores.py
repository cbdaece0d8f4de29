import pytest

from ghostbench.core.device import Core, DeviceInfo
from ghostbench.core.errors import DeviceError, UnknownName, UsageError
from ghostbench.device.android_cores import CoreFacts, choose_core, read_cores

CPU = "/sys/devices/system/cpu"


def sysfs(
    clocks: dict[int, int] | None = None,
    capacities: dict[int, int] | None = None,
    *,
    count: int = 8,
    online: str | None = None,
) -> dict[str, str]:
    last = count - 1
    files = {f"{CPU}/possible": f"0-{last}", f"{CPU}/online": online or f"0-{last}"}
    for index, clock in (clocks or {}).items():
        files[f"{CPU}/cpu{index}/cpufreq/cpuinfo_max_freq"] = str(clock)
    for index, capacity in (capacities or {}).items():
        files[f"{CPU}/cpu{index}/cpu_capacity"] = str(capacity)
    return files


def cpuinfo(*parts: int, maker: int = 0x41) -> str:
    return "\n".join(
        f"processor\t: {i}\nFeatures\t: fp asimd\nCPU implementer\t: 0x{maker:02x}\nCPU part\t: 0x{part:03x}\n"
        for i, part in enumerate(parts)
    )


def clusters(facts: CoreFacts) -> str:
    letters = {"prime": "P", "big": "B", "little": "l", "all": "=", "unknown": "?"}
    return "".join(letters[core.cluster] for core in facts.cores)


KIRIN_CLOCKS = {**dict.fromkeys(range(4), 1805000), 4: 1920000, 5: 1920000, 6: 2600000, 7: 2600000}


def test_maximum_clocks_tell_three_clusters_apart() -> None:
    facts = read_cores(sysfs(KIRIN_CLOCKS), "")
    assert clusters(facts) == "llllBBPP"
    assert facts.clusters_from == "maximum clock"
    assert facts.cores[7].max_mhz == 2600.0


def test_capacities_come_before_clocks() -> None:
    capacities = {0: 300, 1: 300, 2: 1024, 3: 1024}
    facts = read_cores(
        sysfs({0: 2400000, 1: 2400000, 2: 2000000, 3: 2000000}, capacities, count=4), ""
    )
    assert clusters(facts) == "llBB"
    assert facts.clusters_from == "capacity"


def test_equal_capacities_say_nothing_where_clocks_differ() -> None:
    facts = read_cores(sysfs(KIRIN_CLOCKS, dict.fromkeys(range(8), 1024)), "")
    assert clusters(facts) == "llllBBPP"


def test_cores_are_alike_only_when_clocks_and_capacities_say_so() -> None:
    same = read_cores(
        sysfs(dict.fromkeys(range(4), 1800000), dict.fromkeys(range(4), 1024), count=4), ""
    )
    assert clusters(same) == "===="
    hidden = read_cores(sysfs(dict.fromkeys(range(4), 1800000), count=4), "")
    assert clusters(hidden) == "????"


def test_where_clocks_are_hidden_part_numbers_tell_large_from_small() -> None:
    facts = read_cores(sysfs(), cpuinfo(*[0xD05] * 4, *[0xD0B] * 4))
    assert clusters(facts) == "llllBBBB"
    assert facts.clusters_from == "part number"
    assert facts.designs[7] == "Cortex-A76"
    assert facts.cores[7].max_mhz is None


def test_hidden_cores_of_one_design_are_not_called_alike() -> None:
    assert "=" not in clusters(read_cores(sysfs(count=2), cpuinfo(0xD0B, 0xD0B)))


def test_cores_of_an_unknown_maker_are_unknown() -> None:
    facts = read_cores(sysfs(count=2), cpuinfo(0x001, 0x002, maker=0x53))
    assert clusters(facts) == "??"
    assert facts.designs[0] == "implementer 0x53 part 0x001"


def test_nothing_at_all_gives_no_cores() -> None:
    assert read_cores({}, "").cores == ()


def test_a_core_that_is_off_is_listed_and_named() -> None:
    facts = read_cores(sysfs(KIRIN_CLOCKS, online="0-5,7"), "")
    assert len(facts.cores) == 8
    assert facts.offline == (6,)


@pytest.mark.parametrize("value", ["", "Permission denied", "-1", "²"])
def test_a_file_that_holds_no_number_is_hidden(value: str) -> None:
    files = sysfs(count=1) | {f"{CPU}/cpu0/cpufreq/cpuinfo_max_freq": value}
    assert read_cores(files, "").cores[0].max_mhz is None


def phone(*named: str) -> DeviceInfo:
    return DeviceInfo(
        name="P",
        kind="android",
        title="P",
        machine="aarch64",
        os="Android 14",
        kernel="5",
        cores=tuple(Core(index=i, cluster=name) for i, name in enumerate(named)),
    )


KIRIN = phone(*["little"] * 4, "big", "big", "prime", "prime")


@pytest.mark.parametrize(("wanted", "index"), [("prime", 7), ("big", 5), ("little", 3), ("2", 2)])
def test_one_core_of_what_was_asked_for_is_chosen(wanted: str, index: int) -> None:
    assert choose_core(KIRIN, wanted).index == index


def test_without_a_wish_it_is_the_profiles_default() -> None:
    assert choose_core(KIRIN, None, default="big").cluster == "big"


def test_without_a_profile_it_is_the_fastest_kind() -> None:
    assert choose_core(KIRIN, None).index == 7


def test_a_default_that_the_phone_has_not_gives_way_but_a_wish_does_not() -> None:
    two = phone("little", "big")
    assert choose_core(two, None, default="prime").cluster == "big"
    with pytest.raises(UnknownName, match="prime"):
        choose_core(two, "prime")


def test_core_0_is_left_to_interrupts() -> None:
    assert choose_core(phone("prime", "prime", "little"), "prime").index == 1


def test_a_core_that_is_off_is_not_chosen() -> None:
    assert choose_core(KIRIN, "prime", offline=(7,)).index == 6
    with pytest.raises(DeviceError, match="switched off"):
        choose_core(KIRIN, "prime", offline=(6, 7))
    with pytest.raises(DeviceError, match="switched off"):
        choose_core(KIRIN, "7", offline=(7,))


def test_a_core_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no core 8"):
        choose_core(KIRIN, "8")


def test_a_profile_names_the_clusters_of_a_phone_that_hides_them() -> None:
    hidden = phone(*["unknown"] * 8)
    choice = choose_core(hidden, "prime", clusters={"prime": (6, 7), "little": (0, 1, 2, 3)})
    assert choice.index == 7


def test_what_the_phone_says_comes_before_the_profile() -> None:
    assert choose_core(KIRIN, "big", clusters={"big": (0, 1)}).index == 5


def test_of_unequal_cores_in_a_cluster_the_fastest_is_chosen() -> None:
    info = DeviceInfo(
        name="P", kind="android", title="P", machine="aarch64", os="A", kernel="5",
        cores=(
            Core(index=2, cluster="big", max_mhz=3150),
            Core(index=5, cluster="big", max_mhz=2960),
        ),
    )  # fmt: skip
    assert choose_core(info, "big").index == 2
