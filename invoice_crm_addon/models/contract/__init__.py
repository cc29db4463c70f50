from . import approval_stage
from . import contract
from . import contract_milestone
