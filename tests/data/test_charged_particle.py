import math
from dataclasses import replace

import pytest
import torch

from symbreak.data.charged_particle import Fields, Samples, fly, keeping, octahedral
from symbreak.groups import Orthogonal
from symbreak.representations import Trivial, Vector
from symbreak.symmetry.order_parameters import DataPair, data_symmetry
from symbreak.symmetry.points import PointField

F64 = torch.float64


def vector(*entries):
    return torch.tensor(entries, dtype=F64)


ZERO = vector(0, 0, 0)
E, B, G = vector(0.8, 0, 0), vector(0, 1.5, 0), vector(0.3, 0, -0.4)


def start(n=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    charges = 1.0 - 2 * (torch.arange(n, dtype=F64) % 2)[:, None]
    return charges, torch.randn(n, 3, generator=generator, dtype=F64)


@pytest.mark.parametrize("dt", [0.01, 0.3, 5.0])
def test_a_magnetic_field_alone_keeps_the_speed_for_any_step(dt):
    flights = fly(*start(), Fields(ZERO, B, ZERO), dt=dt, steps=1000)
    speed = flights.velocities.norm(dim=-1)
    assert (speed / speed[0] - 1).abs().max() < 1e-12


def test_a_naive_step_heats_the_particle():
    charges, v = start()
    speed = v.norm(dim=-1)
    for _ in range(100):
        v = v + 0.1 * Fields(ZERO, B, ZERO).acceleration(charges, v)
    assert (v.norm(dim=-1) / speed - 1).abs().max() > 0.5


def test_the_drift_across_e_and_b_is_exact():
    fields = Fields(E, B, ZERO)
    drift = torch.linalg.cross(E, B) / (B @ B)
    torch.testing.assert_close(drift, vector(0, 0, 0.8 / 1.5))
    charges, velocities = start()
    flights = fly(charges, velocities, fields, dt=0.3, steps=500)
    around = (flights.velocities - drift).norm(dim=-1)  # the particle turns about the drift
    assert (around / around[0] - 1).abs().max() < 1e-12
    adrift = fly(charges, drift.expand(20, 3), fields, dt=0.3, steps=500)
    torch.testing.assert_close(adrift.positions[-1], (150 * drift).expand(20, 3), rtol=1e-12, atol=1e-12)


def test_gravity_drifts_charges_of_different_sign_apart():
    down = vector(0, 0, -0.4)
    drift = torch.linalg.cross(down, B) / (B @ B)
    charges = vector(1, -1)[:, None]
    flights = fly(charges, charges * drift, Fields(ZERO, B, down), dt=0.2, steps=100)
    torch.testing.assert_close(flights.positions[-1], 20 * charges * drift, rtol=1e-12, atol=1e-12)


def test_the_angle_of_a_step_is_that_of_the_method():
    flights = fly(
        torch.ones(1, 1, dtype=F64), vector(1, 0, 0)[None], Fields(ZERO, vector(0, 0, 2), ZERO), dt=0.1, steps=1
    )
    angle = math.atan2(float(flights.velocities[1, 0, 1]), float(flights.velocities[1, 0, 0]))
    assert angle == pytest.approx(-2 * math.atan(0.1), abs=1e-15)  # tan(ω dt / 2), clockwise about B


def test_friction_brings_the_particle_to_its_terminal_velocity():
    flights = fly(*start(), Fields(E, ZERO, G, drag=0.5), dt=0.1, steps=1000)
    charges, _ = start()
    torch.testing.assert_close(flights.velocities[-1], (charges * E + G) / 0.5)


def test_what_is_measured_obeys_the_law_to_rounding():
    fields = Fields(E, B, G, drag=0.5)
    seen = fly(*start(), fields, dt=0.3, steps=40).measured()
    assert len(seen) == 800
    error = fields.acceleration(seen.charges, seen.velocities) - seen.accelerations
    assert error.abs().max() < 1e-13


def test_flights_turn_with_the_fields_and_b_is_axial():
    charges, velocities = start()
    fields = Fields(E, B, G, drag=0.2)
    here = fly(charges, velocities, fields, dt=0.2, steps=30)
    for seed in range(6):
        g = Orthogonal(3).sample(generator=torch.Generator().manual_seed(seed), dtype=F64)
        there = fly(charges, velocities @ g.T, fields.turned(g), dt=0.2, steps=30)
        torch.testing.assert_close(there.positions, here.positions @ g.T)
        if torch.linalg.det(g) < 0:
            polar = replace(fields.turned(g), magnetic=g @ fields.magnetic)  # as if B were polar
            assert not torch.allclose(
                fly(charges, velocities @ g.T, polar, dt=0.2, steps=30).positions, there.positions
            )


@pytest.mark.parametrize(
    "fields, name",
    [
        (Fields(E, B, ZERO, 0.5), "Cs"),
        (Fields(vector(0, 0, 1), ZERO, ZERO, 0.5), "C4v"),
        (Fields(ZERO, vector(0, 0, 1), ZERO, 0.5), "C4h"),
        (Fields(vector(0, 0, 1), vector(0, 0, 1), ZERO, 0.5), "C4"),
    ],
    ids=["across", "E", "B", "along"],
)
def test_a_closed_set_has_the_symmetry_it_was_closed_under(fields, name):
    group = keeping(fields, octahedral())
    seen = fly(*start(2), fields, dt=0.1, steps=1).measured()
    closed = seen.closed(group)
    group_size = len(group)
    assert len(closed) == 2 * group_size

    def found(data):
        rep, sign = Vector(Orthogonal(3)), Trivial(Orthogonal(3))
        pair = DataPair(data.velocities, [PointField(sign, data.charges)], [PointField(rep, data.accelerations)])
        return data_symmetry([pair], translations=False, tolerance=1e-6).schoenflies

    assert found(closed) == name
    assert found(seen) != name


def test_noise_has_its_deviation_and_is_closed_with_the_set():
    seen = Samples(torch.ones(4000, 1), torch.zeros(4000, 3), torch.zeros(4000, 3))
    noisy = seen.noisy(0.3, generator=torch.Generator().manual_seed(0))
    assert float(noisy.accelerations.std()) == pytest.approx(0.3, rel=0.03)
    mirror = torch.diag(torch.tensor([1.0, -1.0, 1.0]))
    closed = noisy.closed(torch.stack([torch.eye(3), mirror]))
    torch.testing.assert_close(closed.accelerations[4000:], noisy.accelerations * torch.tensor([1.0, -1.0, 1.0]))


def test_octahedral_is_a_group_of_48():
    group = octahedral()
    products = torch.einsum("aij,bjk->abik", group, group).reshape(-1, 9)
    assert len(torch.unique(products, dim=0)) == len(torch.unique(group.reshape(-1, 9), dim=0)) == 48


@pytest.mark.parametrize(
    "broken, message",
    [
        (lambda: Fields(torch.zeros(2), B, G), r"The electric field is \[0.0, 0.0\], but a uniform field is three"),
        (lambda: Fields(E, B * math.nan, G), "The magnetic field is .*nan"),
        (lambda: Fields(E, B, G, drag=-1.0), "drag is -1.0, but friction takes speed away"),
        (lambda: fly(torch.ones(2), torch.ones(2, 3), Fields(E, B, G), dt=0.1, steps=1), r"charges have shape \(2,\)"),
        (lambda: fly(torch.ones(1, 1), torch.ones(1, 3), Fields(E, B, G), dt=0.0, steps=1), "dt is 0.0 and steps 1"),
        (
            lambda: fly(torch.ones(1, 1), torch.full((1, 3), math.inf), Fields(E, B, G), dt=0.1, steps=1),
            "A velocity is not finite",
        ),
        (lambda: Samples(E, E, E).noisy(-0.1), "sigma is -0.1, but it is a standard deviation"),
    ],
)
def test_errors(broken, message):
    with pytest.raises(ValueError, match=message):
        broken()
