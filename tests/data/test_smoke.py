import math
from dataclasses import replace

import pytest
import torch

from symbreak.data.smoke import (
    Flow,
    Plumes,
    advance,
    advected_smoke,
    advected_velocities,
    project,
    simulate,
    turned_frames,
)

F64 = torch.float64
SIZE = 16


def plumes(count=3, seed=0, strength=0.1, size=SIZE):
    draws = torch.rand(count, 4, generator=torch.Generator().manual_seed(seed), dtype=F64)
    centres = torch.stack([2.5 + draws[:, 0], size * (0.3 + 0.4 * draws[:, 1])], -1)
    push = strength * torch.stack([torch.ones(count, dtype=F64), draws[:, 2] - 0.5], -1)
    return Plumes(centres, 1.5 + draws[:, 3], torch.full((count,), 0.2, dtype=F64), push)


def last(setup, size=SIZE, steps=30):
    *_, flow = simulate(setup, size, steps=steps)
    return flow


def random_flow(count=2, size=SIZE, seed=0):
    generator = torch.Generator().manual_seed(seed)
    flow = Flow(
        torch.rand(count, size, size, generator=generator, dtype=F64),
        torch.randn(count, size + 1, size, generator=generator, dtype=F64),
        torch.randn(count, size, size + 1, generator=generator, dtype=F64),
    )
    flow.across[:, (0, -1)] = 0
    flow.along[:, :, (0, -1)] = 0
    return flow


def stream(psi):
    """The velocities of a stream function on the corners, without divergence to rounding."""
    return Flow(torch.zeros_like(psi[:, 1:, 1:]), psi.diff(dim=2), -psi.diff(dim=1))


def corners(size):
    return torch.arange(size + 1, dtype=F64)


def test_a_projected_flow_has_no_divergence_and_closed_walls():
    flow = project(random_flow())
    assert flow.divergence().abs().max() < 1e-13
    assert flow.across[:, (0, -1)].abs().max() == flow.along[:, :, (0, -1)].abs().max() == 0


def test_the_projection_keeps_what_has_no_divergence_and_is_orthogonal():
    x = corners(SIZE)
    swirl = stream((torch.sin(math.pi * x / SIZE)[:, None] * torch.sin(2 * math.pi * x / SIZE))[None])
    torch.testing.assert_close(project(swirl).across, swirl.across, rtol=0, atol=1e-14)
    flow = random_flow()
    kept = project(flow)
    gone = Flow(flow.smoke, flow.across - kept.across, flow.along - kept.along)
    inner = (kept.across * gone.across).sum() + (kept.along * gone.along).sum()
    assert abs(inner) < 1e-11
    assert project(gone).across.abs().max() < 1e-13


def test_no_divergence_in_a_simulation():
    for flow in simulate(plumes(), SIZE, steps=30):
        assert flow.divergence().abs().max() < 1e-10


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_simulation_commutes_with_quarter_turns(turns):
    setup = plumes()
    here, there = last(setup).turned(turns), last(setup.turned(turns, SIZE))
    for name in ("smoke", "across", "along"):
        assert (getattr(here, name) - getattr(there, name)).abs().max() < 1e-11
    torch.testing.assert_close(there.frame(), turned_frames(last(setup).frame(), turns), rtol=0, atol=1e-11)


def test_the_simulation_commutes_with_mirrors():
    setup = plumes()
    here, there = last(setup).mirrored(), last(setup.mirrored(SIZE))
    for name in ("smoke", "across", "along"):
        assert (getattr(here, name) - getattr(there, name)).abs().max() < 1e-11


def test_a_buoyancy_that_does_not_turn_along_is_noticed():
    setup = plumes()
    wrong = replace(setup.turned(1, SIZE), buoyancy=setup.buoyancy)
    assert (last(setup).turned(1).smoke - last(wrong).smoke).abs().max() > 0.1


def test_turns_compose():
    flow = random_flow()
    twice = flow.turned(1).turned(1)
    assert torch.equal(twice.across, flow.turned(2).across)
    assert torch.equal(flow.turned(4).along, flow.along)
    assert torch.equal(flow.turned(3).turned(1).smoke, flow.smoke)
    assert torch.equal(flow.turned(1).divergence(), flow.divergence().rot90(1, (1, 2)))
    mirrored = flow.mirrored().turned(1).mirrored()
    assert torch.equal(mirrored.across, flow.turned(3).across)


def test_a_literal_quarter_turn():
    smoke = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])  # [x, y]: 1 lower left, 2 upper left, 3 lower right
    flow = Flow(smoke, torch.zeros(1, 3, 2), torch.zeros(1, 2, 3))
    assert flow.turned(1).smoke[0].tolist() == [[2.0, 4.0], [1.0, 3.0]]


def test_without_buoyancy_smoke_stays_and_grows_as_it_flows_in():
    setup = replace(plumes(), buoyancy=torch.zeros(3, 2, dtype=F64))
    torch.testing.assert_close(last(setup, steps=7).smoke, 7 * setup.inflow(SIZE))


def test_the_mass_of_smoke_is_what_flowed_in():
    setup = plumes(strength=0.04, size=32)
    mass = last(setup, size=32, steps=30).smoke.sum((1, 2))
    torch.testing.assert_close(mass, 30 * setup.inflow(32).sum((1, 2)), rtol=0.05, atol=0)


def test_smoke_has_no_new_extremum():
    flow = project(random_flow())
    moved = advected_smoke(flow, 0.7)
    assert moved.min() >= flow.smoke.min()
    assert moved.max() <= flow.smoke.max()


def blob_after_a_turn(size, correct=True):
    """The error of a smooth blob after a turn about the middle, by solid rotation."""
    x = corners(size) - size / 2
    rate, steps = 2 * math.pi, 4 * size
    flow = stream(-0.5 * rate * (x[:, None].square() + x[None, :].square())[None])
    middles = (corners(size)[:-1] + 0.5) / size
    blob = torch.exp(-40 * ((middles - 0.5)[:, None].square() + (middles - 0.7)[None, :].square()))[None]
    flow = replace(flow, smoke=blob)
    for _ in range(steps):
        moved = advected_smoke(flow, 1 / steps)
        flow = replace(flow, smoke=moved)
    return float((flow.smoke - blob).abs().mean() / blob.mean())


def test_solid_rotation_brings_smoke_back():
    coarse, fine = blob_after_a_turn(24), blob_after_a_turn(48)
    assert coarse < 0.3
    assert fine < coarse / 1.8  # Euler characteristics: first order


def vortex_after(size, time=0.5):
    """The change of a steady vortex of Taylor and Green in the box, relative to itself."""
    x = corners(size) / size
    start = stream((size / math.pi * torch.sin(math.pi * x)[:, None] * torch.sin(math.pi * x))[None])
    steps = size
    flow = start
    for _ in range(steps):
        flow = project(advected_velocities(flow, time * size / steps))
    return float((flow.across - start.across).norm() / start.across.norm())


def test_the_vortex_of_taylor_and_green_is_steady():
    coarse, fine = vortex_after(16), vortex_after(32)
    assert coarse < 0.2
    assert fine < coarse / 1.4  # first order; air at rest beyond the walls holds the vortex back


def test_single_and_double_agree():
    setup = plumes(strength=0.05)
    single = Plumes(*(getattr(setup, name).float() for name in setup.__dataclass_fields__))
    assert last(single, steps=10).smoke.dtype == torch.float32
    torch.testing.assert_close(last(single, steps=10).smoke.double(), last(setup, steps=10).smoke, rtol=0, atol=1e-4)


def test_one_batch_is_its_simulations():
    setup = plumes()
    one = Plumes(*(getattr(setup, name)[1:2] for name in setup.__dataclass_fields__))
    assert (last(one).smoke[0] - last(setup).smoke[1]).abs().max() < 1e-12


def test_the_inflow_covers_the_area_of_its_disc():
    one = Plumes(*(torch.tensor(x, dtype=F64) for x in ([[20.2, 19.7]], [8.0], [1.0], [[0.0, 0.0]])))
    assert float(one.inflow(40).sum()) == pytest.approx(math.pi * 64, rel=0.01)


GOOD = ([[4.0, 8.0]], [1.0], [1.0], [[0.1, 0.0]])


@pytest.mark.parametrize(
    "change, message",
    [
        ({0: [4.0, 8.0]}, r"have shapes \(2,\), \(1,\), \(1,\), \(1, 2\), but B plumes"),
        ({1: [float("nan")]}, "not finite, so it flows nowhere"),
        ({2: [-1.0]}, "A radius or a rate is negative"),
    ],
)
def test_bad_plumes(change, message):
    values = [torch.tensor(change.get(k, value)) for k, value in enumerate(GOOD)]
    with pytest.raises(ValueError, match=message):
        Plumes(*values)


@pytest.mark.parametrize(
    "size, options, message",
    [
        (1, {"steps": 3}, "size is 1, steps 3 and dt 1.0: give at least 2 cells"),
        (16, {"steps": 0}, "steps 0"),
        (16, {"steps": 3, "dt": -1.0}, "dt -1.0"),
        (6, {"steps": 3}, "outside the box of 6 cells"),
    ],
)
def test_bad_simulations(size, options, message):
    with pytest.raises(ValueError, match=message):
        simulate(Plumes(*map(torch.tensor, GOOD)), size, **options)


def test_a_flow_that_blows_up_is_refused():
    values = [torch.tensor(value) for value in GOOD[:3]]
    with pytest.raises(ValueError, match="The flow is not finite after step 1: give a smaller dt"):
        list(simulate(Plumes(*values, torch.tensor([[3e38, 0.0]])), 16, steps=3, dt=10.0))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_it_is_the_plume_of_phiflow():
    phi = pytest.importorskip("phi.flow")
    phi.math.set_global_precision(64)
    setup, size, steps = plumes(2, strength=0.08), 16, 12
    inflow = setup.inflow(size)
    *_, ours = simulate(setup, size, steps=steps)
    box = phi.Box(x=size, y=size)
    for b in range(2):
        source = phi.CenteredGrid(phi.tensor(inflow[b].numpy(), phi.spatial("x,y")), 0, bounds=box)
        smoke = phi.CenteredGrid(0, phi.extrapolation.BOUNDARY, x=size, y=size, bounds=box)
        velocity = phi.StaggeredGrid(0, 0, x=size, y=size, bounds=box)
        for _ in range(steps):
            smoke = phi.advect.mac_cormack(smoke, velocity, 1.0) + source
            lifted = smoke * tuple(setup.buoyancy[b].tolist()) @ velocity
            velocity = phi.advect.semi_lagrangian(velocity, velocity, 1.0) + lifted
            solve = phi.Solve("CG", 1e-10, 1e-10, max_iterations=1000)
            velocity, _ = phi.fluid.make_incompressible(velocity, (), solve)
        theirs = torch.tensor(smoke.values.numpy("x,y"))
        across = torch.tensor(velocity.vector["x"].values.numpy("x,y"))
        torch.testing.assert_close(ours.smoke[b], theirs, rtol=0, atol=1e-6)
        torch.testing.assert_close(ours.across[b, 1:-1], across, rtol=0, atol=1e-6)
        assert across.abs().max() > 0.1


def test_a_step_is_what_the_docstring_says():
    flow, b = random_flow(), torch.tensor([[0.1, 0.0], [0.0, -0.2]], dtype=F64)
    inflow = torch.zeros_like(flow.smoke)
    stepped = advance(flow, inflow, b, 0.3)
    torch.testing.assert_close(stepped.smoke, advected_smoke(flow, 0.3))
    plain = advance(flow, inflow, 0 * b, 0.3)
    torch.testing.assert_close(plain.across, project(advected_velocities(flow, 0.3)).across)
    assert (stepped.across[1] - plain.across[1]).abs().max() < 0.1  # pressure answers a push along y
