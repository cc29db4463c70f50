"""pytest plugin: what a process tells the one that collects the outcomes is text that can be sent.

Tests of hostile input show half surrogate pairs in their failures, logs and warnings. UTF-8
cannot hold one, so pytest-xdist could not send it, and the whole run would end there.
"""

import pytest


def sendable(value):
    """Return a report's plain data with what UTF-8 cannot hold written as its number."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, dict):
        return {sendable(key): sendable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(sendable, value))
    return value


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """Make a test's outcome, what it printed included, fit to be sent."""
    return sendable((yield))


@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message):
    """Make a warning fit to be sent."""
    if isinstance(warning_message.message, Warning):
        warning_message.message.args = sendable(warning_message.message.args)
