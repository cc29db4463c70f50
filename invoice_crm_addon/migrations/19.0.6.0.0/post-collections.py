import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Finance and auditors read collections, not what the company pays to vendors.

    Rules are not updated with the module; one that an administrator changed stays.
    """
    cr.execute(
        """
        UPDATE ir_rule SET domain_force = $$[('partner_type', '=', 'customer')]$$
          FROM ir_model_data data
         WHERE data.model = 'ir.rule' AND data.res_id = ir_rule.id
           AND data.module = 'invoice_crm_addon'
           AND data.name IN ('account_payment_rule_ticket_finance',
                             'account_payment_rule_ticket_auditor')
           AND domain_force = $$[(1, '=', 1)]$$
        """
    )
    _logger.info("Limited %s rules of payments to collections", cr.rowcount)
