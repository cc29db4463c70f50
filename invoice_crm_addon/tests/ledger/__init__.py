from . import test_chain
from . import test_contract_sources
from . import test_figures
from . import test_ledger_races
from . import test_over_issue
from . import test_safeguards
from . import test_sources
from . import test_walk
