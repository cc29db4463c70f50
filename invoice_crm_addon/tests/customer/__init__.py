from . import test_billing
from . import test_billing_paste
from . import test_completeness
from . import test_customer_level
from . import test_partner
from . import test_verification
from . import test_customer_insight
from . import test_customer_insight_unit
