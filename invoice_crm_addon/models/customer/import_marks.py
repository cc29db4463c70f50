"""What a customer looks like, kept to be compared and put back."""

import hashlib
import json

# By whose values a customer is known to be as the import left it.
MARKING = (
    "active billing_confirmed_on billing_state business_licence_kind category_id city comment "
    "company_id customer_level_id email invoice_address invoice_contact_id invoice_phone "
    "invoice_title is_company lang name parent_id phone street street2 ticket_quota "
    "ticket_quota_period ticket_template_id user_id vat website zip"
).split()


def dump_imported(partner, fnames, with_bank):
    """Values of a customer as they are kept, to be compared and put back.

    :param list fnames: stored fields
    :param bool with_bank: whether its billing account is among them
    :rtype: dict
    """
    partner_sudo = partner.sudo()  # sudo: compared and put back, shown to nobody
    values = {}
    for fname in fnames:
        value = partner_sudo[fname]
        field = partner_sudo._fields[fname]
        if field.type == "many2one":
            value = value.id
        elif field.relational:
            value = sorted(value.ids)
        values[fname] = str(value) if field.type == "html" and value else value
    if with_bank:
        account_sudo = partner_sudo.invoice_bank_account_id
        values["bank"] = {
            "id": account_sudo.id,
            "account": account_sudo.acc_number,
            "bank": partner_sudo.invoice_bank_id.name,
            "cnaps": account_sudo.clearing_number,
        }
    return values


def get_mark(partner):
    """What a new customer looks like, to tell whether somebody changed it.

    :rtype: str
    """
    partner_sudo = partner.sudo()  # sudo: compared, and shown to nobody
    mark = dump_imported(partner_sudo, MARKING, True)
    mark["accounts"] = len(partner_sudo.bank_ids)
    mark["contacts"] = sorted(
        [child.name or "", child.phone or "", child.email or ""] for child in partner_sudo.child_ids
    )
    text = json.dumps(mark, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
