"""Kinds of samples: structures (molecules and crystals), graphs, and fields on lattices."""
