import logging

from psycopg2.errors import DeadlockDetected, SerializationFailure

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..base.words import KeptText, get_words, words

_logger = logging.getLogger(__name__)

JOB = "invoice_crm_addon.ir_cron_data_check"
# Somebody wrote the same rows; a query that takes too long is none, and would never end.
COLLISIONS = (ConcurrencyError, DeadlockDetected, SerializationFailure)


class InvoiceCheckResult(models.Model):
    """What one check of a run came to."""

    _name = "invoice.check.result"
    _description = "Result of a Check"
    _order = "run_id desc, sequence, id"
    _rec_name = "check_id"

    run_id = fields.Many2one(
        "invoice.check.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, precompute=True)
    sequence = fields.Integer(readonly=True)
    check_id = fields.Many2one(
        "invoice.check", required=True, readonly=True, index=True, ondelete="cascade"
    )
    category = fields.Selection(related="check_id.category")
    severity = fields.Selection(related="check_id.severity")
    state = fields.Selection(
        selection=[("waiting", "Not Run Yet"), ("done", "Checked"), ("failed", "Failed")],
        default="waiting",
        required=True,
        readonly=True,
    )
    checked_count = fields.Integer(
        string="Looked At", readonly=True, help="Records of the company that it looks at."
    )
    found_count = fields.Integer(
        string="Found", readonly=True, help="At fault now, those that are accepted left out."
    )
    new_count = fields.Integer(string="New", readonly=True)
    accepted_count = fields.Integer(string="Accepted", readonly=True)
    gone_count = fields.Integer(string="Gone", readonly=True)
    error = KeptText(readonly=True)

    def _run_in_background(self):
        """Run the check, whatever comes of it.

        :return: False if somebody else wrote the same rows, so that it has to be tried again
        """
        run, check = self.run_id, self.check_id
        values = {"state": "done"}
        try:
            with self.env.cr.savepoint():
                values["checked_count"] = self._count_checked()
                counts = check._run(run)
        except COLLISIONS:
            self.env.ref(JOB)._trigger()
            return False
        except UserError as error:
            values = {"state": "failed", "error": get_words(error)}
        except Exception:
            _logger.exception("Data check %s failed", check.method)
            values = {
                "state": "failed",
                "error": words(self.env)._("It failed because of an error of the program."),
            }
        else:
            values.update(
                found_count=counts.get("new", 0) + counts.get("open", 0),
                new_count=counts.get("new", 0),
                accepted_count=counts.get("accepted", 0),
                gone_count=counts["gone"],
            )
        self.write(values)
        return True

    def _count_checked(self):
        """How many records there are to look at: several checks of a run look at the same.

        :rtype: int
        """
        check = self.check_id
        same = self.run_id.result_ids.filtered(
            lambda result: result.state == "done" and result.check_id.res_model == check.res_model
        )
        return same[:1].checked_count or check._count_checked(
            check.res_model, self.run_id.company_id
        )
