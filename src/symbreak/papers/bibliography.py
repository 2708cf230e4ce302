"""BibTeX of the papers whose methods and software the experiments use."""

LAWRENCE_2025 = r"""@inproceedings{lawrence2025improving,
  title     = {Improving Equivariant Networks with Probabilistic Symmetry Breaking},
  author    = {Lawrence, Hannah and Portilheiro, Vasco and Zhang, Yan and Kaba, S{\'e}kou-Oumar},
  booktitle = {International Conference on Learning Representations},
  year      = {2025},
  note      = {arXiv:2503.21985},
}"""

COHEN_2016 = r"""@inproceedings{cohen2016group,
  title     = {Group Equivariant Convolutional Networks},
  author    = {Cohen, Taco and Welling, Max},
  booktitle = {International Conference on Machine Learning},
  pages     = {2990--2999},
  year      = {2016},
  note      = {arXiv:1602.07576},
}"""

KABA_2023 = r"""@inproceedings{kaba2023equivariance,
  title     = {Equivariance with Learned Canonicalization Functions},
  author    = {Kaba, S{\'e}kou-Oumar and Mondal, Arnab Kumar and Zhang, Yan and Bengio, Yoshua and
               Ravanbakhsh, Siamak},
  booktitle = {International Conference on Machine Learning},
  pages     = {15546--15566},
  year      = {2023},
  note      = {arXiv:2211.06489},
}"""

MONDAL_2023 = r"""@inproceedings{mondal2023equivariant,
  title     = {Equivariant Adaptation of Large Pretrained Models},
  author    = {Mondal, Arnab Kumar and Panigrahi, Siba Smarak and Kaba, S{\'e}kou-Oumar and Rajeswar, Sai and
               Ravanbakhsh, Siamak},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = {2023},
  note      = {arXiv:2310.01647},
}"""

WANG_2022 = r"""@inproceedings{wang2022approximately,
  title     = {Approximately Equivariant Networks for Imperfectly Symmetric Dynamics},
  author    = {Wang, Rui and Walters, Robin and Yu, Rose},
  booktitle = {International Conference on Machine Learning},
  pages     = {23078--23091},
  year      = {2022},
  note      = {arXiv:2201.11969},
}"""

WANG_2024 = r"""@inproceedings{wang2024discovering,
  title     = {Discovering Symmetry Breaking in Physical Systems with Relaxed Group Convolution},
  author    = {Wang, Rui and Hofgard, Elyssa and Gao, Han and Walters, Robin and Smidt, Tess},
  booktitle = {International Conference on Machine Learning},
  pages     = {50599--50621},
  year      = {2024},
  note      = {arXiv:2310.02299},
}"""

PASZKE_2019 = r"""@inproceedings{paszke2019pytorch,
  title     = {{PyTorch}: An Imperative Style, High-Performance Deep Learning Library},
  author    = {Paszke, Adam and Gross, Sam and Massa, Francisco and Lerer, Adam and Bradbury, James and Chanan,
               Gregory and Killeen, Trevor and Lin, Zeming and Gimelshein, Natalia and Antiga, Luca and
               Desmaison, Alban and K{\"o}pf, Andreas and Yang, Edward and DeVito, Zachary and Raison, Martin and
               Tejani, Alykhan and Chilamkurthy, Sasank and Steiner, Benoit and Fang, Lu and Bai, Junjie and
               Chintala, Soumith},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = {2019},
}"""

FALCON_2019 = r"""@software{falcon2019lightning,
  title     = {{PyTorch Lightning}},
  author    = {Falcon, William and {The PyTorch Lightning team}},
  year      = {2019},
  doi       = {10.5281/zenodo.3828935},
  url       = {https://github.com/Lightning-AI/pytorch-lightning},
}"""

HOFGARD_2024 = r"""@inproceedings{hofgard2024relaxed,
  title     = {Relaxed Equivariant Graph Neural Networks},
  author    = {Hofgard, Elyssa and Wang, Rui and Walters, Robin and Smidt, Tess},
  booktitle = {ICML Workshop on Geometry-grounded Representation Learning and Generative Modeling},
  year      = {2024},
  note      = {arXiv:2407.20471},
}"""

GEIGER_2022 = r"""@misc{geiger2022e3nn,
  title     = {e3nn: {Euclidean} Neural Networks},
  author    = {Geiger, Mario and Smidt, Tess},
  year      = {2022},
  note      = {arXiv:2207.09453},
}"""
