from . import test_fapiao_match
from . import test_fapiao_evidence
from . import test_fapiao_decision
from . import test_fapiao_undo
from . import test_fapiao_batch
from . import test_fapiao_mail
from . import test_fapiao_race
from . import test_ticket_fapiao
