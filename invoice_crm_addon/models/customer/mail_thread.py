from odoo import models

_KEY = "invoice_log_once"


class _Once:
    """Stands in the context: nothing that comes from outside can be this object."""

    __slots__ = ()


_ONCE = _Once()


def logging_once(records):
    """The records for a change of many of which one message each says all.

    What core notes beside, of each bank account say, is not noted.

    :param models.Model records: maybe empty
    """
    return records.with_context(**{_KEY: _ONCE})


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_log(self, **kwargs):
        if self.env.context.get(_KEY) is _ONCE:
            return self.env["mail.message"]
        return super()._message_log(**kwargs)
