from . import contract
from . import contract_milestone
