"""pytest plugin: a process that dies takes the test with it that it was running, and no other one.

pytest-xdist starts another process, and hands it the rest of the class. With loadscope it takes
the test that was fatal for a part of that rest, so that it kills one process after the other, and
at last the whole run.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling


class Scheduling(LoadScopeScheduling):
    """Hands out classes of tests, and never again a test that was fatal."""

    def remove_node(self, node):
        """Take back the work of a process; return the test at which it died, if there is one."""
        units = self.assigned_work[node].values()
        fatal = [(unit, name) for unit in units for name, is_done in unit.items() if not is_done]
        for unit, name in fatal[:1]:
            unit[name] = True
        super().remove_node(node)
        return fatal[0][1] if fatal else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the tests among processes."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None
