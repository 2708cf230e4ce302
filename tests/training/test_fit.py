import io
import os
import random
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from lightning.pytorch import LightningModule
from torch import nn
from torch.utils.data import TensorDataset

from symbreak.groups.randomness import SampleKeys, normal
from symbreak.training import fit


class Toy(LightningModule):
    """Uses everything that a resume must carry: Adam, batch statistics, a schedule, dropout, keyed draws."""

    def __init__(self, interval="epoch"):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
        self.interval = interval
        self.seen = []

    def training_step(self, batch, batch_idx):
        (x, y), index = batch
        self.seen.append((self.current_epoch, index.tolist()))
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 1
        noise = normal((len(x), 2), generator=SampleKeys(index, seed=3, epoch=self.current_epoch))
        loss = (self.net(torch.cat([x, noise.to(x)], -1)) - y).square().mean()
        self.log("loss", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-2)
        if self.interval == "plateau":
            scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": "loss"}}
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": self.interval}}


def dataset(samples=50):
    x = torch.randn(samples, 4, generator=torch.Generator().manual_seed(1))
    return TensorDataset(x, x.sum(-1, keepdim=True))


def toy_fit(folder, *, module=None, epochs=4, **options):
    module = Toy() if module is None else module
    return fit(module, dataset(), folder=folder, epochs=epochs, **{"batch_size": 16, "seed": 5, **options})


def flat(value, name=""):
    if isinstance(value, dict):
        return {k: v for key in value for k, v in flat(value[key], f"{name}/{key}").items()}
    if isinstance(value, list | tuple):
        return {k: v for i, item in enumerate(value) for k, v in flat(item, f"{name}/{i}").items()}
    return {name: value}


def assert_same_bits(folder, other):
    """Weights, optimizer, schedule, counters, curve: all that the two folders hold, but the seconds."""
    one, two = (flat(torch.load(path / "last.ckpt", weights_only=True)) for path in (folder, other))
    assert one.keys() == two.keys()
    for name in one:
        if name.endswith("/seconds"):
            continue
        if isinstance(one[name], torch.Tensor):
            assert one[name].dtype == two[name].dtype, name
            assert torch.equal(one[name], two[name]), name
        else:
            assert one[name] == two[name], name
    assert (folder / "curve.jsonl").read_bytes() == (other / "curve.jsonl").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["curve.jsonl", "last.ckpt"]


class Stop(Exception):
    pass


def stop_after(last):
    def on_epoch(epoch, metrics):
        if epoch == last:
            raise Stop

    return on_epoch


@pytest.mark.parametrize("interval", ["epoch", "step"])
def test_a_stopped_fit_goes_on_to_the_same_bits(tmp_path, interval):
    whole = Toy(interval)
    result = toy_fit(tmp_path / "whole", module=whole, epochs=5)
    seen = []
    for last in (0, 2):
        part = Toy(interval)
        with pytest.raises(Stop):
            toy_fit(tmp_path / "parts", module=part, epochs=5, resume=True, on_epoch=stop_after(last))
        seen += part.seen
        torch.rand(7)  # what else the process draws must not matter
    part = Toy(interval)
    resumed = toy_fit(tmp_path / "parts", module=part, epochs=5, resume=True)
    assert seen + part.seen == whole.seen
    assert_same_bits(tmp_path / "whole", tmp_path / "parts")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, part.state_dict()[name])
    assert resumed.curve == result.curve
    assert [row["epoch"] for row in result.curve] == [0, 1, 2, 3, 4]


@pytest.mark.slow  # the command line does the same in CI
def test_a_fit_killed_at_any_moment_goes_on_to_the_same_bits(tmp_path):
    epochs = 40
    toy_fit(tmp_path / "whole", epochs=epochs)
    chance = random.Random(0)
    command = [sys.executable, __file__, str(tmp_path / "killed"), str(epochs)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for last in (3, 17):  # the second process resumes what the first left
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stdout is not None
            while int(process.stdout.readline()) < last:
                pass
            try:
                process.wait(timeout=chance.uniform(0, 0.05))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    for leftover in (tmp_path / "killed").glob(".*.tmp"):  # RunFolder does this
        leftover.unlink()
    toy_fit(tmp_path / "killed", epochs=epochs, resume=True)
    assert_same_bits(tmp_path / "whole", tmp_path / "killed")


def test_a_finished_fit_is_read_back_and_its_seconds_add_up(tmp_path):
    with pytest.raises(Stop):
        toy_fit(tmp_path, on_epoch=stop_after(1))
    half = torch.load(tmp_path / "last.ckpt", weights_only=True)["callbacks"]["EpochCheckpoint"]["seconds"]
    first = Toy()
    result = toy_fit(tmp_path, module=first, resume=True)
    assert result.seconds > half > 0
    again, calls = Toy(), []
    assert toy_fit(tmp_path, module=again, resume=True, on_epoch=lambda *call: calls.append(call)) == result
    assert not calls
    assert torch.equal(first.net[0].weight, again.net[0].weight)


def test_every_sample_comes_once_an_epoch_in_an_order_of_its_own(tmp_path):
    one, two, other = Toy(), Toy(), Toy()
    toy_fit(tmp_path / "1", module=one)
    toy_fit(tmp_path / "2", module=two)
    toy_fit(tmp_path / "3", module=other, seed=6)
    assert one.seen == two.seen != other.seen
    orders = [sum((index for e, index in one.seen if e == epoch), []) for epoch in range(4)]
    assert all(sorted(order) == list(range(50)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert [len(index) for epoch, index in one.seen if epoch == 0] == [16, 16, 16, 2]


def test_the_curve_is_told_written_and_returned(tmp_path):
    told = []
    result = toy_fit(tmp_path, epochs=2, on_epoch=lambda epoch, metrics: told.append((epoch, metrics)))
    assert told == [(row["epoch"], {"loss": row["loss"]}) for row in result.curve]
    lines = (tmp_path / "curve.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith('{"epoch": 0, "loss": ')


def test_a_curve_that_diverged_is_still_json(tmp_path):
    class Diverging(Toy):
        def training_step(self, batch, batch_idx):
            self.log("bad", float("nan"), on_epoch=True, on_step=False)
            return super().training_step(batch, batch_idx)

    result = toy_fit(tmp_path, module=Diverging(), epochs=1)
    assert result.curve[0]["bad"] != result.curve[0]["bad"]
    assert '"bad": null' in (tmp_path / "curve.jsonl").read_text()


def test_it_says_nothing_and_leaves_no_state(tmp_path, capfd):
    torch.manual_seed(11)
    expected = torch.rand(1)
    torch.manual_seed(11)
    handler = signal.getsignal(signal.SIGINT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        toy_fit(tmp_path, epochs=1)
    assert capfd.readouterr() == ("", "")
    assert torch.equal(torch.rand(1), expected)
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_raises_keyboard_interrupt_and_the_fit_can_go_on(tmp_path):
    def interrupt(epoch, metrics):
        if epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)

    toy_fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        toy_fit(tmp_path / "broken", on_epoch=interrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    toy_fit(tmp_path / "broken", resume=True)
    assert_same_bits(tmp_path / "whole", tmp_path / "broken")


def _cut(data):
    return data[: len(data) // 2]


def _flip(data):
    """Changes one bit of one weight: torch itself would read it without a word."""
    weight = torch.load(io.BytesIO(data), weights_only=True)["state_dict"]["net.0.weight"]
    at = data.index(weight.numpy().tobytes())
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("damage", [_cut, _flip, lambda data: b"", lambda data: b"not a checkpoint"])
def test_a_corrupt_checkpoint_is_named_with_the_way_out(tmp_path, damage):
    toy_fit(tmp_path, epochs=1)
    path = tmp_path / "last.ckpt"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"checkpoint .*last\.ckpt is corrupt .*Delete it to restart that row"):
        toy_fit(tmp_path, resume=True)
    path.unlink()
    assert toy_fit(tmp_path, epochs=2, resume=True).epochs == 2


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "pwned"),)

    torch.save({"callbacks": Evil()}, tmp_path / "last.ckpt")
    with pytest.raises(ValueError, match="corrupt"):
        toy_fit(tmp_path, resume=True)
    assert not (tmp_path / "pwned").exists()


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(ValueError, match="epochs is 0 and batch_size is 16, but both count from 1"):
        toy_fit(tmp_path, epochs=0)
    with pytest.raises(ValueError, match="data set is empty"):
        fit(Toy(), torch.zeros(0, 4), folder=tmp_path, epochs=1, batch_size=1, seed=0)
    with pytest.raises(ValueError, match=r"'cuda:99' was asked for, but torch sees \d+ CUDA devices"):
        toy_fit(tmp_path, device="cuda:99")
    with pytest.raises(ValueError, match="device 'gpu' is not to be had"):
        toy_fit(tmp_path, device="gpu")
    with pytest.raises(ValueError, match="ReduceLROnPlateau"):
        toy_fit(tmp_path, module=Toy("plateau"))
    toy_fit(tmp_path, epochs=2)
    with pytest.raises(ValueError, match="is there already"):
        toy_fit(tmp_path, epochs=2)
    with pytest.raises(ValueError, match="was made with seed 5, now it is 6"):
        toy_fit(tmp_path, epochs=2, resume=True, seed=6)
    with pytest.raises(ValueError, match="holds 2 epochs, but 1 are asked"):
        toy_fit(tmp_path, epochs=1, resume=True)


if __name__ == "__main__":  # FOLDER EPOCHS: fit, or go on
    toy_fit(Path(sys.argv[1]), epochs=int(sys.argv[2]), resume=True, on_epoch=lambda e, m: print(e, flush=True))
