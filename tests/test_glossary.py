"""The glossary holds the Chinese catalogues: one word for a word, and none that misleads."""

import re
from collections import defaultdict

import polib
import pytest

from runtime import traditional

USES = {"", "label", "everywhere"}
PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|\{\{.*?\}\}|\{\w+\}|<[^>]*>")
# Names of columns in files, which stay English.
TECHNICAL = re.compile(r"[a-z]+/[a-z]+")
# Of a sentence whose end says it.
IN_PARTS = {"keeps billing data of"}
MANDARIN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def rows():
    return traditional.glossary()


@pytest.fixture(scope="module")
def entries():
    return list(polib.pofile(str(traditional.SIMPLIFIED)))


def alternatives(text):
    return [word for word in text.split("|") if word]


def says(term):
    """Return what finds a term of the glossary in a source, in any case and number."""
    return re.compile(rf"\b{re.escape(term)}(?:s|es|ed)?\b", re.IGNORECASE)


def is_prose(source):
    is_other = TECHNICAL.fullmatch(source) or source in IN_PARTS
    return not is_other and not source.startswith(("e.g. ", "<div"))


def test_glossary_is_well_formed(rows):
    assert len(rows) > 80
    terms = [row["english"] for row in rows]
    assert len(terms) == len(set(terms))
    for row in rows:
        assert row.keys() == {"english", "zh_CN", "zh_TW", "use", "not", "note"}, row
        assert row["use"] in USES, row
        assert row["zh_CN"] and row["zh_TW"], row


def test_terms_are_the_same_everywhere(rows, entries):
    found = []
    for row in rows:
        words, pattern = alternatives(row["zh_CN"]), says(row["english"])
        for entry in entries:
            source = PLACEHOLDERS.sub(" ", entry.msgid)
            if row["use"] == "label" and entry.msgid.rstrip(" :.…").lower() == row["english"]:
                is_kept = entry.msgstr.rstrip(" ：。…") in words
            elif row["use"] == "everywhere" and is_prose(entry.msgid) and pattern.search(source):
                is_kept = any(word in entry.msgstr for word in words)
            else:
                continue
            if not is_kept:
                found.append(f"{row['english']}: {entry.msgid!r} → {entry.msgstr!r}")
    assert not found, "\n".join(found)


def test_no_forbidden_word(rows, entries):
    found = [
        f"{word}, not {row['zh_CN']}: {entry.msgid!r} → {entry.msgstr!r}"
        for row in rows
        for word in alternatives(row["not"])
        for entry in entries
        if word in entry.msgstr
    ]
    assert not found, "\n".join(found)


def test_labels_that_differ_in_case_alone_share_their_word(entries):
    """Sums below a column may say more than its label: of those two one holds the other."""
    groups = defaultdict(set)
    for entry in entries:
        if len(entry.msgid) < 40:
            key = re.sub(r"[\s:…]+$", "", entry.msgid).casefold()
            groups[key].add(re.sub(r"[\s：…]+$", "", entry.msgstr))
    several = {key: words for key, words in groups.items() if len(words) > 1}
    strange = {
        key: words
        for key, words in several.items()
        if not set.intersection(*(set(MANDARIN.findall(word)) for word in words))
    }
    assert not strange


def test_traditional_catalogue_is_the_conversion():
    written = traditional.TRADITIONAL.read_text(encoding="utf-8")
    assert written == traditional.make(), "zh_CN.po or the glossary changed: make traditional"


def test_traditional_words(rows):
    for row in rows:
        word = alternatives(row["zh_CN"])[0]
        assert traditional.to_traditional(word) == row["zh_TW"], row["english"]
    for simplified, expected in (
        ("点击“打开”上传电子发票文件", "點選「開啟」上傳電子發票檔案"),
        ("银行对账单的数据", "銀行對帳單的資料"),
        ("数据库", "資料庫"),
        ("%(count)s 张发票", "%(count)s 張發票"),
    ):
        assert traditional.to_traditional(simplified) == expected


def test_traditional_catalogue_has_no_simplified_character():
    """Of the commonest ones, each of which has another form in Taiwan."""
    simplified = set("发票据审批账税号开户户关联类电话状态为与从个时间选择应该请")
    simplified -= set(traditional.to_traditional("".join(sorted(simplified))))
    assert len(simplified) > 15
    catalogue = polib.pofile(str(traditional.TRADITIONAL))
    found = {e.msgid for e in catalogue if simplified & set(e.msgstr)}
    assert not found


def test_traditional_catalogue_keeps_placeholders(entries):
    catalogue = polib.pofile(str(traditional.TRADITIONAL))
    for entry, other in zip(entries, catalogue, strict=True):
        assert entry.msgid == other.msgid
        kept = [PLACEHOLDERS.findall(text) for text in (entry.msgstr, other.msgstr)]
        # What stands between tags is Chinese as well: only attributes such as title change.
        assert len(kept[0]) == len(kept[1]), entry.msgid
