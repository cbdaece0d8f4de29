"""What of the ONNX tools' script needs none of the tools."""

import subprocess
import sys
from pathlib import Path

import psutil

from ghostbench.zoo import onnx_tools


def test_the_tools_die_with_the_process_that_started_them() -> None:
    place = str(Path(onnx_tools.__file__).parent)
    tool = (
        f"import sys, time; sys.path.insert(0, {place!r}); import onnx_tools\n"
        "onnx_tools.die_with_parent(); print('ready', flush=True); time.sleep(600)"
    )
    starter = (
        "import subprocess, sys, time\n"
        f"tool = subprocess.Popen([sys.executable, '-c', {tool!r}], stdout=subprocess.PIPE)\n"
        "tool.stdout.readline(); print(tool.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=30)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
