"""The known symmetries of crystals are right: by trying every matrix and shift; and `crystal_gap` sees what differs."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.testing import crystal_gap, crystal_oracles

ORACLES = crystal_oracles()
EVERY = pytest.mark.parametrize("oracle", ORACLES, ids=lambda oracle: oracle.name)


def data(oracle, **fields):
    return Data(pos=oracle.positions, cell=oracle.cell[None], z=oracle.species, **fields)


def batch_of(*items):
    return Batch.from_data_list(list(items))


@EVERY
def test_orders(oracle):
    """Whole matrices with entries of size one that keep the metric, and shifts of the first atom to one like it."""
    cell = oracle.cell
    W = torch.cartesian_prod(*[torch.tensor([-1.0, 0, 1], dtype=torch.float64)] * 9).reshape(-1, 3, 3)
    W = W[((W.mT @ (cell @ cell.T) @ W - cell @ cell.T).abs() < 1e-9).flatten(1).all(1)]
    scaled = oracle.positions @ torch.linalg.inv(cell)
    alike = oracle.species[:, None] == oracle.species
    moved = scaled @ W.mT  # (k, n, 3)
    shift = scaled[alike[0]] - moved[:, :1]  # (k, m, 3)
    gap = (moved[:, None] + shift[:, :, None])[:, :, :, None] - scaled
    near = ((gap - gap.round()).abs().amax(-1) < 1e-9) & alike
    kept = near.any(-1).all(-1)
    assert int(kept.sum()) == oracle.order
    assert int(kept[torch.linalg.det(W) > 0].sum()) == oracle.rotations


@EVERY
def test_names(oracle):
    pytest.importorskip("moyopy")
    from symbreak.symmetry.crystals import crystal_symmetry

    assert crystal_symmetry(oracle.cell, oracle.positions, oracle.species).number == oracle.number


def test_one_crystal_written_down_twice():
    one = next(oracle for oracle in ORACLES if oracle.name == "quartz")
    order = torch.randperm(9)
    basis = torch.tensor([[1, 1, 0], [0, 1, -1], [1, 1, 1]]).double()
    steps = torch.randint(-2, 3, (9, 3)).double()
    charge = torch.arange(9.0)[:, None]
    again = Data(
        pos=(one.positions + steps @ one.cell)[order],
        cell=(basis @ one.cell)[None],
        z=one.species[order],
        charge=charge[order],
    )
    one = batch_of(data(one, charge=charge))
    assert crystal_gap(one, batch_of(again)) < 1e-12
    again.charge[3] += 0.25
    assert crystal_gap(one, batch_of(again)) == pytest.approx(0.25)
    again.pos[2] += torch.tensor([0.0, 0.3, 0.4])
    assert crystal_gap(one, batch_of(again)) == pytest.approx(0.5)


def test_crystals_that_differ():
    salt, cubic = (data(oracle) for oracle in (ORACLES[1], ORACLES[0]))
    turned = salt.clone()
    turned.z = salt.z.flip(0)
    shifted = salt.clone()
    shifted.pos = salt.pos + 1.0
    wider = salt.clone()
    wider.cell = 2 * salt.cell
    longer = salt.clone()
    longer.cell = salt.cell + 0.01 * torch.eye(3)
    x = batch_of(salt)
    assert crystal_gap(x, batch_of(turned)) == pytest.approx(2.06 * math.sqrt(3))
    assert crystal_gap(x, batch_of(shifted)) == pytest.approx(math.sqrt(3))
    assert crystal_gap(x, batch_of(wider)) == math.inf
    assert crystal_gap(x, batch_of(longer)) == pytest.approx(0.01)
    assert crystal_gap(x, batch_of(cubic)) == math.inf
    assert crystal_gap(batch_of(salt, cubic), batch_of(salt, cubic)) == 0
    merged = salt.clone()
    merged.z = torch.tensor([17, 17])
    assert crystal_gap(x, batch_of(merged)) == math.inf
