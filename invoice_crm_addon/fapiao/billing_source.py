"""Billing data from whatever a customer sends: a text, a QR code, a picture, an e-invoice file."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .apart import search_codes_apart
from .billing_qr import is_web_address, parse_billing_qr, parse_licence_qr
from .billing_text import split_billing_text
from .document import FapiaoDocument, Party
from .errors import FapiaoError
from .evidence import Verdict, judge
from .formats import is_picture
from .limits import Limits
from .names import is_same_name
from .qr import parse_qr
from .reader import read_document

_SHOWN = 60


@dataclass(frozen=True)
class BillingSource:
    """Billing data, and where they came from.

    :param origin: ``text``, ``billing_qr`` (the tax bureau's code of a title), ``licence_qr`` (a
        business licence's) or ``invoice``
    :param side: ``buyer`` or ``seller`` for the party of an invoice, else ""
    :param left_out: names of fields that the invoice states in two ways, or not readably
    """

    party: Party
    origin: str
    side: str = ""
    left_out: tuple[str, ...] = ()


def read_billing_source(
    source: str | bytes,
    own: Iterable[Party] = (),
    filename: str = "",
    limits: Limits | None = None,
) -> BillingSource:
    """Read billing data from a text, the text of a QR code, or a file.

    :param source: a text, or the bytes of a picture or of an e-invoice as PDF, OFD or XML
    :param own: our own companies: of an e-invoice the other party is taken, and their own billing
        data are refused
    :raise FapiaoError: there are none in it, they are of several, or our own
    """
    own = tuple(own)
    limits = limits or Limits()
    if isinstance(source, str):
        found = _read_text(source)
    elif len(source) > limits.file_bytes:
        raise FapiaoError("file_too_large", size=len(source), limit=limits.file_bytes)
    elif is_picture(bytes(source[:64])):
        found = _read_picture(bytes(source), limits)
    else:
        return _read_invoice(read_document(source, filename, limits), own)
    if any(_is_same(found.party, party) for party in own):
        raise FapiaoError("billing_own", name=found.party.name or found.party.tax_id)
    return found


def _read_text(text: str) -> BillingSource:
    if found := _read_code(text):
        return found
    party = split_billing_text(text)
    if party == Party():
        raise FapiaoError("billing_empty", text=_shorten(text))
    return BillingSource(party, "text")


def _read_code(text: str) -> BillingSource | None:
    """What a QR code says, ``None`` where it is a text like any other.

    :raise FapiaoError: it cannot hold any billing data
    """
    if party := parse_billing_qr(text):
        if party == Party():
            raise FapiaoError("billing_empty", text=_shorten(text))
        return BillingSource(party, "billing_qr")
    if party := parse_licence_qr(text):
        return BillingSource(party, "licence_qr")
    if is_web_address(text):
        raise FapiaoError("billing_web_address", text=_shorten(text))
    if parse_qr(text) or text.strip().startswith("$01"):
        # The code of an invoice names neither of its parties; the other one is damaged.
        raise FapiaoError("billing_empty", text=_shorten(text))
    return None


def _read_picture(content: bytes, limits: Limits) -> BillingSource:
    texts = search_codes_apart(content, limits)
    if not texts:
        raise FapiaoError("billing_no_code")
    found, errors = {}, []
    for text in texts:
        try:
            source = _read_text(text)
            found.setdefault(source.party.tax_id or source.party.name, source)
        except FapiaoError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    if len(found) > 1:
        raise FapiaoError("billing_several", names=", ".join(found))
    return next(iter(found.values()))


def _read_invoice(document: FapiaoDocument, own: tuple[Party, ...]) -> BillingSource:
    """The party of an invoice that is not one of our own companies."""
    parties = {"buyer": document.buyer, "seller": document.seller}
    others = {
        side: party
        for side, party in parties.items()
        if not any(_is_same(party, known) for known in own)
    }
    if not others:
        raise FapiaoError("billing_own", name=document.buyer.name)
    if len(others) > 1:
        names = {side: party.name or "?" for side, party in parties.items()}
        raise FapiaoError("billing_strangers", **names)
    side, party = others.popitem()
    if party == Party():
        raise FapiaoError("billing_empty", text=document.number)
    left_out = _find_contradicted(document, side)
    return BillingSource(replace(party, **dict.fromkeys(left_out, "")), "invoice", side, left_out)


def _find_contradicted(document: FapiaoDocument, side: str) -> tuple[str, ...]:
    evidence = judge(document)
    return tuple(
        name.removeprefix(f"{side}.")
        for name, item in evidence.items()
        if name.startswith(f"{side}.") and item.verdict == Verdict.CONTRADICTORY
    )


def _is_same(party: Party, own: Party) -> bool:
    if party.tax_id and own.tax_id:
        return party.tax_id == own.tax_id
    return is_same_name(party.name, own.name)


def _shorten(text: str) -> str:
    text = " ".join(text[: 2 * _SHOWN].split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
