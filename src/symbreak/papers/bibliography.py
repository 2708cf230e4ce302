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

GNEITING_2007 = r"""@article{gneiting2007strictly,
  title     = {Strictly Proper Scoring Rules, Prediction, and Estimation},
  author    = {Gneiting, Tilmann and Raftery, Adrian E.},
  journal   = {Journal of the American Statistical Association},
  volume    = {102},
  number    = {477},
  pages     = {359--378},
  year      = {2007},
}"""

HOLL_2020 = r"""@inproceedings{holl2020phiflow,
  title     = {{PhiFlow}: A Differentiable {PDE} Solving Framework for Deep Learning via Physical Simulations},
  author    = {Holl, Philipp and Koltun, Vladlen and Um, Kiwon and Thuerey, Nils},
  booktitle = {NeurIPS Workshop on Differentiable Vision, Graphics, and Physics in Machine Learning},
  year      = {2020},
}"""

PERTIGKIOZOGLOU_2024 = r"""@inproceedings{pertigkiozoglou2024improving,
  title     = {Improving Equivariant Model Training via Constraint Relaxation},
  author    = {Pertigkiozoglou, Stefanos and Chatzipantazis, Evangelos and Trivedi, Shubhendu and
               Daniilidis, Kostas},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = {2024},
  note      = {arXiv:2408.13242},
}"""

MANOLACHE_2025 = r"""@inproceedings{manolache2025learning,
  title     = {Learning (Approximately) Equivariant Networks via Constrained Optimization},
  author    = {Manolache, Andrei and Chamon, Luiz F. O. and Niepert, Mathias},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = {2025},
  note      = {arXiv:2505.13631},
}"""

CURTISS_1997 = r"""@article{curtiss1997assessment,
  title     = {Assessment of {Gaussian-2} and density functional theories for the computation of enthalpies of
               formation},
  author    = {Curtiss, Larry A. and Raghavachari, Krishnan and Redfern, Paul C. and Pople, John A.},
  journal   = {The Journal of Chemical Physics},
  volume    = {106},
  pages     = {1063--1079},
  year      = {1997},
}"""

LARSEN_2017 = r"""@article{larsen2017atomic,
  title     = {The atomic simulation environment: a {Python} library for working with atoms},
  author    = {Larsen, Ask Hjorth and Mortensen, Jens J{\o}rgen and Blomqvist, Jakob and Castelli, Ivano E. and
               Christensen, Rune and others},
  journal   = {Journal of Physics: Condensed Matter},
  volume    = {29},
  pages     = {273002},
  year      = {2017},
}"""

SMIDT_2021 = r"""@article{smidt2021finding,
  title     = {Finding symmetry breaking order parameters with {Euclidean} neural networks},
  author    = {Smidt, Tess E. and Geiger, Mario and Miller, Benjamin Kurt},
  journal   = {Physical Review Research},
  volume    = {3},
  pages     = {L012002},
  year      = {2021},
  note      = {arXiv:2007.02005},
}"""
