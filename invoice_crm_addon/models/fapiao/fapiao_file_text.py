from dataclasses import replace

from odoo import api, fields, models

from ...fapiao import (
    FIELDS,
    KINDS,
    PROBLEMS,
    WITNESSES,
    Verdict,
    as_digital,
    check_amounts,
    contradictions,
    judge,
)

_BADGES = {
    Verdict.AGREED: "text-bg-success",
    Verdict.SINGLE: "text-bg-light",
    Verdict.CONTRADICTORY: "text-bg-danger",
}
# Fields whose witnesses do arithmetic, and the sentences that say what it finds.
_PROBLEMS = {
    "lines": {"lines_amount", "lines_tax", "line_tax"},
    "qr": {"qr_amount", "qr_checksum"},
}


class InvoiceFapiaoFile(models.Model):
    """What a file says, for people: browsers show neither XML nor OFD."""

    _inherit = "invoice.fapiao.file"

    document_html = fields.Html(
        string="E-Invoice", compute="_compute_document_html", sanitize=False
    )
    evidence_html = fields.Html(
        string="Evidence for Each Value", compute="_compute_evidence_html", sanitize=False
    )

    @api.depends("document")
    @api.depends_context("lang", "uid")
    def _compute_document_html(self):
        for file in self:
            document = file._get_document()
            file.document_html = document and self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_document", file._prepare_document_rendering(document)
            )

    @api.depends("document", "ticket_id")
    @api.depends_context("lang", "uid")
    def _compute_evidence_html(self):
        for file in self:
            rows = file._get_evidence_rows()
            file.evidence_html = rows and self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_evidence", {"rows": rows}
            )

    def _prepare_document_rendering(self, document):
        rate_labels = {
            "exempt": self.env._("Exempt"),
            "not_taxable": self.env._("Not taxable"),
            "unknown": "***",
        }
        return {
            "document": self._hide_account(document),
            "title": self._get_kind_label(document.kind),
            "amount": self._format_amount,
            "rate": lambda line: (
                f"{self._format_number(line.tax_rate * 100)}%"
                if line.tax_rate is not None
                else rate_labels.get(line.tax_kind.value, "")
            ),
            "plain": self._format_number,
        }

    @api.model
    def _hide_account(self, document):
        """The document with the buyer's account as the current user may see it.

        :rtype: FapiaoDocument
        """
        number = document.buyer.bank_account
        shown = self.env["res.partner.bank"]._show_account_number(number)
        if shown == number:
            return document
        return replace(
            document,
            buyer=replace(document.buyer, bank_account=shown),
            # Where the form has no field for it, it stands in the remark.
            remark=(document.remark or "").replace(number, shown),
        )

    @api.model
    def _format_amount(self, amount):
        return "–" if amount is None else f"{amount:,.2f}"

    @api.model
    def _format_number(self, number):
        """Quantity, price or rate without the zeros that say nothing."""
        text = "" if number is None else f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def _get_evidence_rows(self):
        """What each witness says of each value.

        :rtype: list[dict]
        """
        translate = self.env["invoice.fapiao.translator"]._translate
        verdicts = {
            Verdict.AGREED: self.env._("Agreed"),
            Verdict.SINGLE: self.env._("Single source"),
            Verdict.CONTRADICTORY: self.env._("Contradictory"),
        }
        return [
            {
                "field": self._get_field_label(found.field),
                "value": self._get_value_text(found.field, found.value),
                "verdict": verdicts[found.verdict],
                "badge": _BADGES[found.verdict],
                "witnesses": [
                    {
                        "name": translate(WITNESSES[witness.name]),
                        "agrees": witness.agrees,
                        "value": self._get_value_text(found.field, witness.value),
                    }
                    for witness in found.witnesses
                ],
            }
            for found in self._get_evidence().values()
        ]

    @api.model
    def _get_field_label(self, name):
        return self.env["invoice.fapiao.translator"]._translate(FIELDS[name])

    @api.model
    def _get_unread_text(self, document):
        """A sentence that names what is printed, and was not read for certain."""
        names = dict.fromkeys(
            "lines" if doubt.field.startswith("lines") else doubt.field for doubt in document.doubts
        )
        return self.env._(
            "Not read for certain: %(fields)s. Compare with the file.",
            fields=", ".join(self._get_field_label(name) for name in names),
        )

    @api.model
    def _get_contradiction_text(self, found, document):
        """A sentence that names what witnesses say differently.

        :param list found: evidence that contradicts
        """
        parts = [self._get_problem_text(evidence, document) for evidence in found]
        return self.env._("The file contradicts itself. %s", " ".join(parts))

    @api.model
    def _get_contradictions_of(self, document):
        """The same for a whole document, empty where nothing contradicts."""
        found = contradictions(judge(document))
        return self._get_contradiction_text(found, document) if found else ""

    @api.model
    def _get_problem_text(self, evidence, document):
        if codes := _PROBLEMS.get(evidence.field):
            problems = [p for p in check_amounts(document) if p.code in codes]
            translate = self.env["invoice.fapiao.translator"]._translate
            return " ".join(translate(PROBLEMS[p.code], p.params) for p in problems)
        values = [self._get_kept_text(evidence.field, evidence.value)]
        values += [
            self._get_kept_text(evidence.field, witness.value)
            for witness in evidence.witnesses
            if not witness.agrees and witness.value is not None
        ]
        label = self._get_field_label(evidence.field)
        return self.env._(
            "%(field)s: %(values)s.", field=label, values=" ≠ ".join(dict.fromkeys(values))
        )

    def _get_kept_text(self, name, value):
        """A value in a message that is kept: others read it than those for whom it is made."""
        if name == "buyer.bank_account":
            return self.env["res.partner.bank"]._mask_account_number(value) or ""
        return self._get_value_text(name, value)

    def _get_value_text(self, name, value):
        if name == "kind" and value is not None:
            document = self._get_document() if len(self) == 1 else None
            is_digital = document and document.is_digital
            return self._get_kind_label(as_digital(value) if is_digital else value)
        if name == "lines":
            return self.env._("%s line(s)", len(value)) if value else ""
        if name == "is_red":
            return self.env._("Yes") if value else self.env._("No")
        if name.startswith("amount") and name != "amount_in_words":
            return self._format_amount(value) if value is not None else ""
        if name == "buyer.bank_account":
            return self.env["res.partner.bank"]._show_account_number(value) or ""
        if hasattr(value, "isoformat"):
            return fields.Date.to_string(value)
        return "" if value is None else str(value)

    @api.model
    def _get_kind_label(self, kind):
        return self.env["invoice.fapiao.translator"]._translate(KINDS[kind])

    # === OUTCOME === #

    def _get_created_text(self, ticket, document):
        if not ticket.partner_id:
            return self.env._(
                "Created %(ticket)s. The customer %(buyer)s is unknown: open the ticket to create "
                "or choose it.",
                ticket=ticket.name,
                buyer=document.buyer.name,
            )
        if ticket.red_of_id:
            return self.env._(
                "Created %(ticket)s, the red letter of %(original)s.",
                ticket=ticket.name,
                original=ticket.red_of_id.display_name,
            )
        if document.is_red:
            return self.env._(
                "Created %(ticket)s, a red letter. The invoice that it cancels, %(number)s, has no "
                "ticket here.",
                ticket=ticket.name,
                number=document.red_of_number or "–",
            )
        return self.env._("Created %s.", ticket.name)
