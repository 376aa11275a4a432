"""Two processes under torchrun learn one model together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from promo_engine.user_model import load_user_model
from tools.once import ROOT

WORKER = """
import sys
from dataclasses import replace
from pathlib import Path
from promo_engine.user_model.training import fit, processes
from promo_engine.user_model import ShopCustomerModel
from promo_engine.user_model.model_files import save_user_model
from tests.support.simulated import TINY_MODEL, TINY_TRAINING, simulated_history
model, report = fit.run(
    simulated_history(), model=TINY_MODEL, training=replace(TINY_TRAINING, epochs=2), show_progress=False
)
assert report.stopping_losses[1] < report.stopping_losses[0], report
save_user_model(ShopCustomerModel.plain(model), Path(sys.argv[1]) / str(processes.rank()), trained_on={})
"""


def test_all_processes_end_with_the_same_weights(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    ended = subprocess.run(
        [*command, str(tmp_path / "worker.py"), str(tmp_path)],
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    versions = {load_user_model(tmp_path / rank).version for rank in ("0", "1")}
    assert len(versions) == 1
