def migrate(cr, version):
    """Remember what contracts said was ticketed, so that the new ledger can be held against it.

    It was no column, but a sum of the tickets that name the contract.
    """
    cr.execute(
        """
        CREATE TABLE invoice_contract_figures_before AS
        SELECT contract_id AS id,
               COALESCE(SUM(amount_contract) FILTER (WHERE state = 'issued'), 0) AS ticketed,
               COALESCE(SUM(amount_contract) FILTER (
                   WHERE state IN ('pending', 'approved') AND amount_total > 0), 0) AS in_progress
          FROM invoice_ticket
         WHERE contract_id IS NOT NULL
      GROUP BY contract_id
        """
    )
