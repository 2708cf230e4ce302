import numpy as np
import pytest
import torch

from symbreak.data import ising
from symbreak.report import ising_phases


@pytest.mark.parametrize("sign", [1, -1])
def test_closed_forms_agree_with_the_data_module(sign):
    jy, h = torch.meshgrid(torch.linspace(-3, 3, 13), torch.linspace(-2, 2, 9), indexing="ij")
    jy, h = jy.double(), h.double()
    ours = ising_phases.phase_energies(1.0, jy.numpy(), h.numpy(), sign).min(0)
    assert np.allclose(ours, ising.ground_energy(1.0, jy, h, sign).numpy())
    uniform = ising_phases.uniform_energy(1.0, jy.numpy(), h.numpy(), sign)
    assert np.allclose(uniform, ising.uniform_energy(1.0, jy, h, sign).numpy())
    for b, field in [(-2.0, 0.5), (2.0, -0.5), (-0.2, 1.0)]:
        spins = ising_phases.ground_spins(1.0, b, field, 4, sign)
        assert np.array_equal(spins, ising.ground_state(1.0, b, field, 4, sign)[0].numpy())


def test_the_boundary_of_stripes_is_at_h_equal_to_twice_jy():
    jy = np.array([-1.0, -0.5, -0.25])
    (margin,) = ising_phases.boundaries(1.0, jy, 2 * np.abs(jy), sign=1)
    assert np.allclose(np.diag(margin), 0)


def test_the_antiferromagnet_has_one_boundary_at_jy_zero():
    (margin,) = ising_phases.boundaries(1.0, np.array([-1.0, 0.0, 1.0]), np.array([0.0, 1.0]), sign=-1)
    assert np.allclose(margin[1], 0)
