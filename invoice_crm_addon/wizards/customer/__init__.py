from . import base_partner_merge
from . import merge_kept_ids
from . import billing_paste_wizard
from . import customer_merge_wizard
from . import company_billing_wizard
