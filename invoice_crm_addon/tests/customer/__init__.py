from . import test_billing
from . import test_billing_paste
from . import test_customer_level
from . import test_customer_duplicate
from . import test_customer_search
from . import test_partner
from . import test_verification
