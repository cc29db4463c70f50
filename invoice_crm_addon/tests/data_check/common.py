from odoo import fields
from odoo.tools import SQL

from ..ledger.common import LedgerCommon


class CheckCommon(LedgerCommon):
    """Checks, and rows that something broke past the ORM."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Run = cls.env["invoice.check.run"]
        cls.Finding = cls.env["invoice.check.finding"]
        cls.today = fields.Date.context_today(cls.env.user)

    @classmethod
    def _get_check(cls, name):
        return cls.env.ref(f"invoice_crm_addon.check_{name}")

    @classmethod
    def _break(cls, record, **values):
        """Write past the ORM, as a script or a restored table does.

        :param values: by column; SQL, or what the database takes
        """
        cls.env.flush_all()
        pairs = [SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()]
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = ANY(%s)",
                SQL.identifier(record._table),
                SQL(", ").join(pairs),
                record.ids,
            )
        )
        cls.env.invalidate_all()

    @classmethod
    def _start(cls, *checks, company=None):
        """A run of some checks only, without its job."""
        company = company or cls.company
        return cls.Run.create(
            {
                "company_id": company.id,
                "user_id": cls.finance.id,
                "caretaker_id": company._get_check_caretaker().id,
                "result_ids": [
                    fields.Command.create({"check_id": check.id, "sequence": place})
                    for place, check in enumerate(checks)
                ],
            }
        )

    @staticmethod
    def _run_all(run):
        """Run all checks of a run at once, as its job does one after the other."""
        for result in run.result_ids:
            result._run_in_background()
        run._finish()

    @classmethod
    def _look(cls, *names, company=None):
        """Run the checks of these names.

        :return: the run, which is done
        """
        cls.env.flush_all()
        run = cls._start(*map(cls._get_check, names), company=company)
        cls._run_all(run)
        cls.env.invalidate_all()
        return run

    @classmethod
    def _get_findings(cls, name, record=None):
        domain = [
            ("check_id", "=", cls._get_check(name).id),
            ("company_id", "=", cls.company.id),
            ("state", "!=", "gone"),
        ]
        if record:
            domain.append(("res_id", "in", record.ids))
        return cls.Finding.search(domain)
