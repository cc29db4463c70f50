"""What is connected with what, as SQL: one step from each thing to its neighbours."""

MODELS = {
    "payment": "account.payment",
    "move": "account.move",
    "order": "sale.order",
    "contract": "invoice.contract",
}
KIND_OF = {model: kind for kind, model in MODELS.items()}
# The columns of a path that name them.
COLUMNS = {
    "payment": "payment_id",
    "move": "move_id",
    "order": "sale_order_id",
    "contract": "contract_id",
}

# What is connected with what. ``start`` is the node that was found last.
STEPS = """
    SELECT 'contract', sale_order.invoice_contract_id
      FROM sale_order
     WHERE start.kind = 'order' AND sale_order.id = start.id
 UNION ALL
    SELECT 'order', sale_order.id
      FROM sale_order
     WHERE start.kind = 'contract' AND sale_order.invoice_contract_id = start.id
 UNION ALL
    SELECT 'contract', payment.invoice_contract_id
      FROM account_payment payment
     WHERE start.kind = 'payment' AND payment.id = start.id
 UNION ALL
    SELECT 'payment', payment.id
      FROM account_payment payment
     WHERE start.kind = 'contract' AND payment.invoice_contract_id = start.id
 UNION ALL
    SELECT 'contract', move.invoice_contract_id
      FROM account_move move
     WHERE start.kind = 'move' AND move.id = start.id
 UNION ALL
    SELECT 'move', move.id
      FROM account_move move
     WHERE start.kind = 'contract' AND move.invoice_contract_id = start.id
       AND move.move_type = 'out_invoice'
 UNION ALL
    SELECT 'order', order_line.order_id
      FROM account_move_line line
      JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = line.id
      JOIN sale_order_line order_line ON order_line.id = rel.order_line_id
     WHERE start.kind = 'move' AND line.move_id = start.id
 UNION ALL
    SELECT 'move', line.move_id
      FROM sale_order_line order_line
      JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = order_line.id
      JOIN account_move_line line ON line.id = rel.invoice_line_id
      JOIN account_move move ON move.id = line.move_id
     WHERE start.kind = 'order' AND order_line.order_id = start.id
       AND move.move_type = 'out_invoice'
 UNION ALL
    SELECT 'payment', payment.id
      FROM account_move_line line
      JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id
      JOIN account_move_line paid ON paid.id = partial.credit_move_id
      JOIN account_payment payment ON payment.move_id = paid.move_id
     WHERE start.kind = 'move' AND line.move_id = start.id
 UNION ALL
    SELECT 'move', line.move_id
      FROM account_payment payment
      JOIN account_move_line paid ON paid.move_id = payment.move_id
      JOIN account_partial_reconcile partial ON partial.credit_move_id = paid.id
      JOIN account_move_line line ON line.id = partial.debit_move_id
      JOIN account_move move ON move.id = line.move_id
     WHERE start.kind = 'payment' AND payment.id = start.id AND move.move_type = 'out_invoice'
 UNION ALL
    SELECT 'payment', rel.payment_id
      FROM account_move__account_payment rel
     WHERE start.kind = 'move' AND rel.invoice_id = start.id
 UNION ALL
    SELECT 'move', rel.invoice_id
      FROM account_move__account_payment rel
      JOIN account_move move ON move.id = rel.invoice_id
     WHERE start.kind = 'payment' AND rel.payment_id = start.id AND move.move_type = 'out_invoice'
 UNION ALL
    SELECT 'order', payment.sale_order_id
      FROM account_payment payment
     WHERE start.kind = 'payment' AND payment.id = start.id
 UNION ALL
    SELECT 'payment', payment.id
      FROM account_payment payment
     WHERE start.kind = 'order' AND payment.sale_order_id = start.id
 UNION ALL
    SELECT 'contract', NULLIF(request.old_values ->> 'contract_id', 'false')::int
      FROM invoice_approval_request request
     WHERE start.kind = 'ticket' AND request.res_model = 'invoice.ticket'
       AND request.res_id = start.id AND request.state = 'pending' AND request.is_change
"""

# What a ticket names: a contract or an order itself, invoices and payments in its allocations.
NAME_STEPS = """
 UNION ALL
    SELECT 'ticket', ticket.id
      FROM {source}
     WHERE start.kind = '{kind}' AND {column} = start.id
       AND ticket.red_of_id IS NULL AND ticket.state IN %(holding)s
 UNION ALL
    SELECT '{kind}', {column}
      FROM {source}
     WHERE start.kind = 'ticket' AND ticket.id = start.id
"""
TICKET = "invoice_ticket ticket"
ALLOCATED = (
    f"{TICKET} JOIN invoice_ticket_allocation allocation ON allocation.ticket_id = ticket.id"
)
NAMED = {
    "contract": {"source": TICKET, "column": "ticket.contract_id"},
    "order": {"source": TICKET, "column": "ticket.sale_order_id"},
    "move": {"source": ALLOCATED, "column": "allocation.move_id"},
    "payment": {"source": ALLOCATED, "column": "allocation.payment_id"},
}

# What was connected when the paths were laid, and may not be any more.
PATH_STEPS = """
 UNION ALL
    SELECT 'ticket', path.ticket_id
      FROM invoice_ticket_path path
     WHERE start.kind = '{kind}' AND path.{column} = start.id
 UNION ALL
    SELECT '{kind}', path.{column}
      FROM invoice_ticket_path path
     WHERE start.kind = 'ticket' AND path.ticket_id = start.id
"""
