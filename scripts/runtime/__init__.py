"""The private Odoo + PostgreSQL runtime behind the Makefile."""
