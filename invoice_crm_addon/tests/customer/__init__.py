from . import test_billing
from . import test_billing_paste
from . import test_customer_level
from . import test_partner
from . import test_verification
from . import test_customer_import
from . import test_customer_import_race
from . import test_customer_import_tour
