"""Install, update and uninstall the add-on, with and without demo data and Chinese."""

import subprocess

from runtime import cluster, databases, layout, odoo

MODULE = layout.MODULE
UNINSTALL = f"""
module = env["ir.module.module"].search([("name", "=", "{MODULE}")])
module.button_immediate_uninstall()
"""
# What of the module may be found in a database, each row a name.
TRACES = {
    "tables": "SELECT tablename FROM pg_tables WHERE tablename LIKE 'invoice\\_%'",
    "columns": "SELECT table_name || '.' || column_name FROM information_schema.columns "
    "WHERE column_name LIKE 'invoice\\_contract%' OR column_name LIKE 'ticket\\_%' "
    "OR column_name IN ('billing_state', 'tax_number_key', 'invoice_title')",
    "external ids": f"SELECT name FROM ir_model_data WHERE module = '{MODULE}'",
    "models": "SELECT model FROM ir_model WHERE model LIKE 'invoice.%'",
    "menus": "SELECT id::text FROM ir_ui_menu WHERE web_icon LIKE 'invoice_crm_addon%'",
}


def query(database, statement):
    import psycopg2

    connection = psycopg2.connect(dbname=database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return {row[0] for row in cursor.fetchall()}
    finally:
        connection.close()


def traces(database):
    return {name: query(database, statement) for name, statement in TRACES.items()}


def shell(database, code):
    command = odoo.command("shell", "-d", database, "--no-http", "--log-level=error")
    done = subprocess.run(
        command, input=code, env=odoo.environment(), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]


def make_database(name, with_demo):
    """A database in which everything is installed that the add-on depends on."""
    if with_demo:
        databases.copy(databases.template(), name)
        return
    depends = ",".join(databases.manifest()["depends"])
    databases.odoo_step(
        "make a database without demo data", name, "-d", name, "-i", depends, "--without-demo=all"
    )


# Two classes, not two parameters: processes that share the tests take them class by class.
class TestWithDemoInChinese:
    def test_install_update_uninstall(self):
        install_update_uninstall(with_demo=True)


class TestWithoutDemoInEnglish:
    def test_install_update_uninstall(self):
        install_update_uninstall(with_demo=False)


def install_update_uninstall(with_demo):
    """Lead the add-on through its life on a database of its own, which is dropped."""
    odoo.ensure()
    name = f"invoice_crm_lifecycle_{'demo' if with_demo else 'bare'}"
    with cluster.running():
        databases.drop(name)
        try:
            make_database(name, with_demo)
            before = traces(name)

            demo = ["--with-demo"] if with_demo else []
            assert not databases.odoo_step("install", name, "-d", name, "-i", MODULE, *demo)
            counts = "SELECT state || count(*) FROM invoice_ticket GROUP BY state"
            tickets = query(name, counts)
            assert bool(tickets) == with_demo

            assert not databases.odoo_step("update", name, "-d", name, "-u", MODULE)
            assert query(name, counts) == tickets

            shell(name, UNINSTALL)
            assert traces(name) == before

            if not with_demo:
                # Demo companies and users stay, as the books refer to them; a second set clashes.
                assert not databases.odoo_step("install again", name, "-d", name, "-i", MODULE)
        finally:
            databases.drop(name)
