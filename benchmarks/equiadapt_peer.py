"""EquiAdapt 0.1.2 as a measuring peer: D4 image canonicalization behind a line protocol.

Run by the Python of an environment of its own, since EquiAdapt pulls its own torch::

    python -m venv equiadapt-venv
    equiadapt-venv/bin/pip install equiadapt==0.1.2
    equiadapt-venv/bin/pip install "numpy<2"
    equiadapt-venv/bin/python equiadapt_peer.py images.npy --threads 1

``images.npy`` holds a float32 array ``(B, C, L, L)``.  ``numpy<2`` is needed by e2cnn only; without
it the ``e2cnn`` variant is reported under ``skipped`` and the others run.

The peer answers every line on stdin with one JSON line on stdout (anything the libraries print goes
to stderr).  The first line, sent after warm-up, is ``{"ready": true, "variants": [...], ...}``; then

``time VARIANT``     one forward: group element and transformed images -> ``{"seconds": s}``
``element VARIANT``  the group element alone (``get_groupelement``) -> ``{"seconds": s}``
``ties VARIANT K``   elements chosen for K copies of a constant image and of a C2-symmetric one
                     -> ``{"constant": [8 counts], "c2": [8 counts]}``
``check VARIANT``    share of (g, image) whose canonical form equals that of the image itself
                     -> ``{"invariant": share, "max_error": e}``
``quit``             ends the peer (so does the end of stdin)

Counts are ordered by ``4 * reflection + rotation / 90``.  A refused line gets ``{"error": text}``.

Variants, all untrained, D4 (``num_rotations=4``, ``"roto-reflection"``), eval mode, no gradients:

``custom_min``  the smallest network the package can build: lifting + one group convolution, 1 channel
``custom``      CustomEquivariantNetwork, 3x3, 16 channels, 3 layers (EquiAdapt's rotated-MNIST sizes)
``e2cnn``       ESCNNEquivariantNetwork of the same sizes (the default network of its examples)
``optimized``   OptimizedGroupEquivariantImageCanonicalization over ConvNetwork of the same sizes

Nothing is cropped or resized before the network (``input_crop_ratio=1``, ``resize_shape=L``; the
examples use 0.8): the cheapest setting, and a crop whose margin is odd would break the symmetry.

``check`` gives 1 for ``custom`` and about 5/8 for ``e2cnn`` and ``optimized``: these two number the
reflected quarter turns the other way round than the canonicalizer applies them.  Times do not suffer.
"""

import argparse
import json
import sys
import time
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import torch
from equiadapt.images import (
    ConvNetwork,
    CustomEquivariantNetwork,
    ESCNNEquivariantNetwork,
    GroupEquivariantImageCanonicalization,
    OptimizedGroupEquivariantImageCanonicalization,
)

VARIANTS = ["custom_min", "custom", "e2cnn", "optimized"]
D4 = {"group_type": "roto-reflection", "num_rotations": 4}


def build(variant, shape):
    """Return the canonicalizer called ``variant`` for images of ``shape`` (C, L, L)."""
    hyper = SimpleNamespace(
        beta=1.0, input_crop_ratio=1.0, resize_shape=shape[-1], artifact_err_wt=0.0, learn_ref_vec=False, **D4
    )
    size = {"out_channels": 16, "kernel_size": 3, "num_layers": 3}
    if variant == "optimized":
        network = ConvNetwork(shape, out_vector_size=128, **size).eval()
        return OptimizedGroupEquivariantImageCanonicalization(network, hyper, shape).eval()
    if variant == "e2cnn":
        network = ESCNNEquivariantNetwork(shape, **size, **D4)
    else:
        if variant == "custom_min":
            size |= {"out_channels": 1, "num_layers": 2}
        network = CustomEquivariantNetwork(shape, **size, **D4, device="cpu")
        # The canonicalizer reads these two, and 0.1.2 forgets to set them on this network.
        network.group_type, network.num_rotations = D4["group_type"], D4["num_rotations"]
    return GroupEquivariantImageCanonicalization(network, hyper, shape).eval()


def seconds(function, x):
    """Time one call."""
    start = time.perf_counter()
    function(x)
    return {"seconds": time.perf_counter() - start}


def ties(canonicalizer, shape, copies):
    """Count the group elements chosen for copies of two symmetric images."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(shape, generator=generator)
    answer = {}
    for name, x in {"constant": torch.ones(shape), "c2": image + image.rot90(2, (-2, -1))}.items():
        element = canonicalizer.get_groupelement(x.expand(copies, *shape).contiguous())
        index = 4 * element["reflection"] + element["rotation"] / 90
        answer[name] = torch.bincount(index.round().long(), minlength=8).tolist()
    return answer


def check(canonicalizer, x, tolerance=1e-3):
    """Canonicalize g x for all g in D4 and compare with the canonical form of x."""
    reference = canonicalizer(x)
    errors = []
    for image in (x, x.flip(-1)):
        for k in range(4):
            errors.append((canonicalizer(image.rot90(k, (-2, -1))) - reference).abs().amax((1, 2, 3)))
    errors = torch.stack(errors)
    return {"invariant": (errors < tolerance).float().mean().item(), "max_error": errors.max().item()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("images", help="float32 .npy of shape (B, C, L, L)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0, help="seed of the untrained networks")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=VARIANTS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    out, sys.stdout = sys.stdout, sys.stderr

    def say(answer):
        print(json.dumps(answer), file=out, flush=True)

    torch.empty(4 << 20)  # 16 MB, freed: the C library then keeps freed memory, as in any process with a network
    x = torch.from_numpy(np.load(options.images)).float().contiguous()
    shape = tuple(x.shape[1:])
    canonicalizers, skipped = {}, {}
    for variant in options.variants:
        torch.manual_seed(options.seed)
        try:
            canonicalizer = build(variant, shape)
            for _ in range(5):
                canonicalizer(x)
            canonicalizers[variant] = canonicalizer
        except Exception as error:
            skipped[variant] = f"{type(error).__name__}: {error}"
    say(
        {
            "ready": True,
            "version": version("equiadapt"),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "threads": torch.get_num_threads(),
            "shape": list(x.shape),
            "variants": list(canonicalizers),
            "parameters": {k: sum(p.numel() for p in c.parameters()) for k, c in canonicalizers.items()},
            "skipped": skipped,
        }
    )

    for line in sys.stdin:
        command, *words = line.split() or [""]
        if command == "quit":
            break
        try:
            if not words or words[0] not in canonicalizers:
                say({"error": f"expected COMMAND VARIANT, got {line.strip()!r}"})
                continue
            canonicalizer = canonicalizers[words[0]]
            if command == "time":
                say(seconds(canonicalizer, x))
            elif command == "element":
                say(seconds(canonicalizer.get_groupelement, x))
            elif command == "ties":
                say(ties(canonicalizer, shape, int(words[1])))
            elif command == "check":
                say(check(canonicalizer, x))
            else:
                say({"error": f"unknown command {command!r}"})
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    with torch.no_grad():
        main()
