"""What an invoice documents: the labels (标签) that the bureau's form prints in its corner.

They stand beside the kind: a special or ordinary invoice of building services, of refined oil, of
scrap that was bought. The bureau's XML names them as ``UndefinedLabel/Label/LabelName``, and in the
names of the groups of ``SpecificInformation``. A label is kept as the bureau prints it.
"""

import re
from collections.abc import Iterable

from .page_text import Row
from .values import compact

_PARTY_NAME = re.compile(r"名\s*称\s*[:：]")

#: Label by the other words that stand for it.
_LABELS = {
    "成品油": (),
    "稀土": (),
    "建筑服务": ("建筑服务发票", "建安发票"),
    "货物运输服务": ("货物运输", "货运"),
    "旅客运输服务": ("旅客运输", "PassengerTransportation"),
    "不动产销售": ("房地产销售",),
    "不动产经营租赁服务": ("不动产租赁",),
    "代收车船税": (),
    "通行费": ("Toll",),
    "医疗服务(住院)": (),
    "医疗服务(门诊)": (),
    "自产农产品销售": (),
    "农产品收购": ("收购",),
    "光伏收购": (),
    "报废产品收购": ("报废产品",),
    "拖拉机和联合收割机": (),
    "机动车": (),
    "二手车": (),
    "卷烟": (),
    "电子烟": (),
    "白酒": (),
    "矿产品": (),
    "出口发票": ("出口",),
    "代开": (),
    "差额征税": (),
    "差额征税-差额开票": ("差额开票",),
    "差额征税-全额开票": ("全额开票",),
    "减按征税": ("减按",),
}
_BY_WORD = {word: label for label, words in _LABELS.items() for word in (label, *words)}


def find_labels(texts: Iterable[str]) -> tuple[str, ...]:
    """Labels among texts, each of which is one as a whole or none; in their order, once each."""
    found = (_BY_WORD.get(compact(text).strip("()[]")) for text in texts)
    return tuple(dict.fromkeys(filter(None, found)))


def read_page_labels(rows: list[Row]) -> tuple[str, ...]:
    """Labels on a printed page: whole words above the names of the parties."""
    words = []
    for row in rows:
        if _PARTY_NAME.search(row.text):
            break
        words += [word.text for word in row.words()]
    return find_labels(words)
