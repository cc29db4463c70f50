from markupsafe import Markup

from odoo import fields, models

from .check_finding import UNSOLVED

ACTIVITY = "invoice_crm_addon.mail_activity_type_data_check"
LINK = "/odoo/my-data-findings"


class InvoiceCheckRun(models.Model):
    """After a run each owner gets one activity for all that is theirs, and no second one."""

    _inherit = "invoice.check.run"

    def _tell_owners(self):
        """Bring the activity of each owner in line with what is theirs, in all companies."""
        # sudo: what an activity says to its user are counts of what is theirs
        Finding_sudo = self.env["invoice.check.finding"].sudo()
        # sudo: activities of the program, each for the user alone
        Activity_sudo = self.env["mail.activity"].sudo()
        activity_type = self.env.ref(ACTIVITY)
        told = Activity_sudo.search([("activity_type_id", "=", activity_type.id)])
        told = told.grouped("user_id")
        groups = {}
        for user, check, state, count in Finding_sudo._read_group(
            [("state", "in", UNSOLVED), ("user_id", "!=", False)],
            ["user_id", "check_id", "state"],
            ["__count"],
            order="user_id, check_id",
        ):
            counts = groups.setdefault(user, {}).setdefault(check, dict.fromkeys(UNSOLVED, 0))
            counts[state] = count
        concerned = Finding_sudo._read_group(
            [("run_id", "=", self.id), ("state", "in", UNSOLVED)], ["user_id"]
        )
        concerned = {user for [user] in concerned}
        fresh = []
        for user, activities_sudo in told.items():
            if user not in groups:
                activities_sudo.unlink()
        for user, checks in groups.items():
            if user in told:
                activity_sudo = told[user][:1]
                (told[user] - activity_sudo).unlink()
                activity_sudo.write(self._prepare_digest(user, checks))
            elif user in concerned and user.active:
                values = self._prepare_digest(user, checks)
                fresh.append({**values, "activity_type_id": activity_type.id, "user_id": user.id})
        Activity_sudo.with_context(mail_activity_quick_update=True).create(fresh)

    def _prepare_digest(self, user, checks):
        """Summary, note and date, in the language of the user.

        :param dict checks: how many are new and how many open, by check
        """
        env = self.with_context(lang=user.lang).env
        total = sum(sum(counts.values()) for counts in checks.values())
        new = sum(counts["new"] for counts in checks.values())
        items = Markup().join(
            Markup("<li>%s: %s</li>") % (check.with_env(env).name, sum(counts.values()))
            for check, counts in checks.items()
        )
        return {
            "summary": env._("Data check: %(count)s findings, %(new)s new", count=total, new=new),
            "note": Markup('<p>%s</p><ul>%s</ul><p><a href="%s">%s</a></p>')
            % (
                env._("These are at records of yours:"),
                items,
                LINK,
                env._("Open the list"),
            ),
            "date_deadline": fields.Date.add(fields.Date.context_today(self), days=14),
        }
