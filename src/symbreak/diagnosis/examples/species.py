"""Elements by their symbols, and how far the atoms of a bond are apart."""

_SYMBOLS = """
X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc
Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po
At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
""".split()

# Single-bond covalent radii in pm, from hydrogen to curium.
_RADII = [
    int(radius)
    for radius in """
31 28 128 96 84 76 71 66 57 58 166 141 121 111 107 105 102 106 203 176 170 160 153 139 139 132 126 124 132 122 122 120
119 120 120 116 220 195 190 175 164 154 147 146 142 139 145 144 142 139 139 138 139 140 244 215 207 204 203 201 199 198
198 196 194 192 192 189 190 187 187 175 170 162 151 144 141 136 136 132 145 146 148 140 150 150 260 221 215 206 200 196
190 187 180 169
""".split()
]
IONS = frozenset((3, 11, 12, 19, 20, 37, 38, 55, 56, 87, 88))  # alkali and alkaline-earth metals, beryllium apart


def symbol(number: int) -> str:
    """The symbol of an element; of a species that is none, the letters that its number from 200 on spells.

    Example:
        >>> symbol(26), symbol(0), symbol(200), symbol(253)
        ('Fe', 'X', 'A', 'Bz')
    """
    if 0 <= number < len(_SYMBOLS):
        return _SYMBOLS[number]
    first, second = divmod(number - 200, 27)
    if not 0 <= first < 26:
        return f"#{number}"
    return chr(ord("A") + first) + (chr(ord("a") + second - 1) if second else "")


def covalent_radius(number: int) -> float | None:
    """In Å; None where it is not known.

    Example:
        >>> covalent_radius(6), covalent_radius(200)
        (0.76, None)

    Reference:
        Cordero et al. (2008), Covalent radii revisited, Dalton Trans.: of manganese, iron and cobalt those of low spin.
    """
    return _RADII[number - 1] / 100 if 1 <= number <= len(_RADII) else None
