import io

import numpy as np
import pytest

pytest.importorskip("e3nn")

from PIL import Image

from symbreak.report import theta_view
from symbreak.report.theta_norms import NormCurves, draw_norms
from symbreak.report.theta_surface import Body, picture, view
from symbreak.report.theta_view import VIEWS, theta_figure, theta_shown, turning_view

ALONG_Z = np.array([1.0, 0.0, 0.0, 0.5])


def test_a_polar_vector_is_solid_and_an_axial_one_a_mesh():
    polar = theta_shown("layer 0", ALONG_Z, "0e + 1o")
    axial = theta_shown("layer 0", ALONG_Z, "0e + 1e")
    assert polar.axial is None
    assert axial.polar is None
    solid, mesh = (picture(body, view(0, 0), 60)[..., 3] for body in (polar.polar, axial.axial))
    assert set(np.unique(solid)) == {0.0, 1.0}
    assert {0.16, 1.0} <= set(np.unique(mesh))
    assert ((solid > 0) == (mesh > 0)).all()


def test_a_vector_along_z_is_up_and_its_two_halves_have_two_colours():
    image = picture(theta_shown("", ALONG_Z, "0e + 1o").polar, view(0, 0), 61)
    up, down = image[14, 30], image[46, 30]
    assert up[3] == down[3] == 1
    assert up[2] > up[0]  # blue
    assert down[0] > down[2]  # vermilion
    assert image[30, 4, 3] == image[30, 56, 3] == 0  # nothing beside the axis


def test_a_view_turns_the_picture_as_it_turns_the_body():
    x = picture(theta_shown("", np.array([0.0, 1.0, 0.0, 0.0]), "0e + 1o").polar, view(-90, 0), 41)
    z = picture(theta_shown("", np.array([0.0, 0.0, 0.0, 1.0]), "0e + 1o").polar, view(-90, 0), 41)
    assert np.mean((x[..., 3] > 0) == (np.rot90(z[..., 3] > 0, -1))) > 0.98
    for _, azimuth, rise in VIEWS:
        assert np.allclose(view(azimuth, rise) @ view(azimuth, rise).T, np.eye(3))
        assert np.linalg.det(view(azimuth, rise)) == pytest.approx(1)


def test_scalars_alone_are_nothing_to_draw():
    shown = theta_shown("layer 0", np.array([1.0, 0.0, 1e-9, 0.0]), "0e + 1o")
    assert shown.polar is None
    assert turning_view([shown], "", "") is None
    assert "nothing to draw" in theta_figure([shown]).texts[0].get_text()


def test_the_turning_view_moves_and_has_a_still():
    turning = turning_view([theta_shown("layer 0", np.array([1.0, 0.5, 0.0, 0.0]), "0e + 1o")], "A", 'θ "moves"')
    moving = Image.open(io.BytesIO(turning.moving))
    assert moving.n_frames == theta_view._FRAMES
    assert moving.info["loop"] == 0
    assert getattr(Image.open(io.BytesIO(turning.still)), "n_frames", 1) == 1
    text = turning.markup()
    assert "prefers-reduced-motion" in text
    assert "script" not in text
    assert "θ &quot;moves&quot;" in text
    assert "layer 0, polar" in text


def test_norms_that_may_not_grow_are_grey():
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    steps = np.arange(3)
    curves = NormCurves("", steps, {"0e": np.ones(3), "1o": np.array([0, 1e-17, 1e-16])}, {"0e": 1, "1o": 0})
    draw_norms(axes, curves)
    may, not_ = axes.lines
    assert may.get_color() != not_.get_color() == "#c4c4c4"
    assert [text.get_text() for text in axes.texts] == ["0e", "may not grow"]


@pytest.mark.parametrize("values", [np.zeros(4), np.full((3, 3), np.nan), np.zeros((1, 4))])
def test_bad_values(values):
    with pytest.raises(ValueError, match="a body has finite values on a grid of directions"):
        Body(values, axial=False)
