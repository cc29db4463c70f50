from . import plan_row_mixin
from . import billing_rule
from . import contract_milestone
from . import invoice_contract
from . import planned_bill
from . import planned_bill_making
from . import res_company
