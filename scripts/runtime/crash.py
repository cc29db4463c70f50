"""pytest plugin: a process that dies takes the test with it that it was running, and no other one.

pytest-xdist starts another process, and hands it the rest of the class. With loadscope it takes
the test that was fatal for a part of that rest, so that it kills one process after the other, and
at last the whole run. It takes classes that were finished for a part of it, too, and waits for
ever for a process that has nothing to do.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

# A process begins a test when it knows the next one, or that there is none.
FEW = 2


class Scheduling(LoadScopeScheduling):
    """Hands out classes of tests, and never again what was done, or was fatal."""

    def remove_node(self, node):
        """Take back the work of a process; return the test at which it died, if there is one."""
        work = self.assigned_work[node]
        fatal = [(unit, name) for unit in work.values() for name in unit if not unit[name]]
        for unit, name in fatal[:1]:
            unit[name] = True
        for scope in [scope for scope, unit in work.items() if all(unit.values())]:
            del work[scope]
        super().remove_node(node)
        return fatal[0][1] if fatal else None

    def _reschedule(self, node):
        """As xdist's, which hands out one class: the rest of one may be a single test."""
        if not node.shutting_down:
            while self.workqueue and self._pending_of(self.assigned_work[node]) <= FEW:
                self._assign_work_unit(node)
            if not self.workqueue:
                node.shutdown()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Share the tests among processes."""
    return Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None
