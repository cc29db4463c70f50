"""Order of the plain tests."""


def pytest_collection_modifyitems(items):
    """Start with the longest: of several processes, none shall begin it when the others end."""
    items.sort(key=lambda item: item.path.name != "test_lifecycle.py")
