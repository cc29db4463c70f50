"""How the forms of invoices differ that issuing software prints.

The form is the bureau's; widths, fonts, blanks, lines, places of labels and values are not.
"""

import dataclasses
from dataclasses import dataclass

from fapiao_pdf import FONT

# Heads of the goods in the variants of their labels.
NAME_HEADS = ("货物或应税劳务、服务名称", "项目名称", "货物或应税劳务名称", "货物（劳务）名称")
GLUED = (
    ("quantity", "unit_price"),
    ("amount", "tax_rate"),
    ("unit_price", "amount"),
    ("unit", "quantity"),
    ("specification", "unit"),
    ("tax_rate", "tax_amount"),
)


#: Widths of the columns of goods.
SHARES = (0.27, 0.11, 0.07, 0.11, 0.14, 0.14, 0.09, 0.13)


@dataclass
class Layout:
    """How a form is printed; sizes in points of the form, which is scaled as a whole."""

    rules: str = "all"  # all, outer, none
    left: float = 25
    top: float = 90
    width: float = 560
    stack: float = 20
    cipher_at: float = 0.58
    party_step: float = 15
    row_step: float = 12.5
    size: float = 9
    label_size: float = 9
    value_font: str = FONT
    colon: str = "："
    spread: int = 4  # blanks inside 名 称
    name_head: str = NAME_HEADS[0]
    align: str = "right"
    head_align: str = "center"
    shares: tuple = SHARES
    sums_off: float = 0
    total_off: float = 0
    value_off: float = 0
    digit_gap: float = 0  # behind the first digit of a tax number, in sizes
    sign: str = "¥"
    is_sign_apart: bool = False
    scale: float = 1
    turn: int = 0  # quarter turns of what is drawn
    page_turn: int = 0
    page: tuple = ()  # a page larger than the form
    place: tuple = (0, 0)
    has_cipher: bool = True
    has_extra_table: bool = False
    is_price_first: bool = False
    has_texts: bool = True  # columns of specification and unit
    gap: float = 3  # between figures and the end of their column
    is_twice: bool = False  # bold, by printing everything twice
    has_seal: bool = False
    is_centered: bool = False  # figures in the middle of a name of several rows
    has_commas: bool = False
    is_toll: bool = False
    has_stacks: bool = True  # vertical words; in a drawing they are no text
    glued: tuple = ()  # two cells without a gap between them
    extra_head: str = ""  # a column that ordinary invoices do not have


def random_layout(rng, digital):
    """Any combination of what layouts differ in."""
    jitter = [rng.uniform(0.85, 1.25) for _ in range(8)]
    shares = [a * b for a, b in zip(SHARES, jitter, strict=True)]
    layout = Layout(
        rules=rng.choice(("outer", "outer", "none") if digital else ("all", "all", "all", "none")),
        left=rng.uniform(12, 50),
        top=rng.uniform(80, 110),
        width=rng.uniform(540, 600),
        stack=rng.uniform(14, 26),
        cipher_at=rng.uniform(0.55, 0.62),
        party_step=rng.uniform(13.5, 17),
        row_step=rng.uniform(11.5, 14),
        size=rng.choice((8, 8.5, 9)),
        label_size=rng.choice((8.5, 9, 9.5)),
        value_font=rng.choice((FONT, FONT, "Helvetica", "Courier")),
        colon=rng.choice("：:"),
        spread=rng.randrange(0, 9),
        name_head=rng.choice(NAME_HEADS[:2] if not digital else NAME_HEADS[1:2]),
        shares=tuple(share / sum(shares) for share in shares),
        sums_off=rng.choice((0, 0, rng.uniform(-5, 5))),
        total_off=rng.choice((0, rng.uniform(-2, 2))),
        value_off=rng.choice((0, 0, rng.uniform(-2, 2))),
        digit_gap=rng.choice((0, 0, 0.4)),
        sign=rng.choice("¥￥"),
        is_sign_apart=rng.random() < 0.2,
        scale=rng.choice((1, 1, 1, 0.6, 0.8, 1.5)),
        turn=rng.choice((0, 0, 0, 0, 1, 2, 3)),
        page_turn=rng.choice((0, 0, 0, 90, 180, 270)),
        page=rng.choice(((), (), (900, 1100))),
        has_extra_table=digital and rng.random() < 0.15,
        is_price_first=digital and rng.random() < 0.15,
        has_texts=rng.random() > 0.1,
        head_align=rng.choice(("right", "center")) if digital else "center",
        has_cipher=rng.random() > 0.1,
        gap=rng.choice((3, 1, 0.5)),
        is_twice=rng.random() < 0.1,
        has_seal=rng.random() < 0.3,
        is_centered=rng.random() < 0.1,
        has_commas=rng.random() < 0.1,
        is_toll=not digital and rng.random() < 0.1,
        extra_head=rng.choice(("", "", "", "", "建筑服务发生地", "产权证书/不动产权证号"))
        if digital
        else "",
    )
    layout.has_stacks = rng.random() > 0.1
    if rng.random() < 0.15:
        layout.glued = rng.choice(GLUED)
    if layout.page:
        layout.place = (rng.uniform(0, 20), rng.uniform(0, 20))
        layout.scale = min(layout.scale, 1)
    if layout.rules == "none" or digital:
        # Without lines a column is where its head stands.
        layout.head_align = layout.align = rng.choice(("right", "right", "right", "center"))
    return layout


def as_printed(document, layout):
    """What of a document a layout prints."""
    empty = {}
    if not layout.has_texts:
        empty = {"specification": "", "unit": ""}
    if layout.is_toll:
        empty |= {"quantity": None, "unit_price": None}
    lines = tuple(dataclasses.replace(line, **empty) for line in document.lines)
    return dataclasses.replace(document, lines=lines)
