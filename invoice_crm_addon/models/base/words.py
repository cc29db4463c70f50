"""What the program says and keeps: as code and values, worded in the language of the reader.

Who made a document wait, a file refused or a value changed works in one language, who reads of
it later in another, and jobs in none. So a sentence that is kept is made by ``words(env)``,
which takes the place of ``env``::

    words(self.env)._("%(ticket)s is issued.", ticket=ticket.name)

It is a text in the language of ``env`` like any other, may be raised, joined or sent, and knows
its code – the English sentence, as gettext has it – and its values. A ``KeptText`` field keeps
these. What people write it keeps as they wrote it.

    Kept value                         Worded as
    =====================================================================================
    "…", 1                             as it is
    {"code": …, "values": …}           the sentence, its values worded as well
    {"join": …, "parts": […]}          its parts with a text between them
    {"label": [model, field]}          the label of a field
    {"choice": [model, field, key]}    the label of one of the choices of a field
    {"date": "…"}, {"datetime": "…"}   a day, or a moment (UTC) in the timezone of the reader
    {"amount": "…", "currency": id}    an amount of money
    {"record": [model, id], "name": …} a record's name; translated while it is still called so
    =====================================================================================
"""

import json
import re

from odoo import fields
from odoo.exceptions import MissingError
from odoo.tools import formatLang
from odoo.tools.translate import get_translated_module, get_translation

from .days import word_day, word_moment

MODULE = "invoice_crm_addon"
# In the database it stands before code and values, and before the words of whoever made the
# text, which searches find. Nobody types it; what a caller sends loses it.
MARK = "\x1f"
# Names of records in what is kept; in a text that somebody typed quotes are escaped.
REFERENCE = re.compile(r'"record": \["([\w.]+)", (\d+)\]')


class Words(str):
    """A text in one language that can be said in another.

    :param str text: in the language of whoever makes it
    :param kept: as JSON keeps it, see the table of the module
    """

    __slots__ = ("kept",)

    def __new__(cls, text, kept):
        self = super().__new__(cls, text)
        self.kept = kept
        return self


class _Encoded(str):
    """A text as the database has it."""

    __slots__ = ()


class Wording:
    """Makes texts that are kept, in the language of an environment."""

    def __init__(self, env):
        self.env = env

    def _(self, code, /, *args, **values):
        """A sentence. Values that are ``Words`` are worded with it.

        :param str code: English sentence, a literal
        :rtype: Words
        """
        kept = {"code": code}
        if args or values:
            kept["values"] = [keep(v) for v in args] or {k: keep(v) for k, v in values.items()}
        if (module := get_translated_module(2)) != MODULE:
            kept["module"] = module
        return say(self.env, kept)

    def join(self, separator, parts):
        """Several texts in one, without what is empty.

        :rtype: Words
        """
        return say(self.env, {"join": separator, "parts": [keep(p) for p in parts if p]})

    def label(self, model, fname):
        """Label of a field."""
        return say(self.env, {"label": [model, fname]})

    def choice(self, model, fname, key):
        """Label of one of the choices of a field."""
        return say(self.env, {"choice": [model, fname, key]})

    def date(self, value):
        """:param str value: day"""
        return say(self.env, {"date": value})

    def datetime(self, value):
        """:param str value: moment (UTC)"""
        return say(self.env, {"datetime": value})

    def amount(self, value, currency):
        """:param res.currency currency: maybe empty"""
        return say(self.env, {"amount": repr(float(value)), "currency": currency.id})

    def names(self, records):
        """Names of records, which may have translations."""
        name = records._fields.get(records._rec_name or "")
        if not getattr(name, "translate", False):
            return ", ".join(records.mapped("display_name"))
        # sudo: names in a text that everybody reads who may read its document
        # All languages at once: what follows reads the name in the user's.
        plain = records.sudo().with_context(lang=None, prefetch_langs=True)
        kept = [{"record": [r._name, r.id], "name": r[name.name] or ""} for r in plain]
        return self.join(", ", [say(self.env, reference) for reference in kept])


def words(env):
    """What stands in the place of ``env`` where a text may be kept.

    :rtype: Wording
    """
    return Wording(env)


def keep(text):
    """A text as JSON keeps it: code and values if it is a sentence of the program."""
    return text.kept if isinstance(text, Words) else text


def get_words(error):
    """What an error says, as a sentence that can be kept if it is one of the program's.

    :param UserError error:
    """
    text = error.args and error.args[0]
    return text if isinstance(text, Words) else str(error)


def say(env, kept):
    """What ``keep`` gave, in the language of ``env``.

    :rtype: Words
    """
    return Words(_word(env, kept), kept)


def fetch_named(env, texts):
    """Read the names in many texts by one query a model, before they are worded one by one.

    :param texts: as the cache has them, see ``KeptText``
    """
    ids = {}
    for text in texts:
        if not text or not text.startswith(MARK):
            continue
        for model, id_ in REFERENCE.findall(text.split(MARK)[1]):
            ids.setdefault(model, set()).add(int(id_))
    for model in ids.keys() & set(env):
        # sudo: the names stand in texts that the user reads; this only translates them
        named = env[model].sudo().with_context(prefetch_langs=True).browse(ids[model])
        named.fetch([named._rec_name])


def _word(env, kept):
    if not isinstance(kept, dict):
        return "" if kept is None or kept is False else str(kept)
    [kind] = kept.keys() & _WORDERS.keys()
    return _WORDERS[kind](env, kept)


def _word_sentence(env, kept):
    values = kept.get("values") or ()
    if isinstance(values, dict):
        values = {name: _word_value(env, value) for name, value in values.items()}
    else:
        values = tuple(_word_value(env, value) for value in values)
    module = kept.get("module", MODULE)
    return get_translation(module, env.lang or "en_US", kept["code"], values)


def _word_value(env, value):
    # A number may be formatted by the sentence.
    return _word(env, value) if isinstance(value, (dict, str)) else value


def _word_join(env, kept):
    return kept["join"].join(_word(env, part) for part in kept["parts"])


def _word_label(env, kept):
    model, fname = kept["label"]
    field = model in env and env[model]._fields.get(fname)
    return field._description_string(env) if field else fname


def _word_choice(env, kept):
    model, fname, key = kept["choice"]
    field = model in env and env[model]._fields.get(fname)
    return dict(field._description_selection(env)).get(key, key) if field else key


def _word_date(env, kept):
    return word_day(env, kept["date"])


def _word_datetime(env, kept):
    return word_moment(env, kept["datetime"])


def _word_amount(env, kept):
    currency = env["res.currency"].browse(kept["currency"] or ())
    return formatLang(env, float(kept["amount"]), currency_obj=currency or None)


def _word_record(env, kept):
    model, id_ = kept["record"]
    name = env[model]._fields.get(env[model]._rec_name) if model in env else None
    if not getattr(name, "translate", False):
        return kept["name"]
    # By language, what the transaction has read of the name; a product has that of its template.
    texts = (name.store and env.transaction.field_data[name].get(id_)) or {}
    lang = name.translation_lang(env)
    if not {"en_US", lang} <= texts.keys():
        texts = _read_name(env, model, id_, name)
    return texts[lang] if texts.get("en_US") == kept["name"] else kept["name"]


def _read_name(env, model, id_, name):
    """A translated name, in English and in the language of the reader.

    Read, not asked for whether it exists: many texts name the same few records.
    """
    # sudo: the name stands in the text that the user reads; this only translates it
    record_sudo = env[model].sudo().with_context(prefetch_langs=True).browse(id_)
    try:
        english = record_sudo.with_context(lang=None)[name.name]
        return {"en_US": english, name.translation_lang(env): record_sudo[name.name]}
    except MissingError:
        return {}


_WORDERS = {
    "code": _word_sentence,
    "join": _word_join,
    "label": _word_label,
    "choice": _word_choice,
    "date": _word_date,
    "datetime": _word_datetime,
    "amount": _word_amount,
    "record": _word_record,
}


class KeptText(fields.Text):
    """A text of the program or of people; the reader's language words what the program said."""

    def _description_groupable(self, env):
        return False

    def _description_sortable(self, env):
        return False

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return encode(value)

    def convert_to_record(self, value, record):
        if value is None:
            return False
        if not value.startswith(MARK):
            return value
        try:
            return say(record.env, json.loads(value.split(MARK)[1]))
        except ValueError:
            # Somebody wrote it into the database; the seals of approvals tell.
            return value

    def convert_to_read(self, value, record, use_display_name=True):
        # Nothing but a plain text leaves by a remote call.
        return str(value) if value else value

    def convert_to_write(self, value, record):
        return value


class KeptRows(fields.Json):
    """A list of dicts, whose values may be sentences of the program."""

    def convert_to_cache(self, value, record, validate=True):
        return super().convert_to_cache(keep_rows(value), record, validate)

    def convert_to_record(self, value, record):
        rows = super().convert_to_record(value, record)
        return rows and [
            {name: say(record.env, v) if isinstance(v, dict) else v for name, v in row.items()}
            for row in rows
        ]

    def convert_to_read(self, value, record, use_display_name=True):
        return value and [
            {name: str(v) if isinstance(v, Words) else v for name, v in row.items()}
            for row in value
        ]

    def convert_to_write(self, value, record):
        return value


def keep_rows(rows):
    """Rows as JSON keeps them, or False.

    :param list[dict] rows: maybe empty
    """
    return rows and [
        {name: keep(v) for name, v in row.items()} if isinstance(row, dict) else row for row in rows
    ]


def encode(value):
    """A text as the database has it.

    :param str value: maybe ``Words``
    """
    if isinstance(value, _Encoded):
        return value
    text = (value.decode() if isinstance(value, bytes) else str(value)).replace(MARK, "")
    if isinstance(value, Words):
        return _Encoded(f"{MARK}{dump(value)}{MARK}{text}")
    return _Encoded(text)


def dump(value):
    """Code and values of a sentence, the same whatever the language.

    :param Words value:
    :rtype: str
    """
    return json.dumps(value.kept, ensure_ascii=False, sort_keys=True)
