"""Who sent an e-mail, as the server that received it found out (RFC 8601)."""

import re
from email.utils import getaddresses

# Everything that a value may hold beside blanks and semicolons; quoted strings as one.
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s;="]+)|([;=])')


def get_from_domain(message):
    """Domain of the one address in the one ``From`` of an e-mail.

    :param email.message.Message message: as it came
    :return: the domain in lower case; empty if there are several authors, or none
    :rtype: str
    """
    headers = [str(header) for header in message.get_all("From", [])]
    addresses = [address for _name, address in getaddresses(headers)]
    if len(headers) != 1 or len(addresses) != 1 or addresses[0].count("@") != 1:
        return ""
    return addresses[0].rpartition("@")[2].strip().lower()


def is_authenticated(message, authserv_id):
    """Whether the receiving server vouches for the domain in ``From``.

    Only what this server says counts, and of that the header on top: a server adds its own
    above what came with the e-mail.

    :param email.message.Message message: as it came
    :param str authserv_id: name under which the receiving server writes its results
    :rtype: bool
    """
    domain = get_from_domain(message)
    if not (domain and authserv_id):
        return False
    for header in message.get_all("Authentication-Results", []):
        server, results = _parse(str(header))
        if server == authserv_id.strip().lower():
            return _is_passed(results, domain)
    return False


def _is_passed(results, domain):
    by_method = {}
    for method, result, properties in results:
        by_method.setdefault(method, []).append((result, properties))
    if policies := by_method.get("dmarc"):
        if all(
            result == "pass" and properties.get("header.from", domain) == domain
            for result, properties in policies
        ):
            return True
        if any(result != "none" for result, _properties in policies):
            return False
    signers = [
        properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2]
        for result, properties in by_method.get("dkim", [])
        if result == "pass"
    ]
    senders = [
        properties.get("smtp.mailfrom", "").rpartition("@")[2]
        for result, properties in by_method.get("spf", [])
        if result == "pass"
    ]
    return any(_is_aligned(found, domain) for found in signers + senders)


def _is_aligned(found, domain):
    return found == domain or found.endswith(f".{domain}")


def _parse(header):
    """The server that wrote a header, and what it found.

    :return: authserv-id, and for each method its name, result and properties
    :rtype: tuple[str, list]
    """
    parts = [[]]
    for match in TOKEN.finditer(_strip_comments(header)):
        quoted, word, sign = match.groups()
        if sign == ";":
            parts.append([])
        else:
            parts[-1].append(sign or (word or re.sub(r"\\(.)", r"\1", quoted or "")).lower())
    server = parts[0][0] if parts[0] else ""
    return server, [found for part in parts[1:] if (found := _parse_result(part))]


def _parse_result(tokens):
    if len(tokens) < 3 or tokens[1] != "=":
        return None
    pairs = {}
    for index in range(3, len(tokens) - 2):
        if tokens[index + 1] == "=":
            pairs.setdefault(tokens[index], tokens[index + 2])
    # A method may have a version: "dkim/1".
    return tokens[0].partition("/")[0], tokens[2], pairs


def _strip_comments(text):
    """The text without what stands in parentheses, which nest, outside quoted strings."""
    kept, depth, is_quoted, is_escaped = [], 0, False, False
    for char in text:
        if is_escaped:
            is_escaped = False
        elif char == "\\":
            is_escaped = True
        elif char == '"' and not depth:
            is_quoted = not is_quoted
        elif char == "(" and not is_quoted:
            depth += 1
        elif char == ")" and depth:
            depth -= 1
            kept.append(" ")
            continue
        if not depth:
            kept.append(char)
    return "".join(kept)
