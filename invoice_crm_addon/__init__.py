from . import models
from . import wizards
from . import demo


def post_init_hook(env):
    """Let the partners that are there own their tax numbers."""
    env["res.partner"]._claim_existing_tax_numbers()
