from odoo.tools.sql import column_exists, table_exists


def migrate(cr, version):
    """Tickets that are not issued are planned for the day on which they were written.

    In SQL, and with the columns: Odoo would write today into every ticket, and read them all to
    compute where they stand in the calendar.
    """
    if not version or not table_exists(cr, "invoice_ticket"):
        return
    if column_exists(cr, "invoice_ticket", "date_calendar"):
        return
    cr.execute(
        """
        ALTER TABLE invoice_ticket
            ADD COLUMN IF NOT EXISTS date_planned date, ADD COLUMN date_calendar date
        """
    )
    # The day is that of whoever wrote it; of zones, only those that PostgreSQL knows.
    cr.execute(
        """
        WITH writer AS (
            SELECT users.id, zone.name
              FROM res_users users
              JOIN res_partner partner ON partner.id = users.partner_id
              JOIN pg_timezone_names zone ON zone.name = partner.tz
        ), planned AS (
            SELECT ticket.id,
                   CASE WHEN ticket.state NOT IN ('issued', 'voided') THEN (
                       ticket.create_date AT TIME ZONE 'UTC'
                       AT TIME ZONE COALESCE(writer.name, 'UTC')
                   )::date END AS day
              FROM invoice_ticket ticket LEFT JOIN writer ON writer.id = ticket.create_uid
        )
        UPDATE invoice_ticket ticket
           SET date_planned = planned.day, date_calendar = COALESCE(issue_date, planned.day)
          FROM planned
         WHERE planned.id = ticket.id AND COALESCE(issue_date, planned.day) IS NOT NULL
        """
    )
