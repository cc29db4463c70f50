"""Everyday OFD files and QR codes: every field as ``expected.json`` has it."""

import os
import pathlib
import statistics
import time

import pytest
from fapiao import check_amounts, check_readings, read_document
from fapiao.packages import is_installed
from fapiao_expected import find_differences, load_expected

FOLDER = pathlib.Path(os.environ.get("FAPIAO_SAMPLES") or ".")
EXPECTED = load_expected(FOLDER)


def names(*endings):
    return [name for name in EXPECTED if name.endswith(endings)]


@pytest.mark.parametrize("name", names(".ofd"))
def test_ofd_of_the_street(name):
    document = read_document((FOLDER / "street" / name).read_bytes(), name)
    assert find_differences(document, EXPECTED[name][0]) == []
    assert [str(problem) for problem in check_amounts(document) + check_readings(document)] == []
    assert document.notes == ()


@pytest.mark.skipif(not is_installed("zxingcpp"), reason="reads QR codes")
@pytest.mark.parametrize("name", names(".png"))
def test_qr_code_of_the_street(name):
    document = read_document((FOLDER / "street" / name).read_bytes(), name)
    assert find_differences(document, EXPECTED[name][0]) == []


@pytest.mark.skipif(not EXPECTED, reason="FAPIAO_SAMPLES names no folder with everyday files")
def test_ofd_is_read_quickly():
    medians = []
    for name in [name for name in EXPECTED if name.endswith(".ofd")]:
        content, times = (FOLDER / "street" / name).read_bytes(), []
        for _round in range(7):
            start = time.process_time()
            read_document(content)
            times.append(time.process_time() - start)
        medians.append(statistics.median(times) * 1000)
    print([f"{median:.1f}" for median in medians])
    assert statistics.median(medians) < 60  # three times the aim: CI is slow
