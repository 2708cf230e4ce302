"""Directions across layers and seeds."""

import pytest
import torch

from symbreak.symmetry.order_parameters import direction_agreement


def runs(seeds, layers, noise, generator, sign=True):
    """Polar vectors along z with noise, of random sign and length, and axial ones along random lines."""
    found = []
    for _ in range(seeds):
        run = []
        for _ in range(layers):
            polar = torch.tensor([0.0, 0, 1]) + noise * torch.randn(3, generator=generator)
            factor = torch.randn(1, generator=generator) if sign else torch.ones(1)
            axial = torch.randn(3, generator=generator)
            run.append(torch.cat([torch.ones(1), factor * polar, axial, torch.zeros(5)]))
        found.append(run)
    return found


IRREPS = "0e + 1o + 1e + 2e"


def test_one_direction_and_none(generator):
    polar, axial = direction_agreement(runs(8, 3, 0.02, generator), IRREPS, generator=generator)
    assert (polar.irrep, axial.irrep) == ("1o", "1e")  # the quadrupole did not grow
    assert polar.grown == 24
    assert polar.direction.allclose(torch.tensor([0.0, 0, 1]).double(), atol=0.02)
    assert polar.across_layers > 0.99
    assert polar.seeds_interval[0] > 0.99
    assert 0.02 < polar.within < 1.0 < polar.spread < 3.0
    assert polar.chance == pytest.approx(1 / 3)
    low, high = axial.seeds_interval
    assert low < axial.chance < high
    assert low < axial.across_seeds < high
    assert axial.spread > 30


def test_the_interval_covers(generator):
    """The line along z lies within the bound about the mean in about as many cases as the confidence says."""
    hits = []
    for _ in range(40):
        found = direction_agreement(
            runs(12, 1, 0.1, generator), IRREPS, samples=200, confidence=0.8, generator=generator
        )[0]
        angle = torch.rad2deg(torch.arccos(found.direction[2].abs().clamp(max=1)))
        hits.append(float(angle) <= found.within)
    assert 20 <= sum(hits) <= 39  # of 40; the bootstrap of 12 is somewhat short


def test_signs_and_scales_do_not_matter(generator):
    one = runs(5, 2, 0.1, generator)
    two = [[theta.clone() for theta in run] for run in one]
    two[1][0][1:4] *= -3.0
    two[4][1][4:7] *= -0.2
    a, b = (direction_agreement(r, IRREPS, generator=torch.Generator().manual_seed(0)) for r in (one, two))
    assert list(map(str, a)) == list(map(str, b))


def test_a_run_is_not_compared_with_itself():
    lines = torch.eye(3)
    crossed = [[torch.cat([torch.ones(1), lines[s]])] for s in range(3)]
    found = direction_agreement(crossed, "0e + 1o", generator=torch.Generator().manual_seed(0))[0]
    assert found.across_seeds == 0.0
    assert found.seeds_interval == (0.0, 0.0)
    assert found.across_layers is None
    assert found.layers_interval is None


def test_few_runs_have_no_interval(generator):
    found = direction_agreement(runs(1, 2, 0.1, generator), IRREPS, generator=generator)[0]
    assert found.across_seeds is None
    assert found.within is None
    assert found.across_layers is not None
    assert found.layers_interval is None
    assert "cos² across layers" in str(found)


def test_layers_in_which_an_irrep_did_not_grow_are_left_out(generator):
    some = runs(4, 2, 0.01, generator)
    for run in some:
        run[1][1:4] *= 1e-6
    found = direction_agreement(some, IRREPS, generator=generator)[0]
    assert found.grown == 4
    assert found.across_layers is None
    assert found.across_seeds > 0.99


def test_the_samples_repeat():
    some = runs(6, 2, 0.3, torch.Generator().manual_seed(1))
    texts = {str(direction_agreement(some, IRREPS, generator=torch.Generator().manual_seed(2))[0]) for _ in range(2)}
    assert len(texts) == 1


def test_wrong_input_is_refused(generator):
    with pytest.raises(ValueError, match="no runs to compare"):
        direction_agreement([], IRREPS)
    with pytest.raises(ValueError, match=r"The runs have \[1, 2\] layers"):
        direction_agreement([[torch.ones(1)], [torch.ones(1)] * 2], "0e")
    with pytest.raises(ValueError, match="confidence is 1"):
        direction_agreement([[torch.ones(1)]], "0e", confidence=1.0)
