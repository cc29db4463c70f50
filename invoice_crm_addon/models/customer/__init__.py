from . import quota_mixin
from . import customer_level
from . import res_partner
from . import res_partner_review
from . import res_partner_level
from . import res_partner_tax_number
from . import res_partner_bank
