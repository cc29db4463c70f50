from odoo import http
from odoo.http import request

#: Chapters by what a screen shows – a model, or the tag of a client action –, and by the screen
#: where one model is the matter of several chapters. What has
#: none opens the first page.
CHAPTERS = {
    "index": ("invoice_worklist_overview",),
    "customers": (
        "res.partner",
        "res.partner.bank",
        "invoice.billing.paste.wizard",
        "invoice.billing.confirmation",
        "invoice.customer.import",
        "invoice.customer.import.row",
        "invoice.customer.duplicate",
        "invoice.customer.distinct",
        "invoice.customer.merge.wizard",
    ),
    "contracts": (
        "invoice.contract",
        "invoice.contract.milestone",
        "sale.order",
        "invoice.planned.bill",
        "invoice.planned.bill.skip.wizard",
        "invoice.billing.price.wizard",
        "invoice.billing.rule",
    ),
    "tickets": (
        "invoice.ticket",
        "invoice.ticket.cancel.wizard",
        "invoice.ticket.split.wizard",
        "invoice.ticket.quota.wizard",
        "invoice.source.cancel.wizard",
    ),
    "approvals": (
        "invoice.approval.request",
        "invoice.approval.decision.wizard",
        "invoice.approval.delegation",
        "invoice.approval.statistics",
        "invoice_crm_addon.invoice_worklist_action_late_approvals",
    ),
    "files": (
        "invoice.fapiao.file",
        "invoice.fapiao.batch",
        "invoice.fapiao.compare.wizard",
    ),
    "sending": (
        "invoice.shipment",
        "invoice.ticket.mailing",
        "invoice.ticket.send.wizard",
        "invoice_crm_addon.invoice_worklist_action_unsent",
        "invoice_crm_addon.invoice_worklist_action_under_way",
    ),
    "collections": (
        "account.payment",
        "account.move",
        "invoice_settlement",
        "invoice_crm_addon.settlement_page",
        "invoice.bank.match",
        "invoice.bank.match.wizard",
        "invoice.bank.statement.wizard",
        "invoice.bank.statement.file",
        "invoice.customer.account",
        "invoice.receivable.item",
        "invoice.settlement.check",
        "invoice.ticket.excess",
        "invoice_crm_addon.invoice_worklist_action_uncollected",
    ),
    "reminders": (
        "invoice.reminder",
        "invoice.reminder.stop",
        "invoice.reminder.wizard",
        "invoice.account.statement",
        "invoice.account.statement.wizard",
        "invoice.account.statement.close.wizard",
        "invoice_crm_addon.invoice_worklist_action_overdue",
    ),
    "bureau": (
        "invoice.bureau.batch",
        "invoice.bureau.batch.item",
        "invoice.bureau.batch.wizard",
        "invoice.bureau.refuse.wizard",
        "invoice.bureau.template",
        "invoice.bureau.list",
        "invoice.bureau.fapiao",
        "invoice.bureau.month",
        "invoice.bureau.month.row",
        "invoice.bureau.closing",
        "invoice.bureau.explanation",
        "invoice.bureau.explain.wizard",
        "invoice.bureau.match.wizard",
        "invoice.goods.code",
        "invoice.goods.code.wizard",
        "invoice.goods.code.import.wizard",
        "invoice_crm_addon.invoice_ticket_action_to_bureau",
        "invoice_crm_addon.invoice_ticket_line_action_uncoded",
        "invoice_crm_addon.invoice_product_action_goods_code",
    ),
    "reports": (
        "action_spreadsheet_dashboard",
        "invoice.customer.insight",
        "invoice.customer.opportunity",
        "invoice.ticket.analysis",
        "invoice.ticket.comparison",
        "invoice.correction.register",
        "invoice.export.log",
        "invoice.audit.package",
        "invoice.audit.wizard",
        "invoice_crm_addon.vat_sheet",
        "invoice_crm_addon.invoice_ticket_action_figures",
    ),
    "checks": (
        "invoice.check",
        "invoice.check.finding",
        "invoice.check.run",
        "invoice.check.accept.wizard",
    ),
    "settings": (
        "res.config.settings",
        "invoice.company.billing.wizard",
        "invoice.ticket.type",
        "invoice.ticket.template",
        "invoice.approval.flow",
        "invoice.approval.try.wizard",
        "invoice.customer.level",
        "invoice.carrier",
        "invoice.print.template",
        "invoice.reminder.plan",
    ),
}
PLACES = {place: chapter for chapter, places in CHAPTERS.items() for place in places}


def get_chapter(*places):
    """Return the chapter of the first place that has one, or nothing.

    :param str places: XML id of an action, model, tag of a client action; from narrow to wide
    """
    return next((PLACES[place] for place in places if place in PLACES), None)


class Manual(http.Controller):
    @http.route("/invoice_crm/manual", type="http", auth="user", methods=["GET"], readonly=True)
    def manual(self, at="", **_kwargs):
        """Lead to the chapter of a screen, in the language of its reader.

        :param str at: XML id of the screen's action, model, tag: what it has, with commas between
        """
        chapter = get_chapter(*at.split(",")) or "index"
        language = "zh_CN" if (request.env.lang or "").startswith("zh") else "en"
        return request.redirect(f"/invoice_crm_addon/static/manual/{language}/{chapter}.html")
