"""Losses for labels that are one of several equally right ones."""

import torch
from torch import Tensor


def orbit_minimum(losses: Tensor, mask: Tensor | None = None) -> Tensor:
    """The loss of the candidate that fits best: `min_k loss_k`.

    Only that candidate has a gradient; of several that fit equally well, one does, so that a prediction that is still
    symmetric is pulled towards an outcome and not held at their mean.

    Args:
        losses: of each candidate and item; see `label_orbit`.
        mask: bool, which candidates count; all if None.
    Shapes:
        `(K, B)` -> `(B,)`.
    Raises:
        ValueError: if the shapes differ, or no candidate counts for some item.

    Example:
        >>> orbit_minimum(torch.tensor([[1.0, 5.0], [2.0, 3.0]]))
        tensor([1., 3.])
    """
    return losses.masked_fill(~_checked(losses, mask), torch.inf).min(dim=0).values


def orbit_em(losses: Tensor, mask: Tensor | None = None, *, temperature: float = 1.0) -> Tensor:
    """The expected loss, under the posterior of which candidate was meant: an EM step.

        Σ_k w_k loss_k,    w = softmax(-loss / T), held fixed in the gradient

    The gradient is that of `-T log mean_k exp(-loss_k / T)`, which for `T = 1` and negative log likelihoods is
    `marginal`, the likelihood of a label that is any candidate with equal probability. As `T -> 0` it becomes
    `orbit_minimum`; a large `T` weighs all candidates alike, which is the single-sample loss and collapses to the mean.
    `T` has the unit of the loss: for a squared error `|f - y|² / 2σ²`, `T = 1` is noise of variance `σ²`.

    Args:
        losses: of each candidate and item; see `label_orbit`.
        mask: bool, which candidates count; all if None.
        temperature: T, positive.
    Shapes:
        `(K, B)` -> `(B,)`.
    Raises:
        ValueError: if the shapes differ, no candidate counts for some item, or T is not positive.

    Example:
        >>> orbit_em(torch.tensor([[1.0], [1.0], [9.0]]), torch.tensor([[True], [True], [False]]))
        tensor([1.])

    Reference:
        Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm.
    """
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, but it is positive. Use orbit_minimum for the limit 0.")
    mask = _checked(losses, mask)
    weights = torch.softmax((-losses.detach() / temperature).masked_fill(~mask, -torch.inf), dim=0)
    return (weights * losses.masked_fill(weights == 0, 0.0)).sum(0)


def marginal(losses: Tensor, mask: Tensor | None = None) -> Tensor:
    """The negative log of the mean likelihood: `-log (1/K) Σ_k exp(-loss_k)`.

    With `loss_k = -log p(y | x, g_k)` for `K` poses drawn from the kernel, its expectation bounds `-log p(y | x)` from
    above, and the bound falls to it as K grows; K = 1 is the single-sample loss. With the candidates of `label_orbit`
    in place of the poses, it is exact for one pose. It needs no list of the group, so it serves for continuous groups.

    Args:
        losses: negative log likelihoods, of each pose (or candidate) and item.
        mask: bool, which of them count; all if None.
    Shapes:
        `(K, B)` -> `(B,)`.
    Raises:
        ValueError: if the shapes differ, or none counts for some item.

    Example:
        >>> marginal(torch.tensor([[1000.0], [1000.0]]))
        tensor([1000.])

    Reference:
        Burda, Grosse, Salakhutdinov (2016), Importance weighted autoencoders.
    """
    mask = _checked(losses, mask)
    total = torch.logsumexp((-losses).masked_fill(~mask, -torch.inf), dim=0)
    return mask.sum(0).to(losses.dtype).log() - total


def _checked(losses: Tensor, mask: Tensor | None) -> Tensor:
    if losses.dim() != 2:
        raise ValueError(
            f"losses have shape {tuple(losses.shape)}, but there is one for each candidate and item, (K, B): average "
            "over the entries of an item first."
        )
    mask = torch.ones_like(losses, dtype=torch.bool) if mask is None else mask
    if mask.shape != losses.shape or mask.dtype != torch.bool:
        raise ValueError(
            f"mask is {mask.dtype} of shape {tuple(mask.shape)}, but says for each of the losses {tuple(losses.shape)} "
            "whether it counts: give a bool tensor of that shape."
        )
    empty = ~mask.any(0)
    if bool(empty.any()):
        raise ValueError(
            f"No candidate counts for item {int(empty.nonzero()[0])}, but its label is one of them: the identity is in "
            "every stabilizer."
        )
    return mask
