"""What a package index offers: PEP 691, and PEP 503 from one that has no JSON."""

import base64
import json
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

PYPI = "https://pypi.org/simple/"
ACCEPTED = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
WAIT_SECONDS = 15
LARGEST_BYTES = 20_000_000
RELEASED = (".whl", ".tar.gz", ".zip")


class IndexTroubleError(Exception):
    """The index did not say what there is; the message is a sentence."""


@dataclass(frozen=True)
class Offer:
    """A file of a release."""

    filename: str
    is_yanked: bool = False
    requires_python: str = ""


def index_url(environ: Mapping[str, str], *, of_uv: bool) -> str:
    """The index that pip, or uv, is told to use by the environment; else PyPI."""
    if of_uv:
        said = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or ""
        said = re.sub(r"^[\w.-]+=(?=https?:)", "", said)  # it may be given a name
    else:
        said = environ.get("PIP_INDEX_URL") or ""
    return said or PYPI


def without_login(url: str) -> str:
    """The address, fit to be shown."""
    return re.sub(r"(?<=//)[^/]*@", "", url)


def newest(url: str, name: str, python: str = platform.python_version()) -> str | None:
    """The newest release of `name` that this Python can use, neither yanked nor a pre-release.

    Raises IndexTroubleError.
    """
    versions = {_version(each, name) for each in offers(url, name) if _is_for_use(each, python)}
    found = max((each for each in versions if each and not each.is_prerelease), default=None)
    return str(found) if found else None


def is_newer(version: str | None, than: str) -> bool:
    """Whether there is a `version`, and it is newer."""
    return version is not None and Version(version) > Version(than)


def offers(url: str, name: str) -> list[Offer]:
    """Every file that the index has of `name`. Raises IndexTroubleError."""
    shown = without_login(url)
    kind, text = _get(f"{url.rstrip('/')}/{name}/", shown, name)
    try:
        return list(_from_json(json.loads(text)) if kind.endswith("json") else _from_html(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"What the package index {shown} said is no list of packages."
        raise IndexTroubleError(message) from error


def _version(offer: Offer, name: str) -> Version | None:
    try:
        if offer.filename.endswith(".whl"):
            project, version, *_ = parse_wheel_filename(offer.filename)
        else:
            project, version = parse_sdist_filename(offer.filename)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return version if project == name else None


def _is_for_use(offer: Offer, python: str) -> bool:
    try:
        fits = SpecifierSet(offer.requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        fits = True
    return fits and not offer.is_yanked


def _from_json(page: Any) -> Iterator[Offer]:
    for file in page["files"]:
        yield Offer(str(file["filename"]), bool(file.get("yanked")), str(file.get("requires-python") or ""))


def _from_html(text: str) -> list[Offer]:
    parser = _Links()
    parser.feed(text)
    if not any(each.filename.endswith(RELEASED) for each in parser.offers):  # a proxy's page to log in, say
        message = "no link leads to a release"
        raise ValueError(message)
    return parser.offers


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.offers: list[Offer] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and (link := given.get("href")):
            filename = unquote(urlsplit(link).path.rpartition("/")[2])
            self.offers.append(
                Offer(filename, "data-yanked" in given, given.get("data-requires-python") or "")
            )


def _get(url: str, shown: str, name: str) -> tuple[str, str]:
    """The kind and the text of a page."""
    try:
        with urlopen(_request(url), timeout=WAIT_SECONDS) as answer:  # noqa: S310 - http and https only
            return answer.headers.get_content_type(), answer.read(LARGEST_BYTES).decode("utf-8", "replace")
    except HTTPError as error:
        error.close()
        if error.code == 404:  # noqa: PLR2004 - Not Found
            message = f"The package index {shown} has no {name}: it is not released there."
        else:
            message = f"The package index {shown} answers {error.code} {error.reason}."
        raise IndexTroubleError(message) from error
    except (OSError, HTTPException, ValueError) as error:
        message = f"The package index {shown} does not answer: {getattr(error, 'reason', error)}."
        raise IndexTroubleError(message) from error


def _request(url: str) -> Request:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        message = "its address begins with neither http nor https"
        raise ValueError(message)
    request = Request(without_login(url), headers={"Accept": ACCEPTED})  # noqa: S310 - seen above
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        # not sent on to where a redirection may lead
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    return request
