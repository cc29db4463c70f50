import base64
from collections import Counter
from dataclasses import replace

from odoo import api, fields, models

from ...fapiao import (
    FIELDS,
    KINDS,
    LINE_FIELDS,
    PROBLEMS,
    WITNESSES,
    FapiaoError,
    Verdict,
    as_digital,
    check_amounts,
    contradictions,
    judge,
    show_place,
)
from ..base.words import words

MOST_DOUBTS, MOST_PICTURES = 6, 12
_BADGES = {
    Verdict.AGREED: "text-bg-success",
    Verdict.SINGLE: "text-bg-light",
    Verdict.CONTRADICTORY: "text-bg-danger",
}
# Fields whose witnesses do arithmetic, and the sentences that say what it finds.
_PROBLEMS = {
    "lines": {"lines_amount", "lines_tax", "line_tax"},
    "qr": {"qr_amount"},
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

    doubts_html = fields.Html(
        string="Not Read for Certain", compute="_compute_doubts_html", sanitize=False
    )

    @api.depends("document")
    @api.depends_context("lang", "uid")
    def _compute_document_html(self):
        for file in self:
            document = file._get_document()
            file.document_html = document and self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_document", file._prepare_document_rendering(document)
            )

    @api.depends("document")
    @api.depends_context("lang", "uid")
    def _compute_doubts_html(self):
        for file in self:
            document = file._get_document()
            file.doubts_html = bool(document and document.doubts) and self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_doubts",
                {"rows": file._get_doubt_rows(document, len(self) == 1)},
            )

    @api.depends("document", "ticket_id")
    @api.depends_context("lang", "uid")
    def _compute_evidence_html(self):
        for file in self:
            rows = file._get_evidence_rows()
            file.evidence_html = rows and self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_evidence",
                {"rows": rows, "notes": file._get_notes()},
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
        accounts = self.env["res.partner.bank"]
        if accounts._sees_whole_numbers():
            return document
        number = document.buyer.bank_account
        return replace(
            document,
            buyer=replace(document.buyer, bank_account=accounts._mask_account_number(number)),
            # Where the form has no field for it, it stands in the remark.
            remark=accounts._mask_in_text(document.remark, number),
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

    def _get_doubt_rows(self, document, with_pictures):
        """Places that were not read for certain: what stands there, with a picture.

        :param bool with_pictures: they take time, so a list of files goes without
        :rtype: list[dict]
        """
        places = {}
        for doubt in document.doubts:
            places.setdefault((doubt.page, doubt.box), []).append(doubt)
        pictures = self._show_places(places) if with_pictures else {}
        return [
            {
                "page": page and self.env._("page %s", page),
                "fields": [
                    (
                        self._get_doubt_label(doubt),
                        self._get_kept_text(doubt.field, doubt.text or None),
                    )
                    for doubt in doubts
                ],
                "picture": pictures.get((page, box)),
            }
            for (page, box), doubts in places.items()
        ]

    def _show_places(self, places):
        """Pictures of places in a PDF file, in Base64, until one of them cannot be shown.

        :param places: pairs of a page and a box on it
        :rtype: dict
        """
        pictures = {}
        if self.format != "PDF":
            return pictures
        # sudo: whoever reads what a file says reads the file. Forms ask for sizes of contents.
        content = self.sudo().attachment_id.with_context(bin_size=False).raw or b""
        try:
            for page, box in [place for place in places if place[1]][:MOST_PICTURES]:
                picture = show_place(content, page, box, self._get_limits())
                pictures[page, box] = base64.b64encode(picture).decode()
        except FapiaoError:
            return pictures
        return pictures

    def _get_notes(self):
        """Sentences about what of the file could not be read.

        :rtype: list[str]
        """
        translate = self.env["invoice.fapiao.translator"]._translate
        return [translate(PROBLEMS[note.code], note.params) for note in self._get_document().notes]

    @api.model
    def _get_field_label(self, name):
        return self.env["invoice.fapiao.translator"]._translate(FIELDS[name])

    @api.model
    def _get_contradiction_text(self, found, document):
        """A sentence that names what witnesses say differently.

        :param list found: evidence that contradicts
        """
        parts = [self._get_problem_text(evidence, document) for evidence in found]
        return words(self.env)._(
            "The file contradicts itself. %s", words(self.env).join(" ", parts)
        )

    @api.model
    def _get_problems_of(self, document):
        """Why nobody should take a document without a look at it; empty where nothing is wrong."""
        parts = []
        if found := contradictions(judge(document)):
            parts.append(self._get_contradiction_text(found, document))
        if document.doubts:
            labels = dict.fromkeys(self._get_doubt_label(doubt) for doubt in document.doubts)
            parts.append(
                words(self.env)._(
                    "Not everything on it could be read for certain: %s.",
                    words(self.env).join(", ", list(labels)[:MOST_DOUBTS]),
                )
            )
        return words(self.env).join(" ", parts) if parts else ""

    @api.model
    def _get_doubt_label(self, doubt):
        """The field of a doubt, with the number of the line where it is one of a line."""
        name, _dot, rest = doubt.field.partition(".")
        if name != "lines" or not rest:
            return self._get_field_label(doubt.field)
        number, _dot, fname = rest.partition(".")
        return words(self.env)._(
            "%(field)s of line %(number)s",
            field=self.env["invoice.fapiao.translator"]._translate(LINE_FIELDS[fname]),
            number=number,
        )

    @api.model
    def _get_problem_text(self, evidence, document):
        if codes := _PROBLEMS.get(evidence.field):
            problems = [p for p in check_amounts(document) if p.code in codes]
            translate = self.env["invoice.fapiao.translator"]._translate
            sentences = [translate(PROBLEMS[p.code], p.params) for p in problems]
            return words(self.env).join(" ", sentences)
        values = [self._get_kept_text(evidence.field, evidence.value)]
        values += [
            self._get_kept_text(evidence.field, witness.value)
            for witness in evidence.witnesses
            if not witness.agrees and witness.value is not None
        ]
        label = self._get_field_label(evidence.field)
        return words(self.env)._(
            "%(field)s: %(values)s.",
            field=label,
            values=words(self.env).join(" ≠ ", dict.fromkeys(values)),
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
            return words(self.env)._("%s line(s)", len(value)) if value else ""
        if name == "is_red":
            return words(self.env)._("Yes") if value else words(self.env)._("No")
        if name.startswith("amount") and name != "amount_in_words":
            return self._format_amount(value) if value is not None else ""
        if name == "buyer.bank_account":
            return self.env["res.partner.bank"]._show_account_number(value) or ""
        if hasattr(value, "isoformat"):
            return fields.Date.to_string(value)
        if name == "remark" and not self.env["res.partner.bank"]._sees_whole_numbers():
            return self.env["res.partner.bank"]._mask_in_text(value) or ""
        return "" if value is None else str(value)

    @api.model
    def _get_kind_label(self, kind):
        return self.env["invoice.fapiao.translator"]._translate(KINDS[kind])

    # === OUTCOME === #

    def _get_created_text(self, ticket, document):
        if not ticket.partner_id:
            return words(self.env)._(
                "Created %(ticket)s. The customer %(buyer)s is unknown: open the ticket to create "
                "or choose it.",
                ticket=ticket.name,
                buyer=document.buyer.name,
            )
        if ticket.red_of_id:
            return words(self.env)._(
                "Created %(ticket)s, the red letter of %(original)s.",
                ticket=ticket.name,
                original=ticket.red_of_id.display_name,
            )
        if document.is_red:
            return words(self.env)._(
                "Created %(ticket)s, a red letter. The invoice that it cancels, %(number)s, has no "
                "ticket here.",
                ticket=ticket.name,
                number=document.red_of_number or "–",
            )
        return words(self.env)._("Created %s.", ticket.name)

    # === RESULTS === #

    def get_rows(self):
        """What the panel shows of each file, in the order in which they came.

        :rtype: list[dict]
        :raise AccessError: if the user may not read the files
        """
        self = self._in_all_companies()
        self.check_access("read")
        return [
            {
                "id": file.id,
                "name": file.name,
                "outcome": file.outcome,
                "message": str(file.message or ""),
                "verdict": file.verdict or False,
                "ticket_id": file.ticket_id.id,
                "can_undo": file.can_undo,
            }
            for file in self.sorted("id")
        ]

    def _get_import_result(self):
        """What became of the files of one attachment, as ``import_fapiao`` describes it.

        :rtype: dict
        """
        urgency = {name: rank for rank, name in enumerate(self._get_outcomes_by_urgency())}
        urgent = max(self, key=lambda file: urgency.get(file.outcome, -1))
        if len(self) == 1:
            return {
                "outcome": urgent.outcome,
                "ticket_id": urgent.ticket_id.id,
                "message": str(urgent.message or ""),
            }
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        counts = Counter(self.mapped("outcome"))
        return {
            "outcome": urgent.outcome,
            "ticket_id": False,
            "message": ", ".join(f"{labels[key]}: {count}" for key, count in counts.items()),
            "files": self.get_rows(),
        }

    def _render_results(self):
        """The results as a table, for a message.

        :rtype: Markup
        """
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        rows = [
            {"name": file.name, "outcome": labels[file.outcome], "message": str(file.message or "")}
            for file in self.sorted("id")
        ]
        return self.env["ir.qweb"]._render("invoice_crm_addon.fapiao_results", {"rows": rows})
