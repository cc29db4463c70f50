"""Proof that values come from the add-on's own code.

Superuser mode alone is none: core lends it to values of callers. The mail gateway creates
documents of ``custom_values`` and alias defaults, a server action of the type “Update Record”
and an automation rule write in it, the portal writes what a customer typed, the merge of
partners moves what it finds.

The proof stands in the context, as an object: whatever comes by a remote call, a file, a mail,
a default or a server action is data, and data cannot be that object. Neither can code of a
server action import these functions. What runs as a consequence of our own writes, such as an
automation rule, does not inherit it, see ``ir.actions.server``.
"""

from odoo.tools.misc import clean_context

_KEY = "invoice_proof"


class _Proof:
    __slots__ = ()

    def __repr__(self):
        return "<proof>"


_PROOF = _Proof()


def proven(records):
    """The records in superuser mode, for what the add-on itself writes.

    Guarded and locked fields can be written through them; rights and states are for the caller
    to check before. Defaults that came in the context stay behind.

    :param models.Model records: maybe empty
    """
    context = clean_context(records.env.context)
    # sudo: what the add-on itself writes; callers check rights and states before
    return records.with_env(records.env(context={**context, _KEY: _PROOF}, su=True))


def is_proven(env):
    """Whether values that are written in this environment come from the add-on's own code."""
    return env.su and env.context.get(_KEY) is _PROOF


def unproven(records):
    """The records as they are for code of others, superuser mode untouched."""
    if _KEY not in records.env.context:
        return records
    return records.with_context(**{_KEY: None})
