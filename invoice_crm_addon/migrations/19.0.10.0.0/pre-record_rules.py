DEPARTMENT = (
    "'child_of', user.employee_ids.department_id.ids)",
    "'in', user._get_readable_departments().ids)",
)
APPROVER = r"approval_request_ids\.approver_ids', 'in', \[user\.id\]\)"
REQUEST = r"\('((?:request_id\.)?)approver_ids', 'in', \[user\.id\]\)"


def migrate(cr, version):
    """Rules are not updated, since companies change them: only what is as we wrote it changes."""
    if not version:
        return
    cr.execute(
        r"""
        UPDATE ir_rule SET domain_force = regexp_replace(regexp_replace(
            replace(domain_force, %s, %s),
            %s, 'is_approval_reader'', ''='', True)', 'g'),
            %s, '(''\1is_approval_reader'', ''='', True)', 'g')
        WHERE id IN (
            SELECT res_id FROM ir_model_data
            WHERE model = 'ir.rule' AND module = 'invoice_crm_addon'
        )
        """,
        [*DEPARTMENT, APPROVER, REQUEST],
    )
