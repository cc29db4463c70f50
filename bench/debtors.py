"""Customers who owe three invoices each, cloned in SQL: a seed that several benchmarks share."""

from odoo import fields

#: Invoices of each customer.
EACH = 3


def make_debtors(env, screens, company, count, days_ago, **values):
    """Make customers with an e-mail address, and posted invoices that nobody paid.

    :param env: of Odoo; whoever calls rolls back
    :param Screens screens: clones the rows
    :param company: whose customers
    :param int count: how many customers
    :param int days_ago: when they were invoiced
    :param values: more values of the invoice that is cloned
    :return: the customers
    """
    partner = env["res.partner"].create(
        {"name": "Bench", "is_company": True, "email": "bench@bench.example.com", "lang": "zh_CN"}
    )
    journal = env["account.journal"].search(
        [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
    )
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "journal_id": journal.id,
            "invoice_date": fields.Date.subtract(fields.Date.today(), days=days_ago),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [(0, 0, {"name": "Bench", "price_unit": 1000, "tax_ids": False})],
            **values,
        }
    )
    invoice.action_post()
    env.flush_all()
    [customer, *_others] = screens.clone(
        "res_partner", count, partner, name="'B' || n", complete_name="'B' || n"
    )
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id, email = 'b' || id || '@bench.example' "
        "|| '.com' WHERE id >= %s",
        [customer],
    )
    of_customer = f"{customer} + n % {count}"
    partners = {"partner_id": of_customer, "commercial_partner_id": of_customer}
    [move, *_others] = screens.clone(
        "account_move", EACH * count, invoice, name="'BENCH' || n", access_token="NULL", **partners
    )
    item = invoice.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
    screens.clone(
        "account_move_line", EACH * count, item, move_id=f"{move} + n", partner_id=of_customer
    )
    screens.analyze("res_partner", "account_move", "account_move_line")
    env.invalidate_all()
    return env["res.partner"].browse(range(customer, customer + count))
