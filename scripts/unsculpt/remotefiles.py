"""Files behind an address: bounded retries, ranges of bytes or whole copies, advice that fits a fault."""

import base64
import contextlib
import hashlib
import http.client
import io
import logging
import os
import re
import shutil
import socket
import ssl
import tempfile
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from unsculpt.filesystems import Filesystem

TIMEOUT = 30  # seconds in which a server must send something
WAITS = (1, 4, 10)  # seconds between attempts
BLOCK = 1 << 20
KEPT = 32  # blocks of a file that is read in ranges
FIRST = 4096  # bytes by which a kind of file is told
XROOTD = {"CONNECTIONWINDOW": "30", "CONNECTIONRETRY": "2", "REQUESTTIMEOUT": "60", "STREAMTIMEOUT": "30"}
STATUS = re.compile(r"\b(?:status|returned|was|Error) (\d{3})\b")


class Damaged(Exception):
    """A file arrived otherwise than its server says it is."""


def is_remote(path):
    """Whether a name is an address.

    Examples
    --------
    >>> is_remote("root://eos.example.org//a.root"), is_remote("a.root")
    (True, False)
    """
    return "://" in path


def scheme(path):
    """That of an address, empty for the name of a file."""
    return path.partition("://")[0].lower() if is_remote(path) else ""


def again(action, path):
    """What an action on a remote file gives; after a fault that may pass it is done again, a few times."""
    for wait in (*WAITS, None):
        try:
            return action()
        except Exception as error:
            if wait is None or not is_remote(path) or not may_pass(error):
                raise
            logging.info("%s: %s: %s; once more in %g s", path, type(error).__name__, error, wait)
            time.sleep(wait)


def may_pass(error):
    """Whether a fault of a remote file may be gone at the next attempt: not what the server or this machine refuses."""
    return _kind(error) in ("silent", "broken", "busy", "content")


def advice(error):
    """What to do about a fault of a remote file, after a semicolon."""
    return ADVICE[_kind(error)].format(number=len(WAITS) + 1, seconds=TIMEOUT)


ADVICE = {
    "absent": "the server has no such file; check the address",
    "refused": "the server does not let you read it; check your permission, or its token or proxy certificate",
    "unknown": "no such server is known to this machine; check the address, and whether this machine has a network",
    "certificate": "the server's certificate is not trusted here; check the address and the clock, or install the "
    "certificates of its authority",
    "package": "such an address needs a package that is not installed (root:// the packages xrootd and fsspec-xrootd); "
    "install it, or give an https address",
    "kind": "addresses of this kind are not known; give one that begins with https:// or root://",
    "silent": "the server sent nothing for {seconds} s, {number} times; check the address, or run again later: what is "
    "finished stays",
    "broken": "the connection broke {number} times; check the address, or run again later: what is finished stays",
    "busy": "the server had an error of its own {number} times; run again later: what is finished stays",
    "content": "it came {number} times, but is no whole file; check the file on its server",
}


def reason(error):
    """What went wrong, in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__


def _kind(error):
    """The kind of a fault, a key of `ADVICE`, from an exception and those behind it."""
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = getattr(error, "reason", None) if isinstance(error, urllib.error.URLError) else None
        error = error if isinstance(error, BaseException) else chain[-1].__cause__ or chain[-1].__context__
    return next((kind for kind in map(_of_one, chain) if kind), "content")


def _of_one(error):
    text = str(error)
    code = error.code if isinstance(error, urllib.error.HTTPError) else None
    code = code or next(map(int, STATUS.findall(text)), None)
    for kind, fits in {
        "package": isinstance(error, ImportError),
        "kind": "Protocol not known" in text,
        "certificate": isinstance(error, ssl.SSLCertVerificationError),
        "absent": code in (404, 410) or isinstance(error, FileNotFoundError) or "[3011]" in text,
        "refused": code in (401, 403, 407) or "[3010]" in text or "Auth failed" in text,
        "busy": code == 429 or (code or 0) >= 500,
        "unknown": isinstance(error, socket.gaierror) or "nvalid address" in text,
        "silent": isinstance(error, TimeoutError) or "timeout" in text.lower() or "expired" in text,
        "broken": isinstance(error, (ConnectionError, http.client.HTTPException)) or "[FATAL]" in text,
    }.items():
        if fits:
            return kind
    return None


@dataclass(frozen=True)
class Remote:
    """A file behind an address, asked for.

    name : the address, or the file to which it was copied because the server has no ranges.
    first : its first bytes, by which its kind is told.
    size : in bytes.
    """

    name: str
    first: bytes
    size: int


@contextlib.contextmanager
def opened(path):
    """Give a `Remote`, whose `name` uproot can read.

    What a server says of the whole file, its length and checksums, is checked where it is copied.
    """
    if not _is_http(path):
        for name, value in XROOTD.items():
            os.environ.setdefault(f"XRD_{name}", value)
        yield again(lambda: _by_filesystem(path), path)
        return
    with contextlib.ExitStack() as stack:
        yield again(lambda: _in_ranges_or_copied(path, stack), path)


def copied(path, stack):
    """The name of a copy of a file, which goes with the stack."""
    if _is_http(path):
        return again(lambda: _copy(_ask(path, headers=_DIGESTS), stack), path)
    size = again(lambda: Filesystem(path).size(), path)
    copy = _place_of_copy(stack)
    with copy.open("wb") as file:
        shutil.copyfileobj(Ranges(path, size), file, BLOCK)
    return str(copy)


def _is_http(path):
    return scheme(path) in ("http", "https")


def _by_filesystem(path):
    file = Filesystem(path)
    size = file.size()
    return Remote(path, file.read(0, min(FIRST, size) - 1) if size else b"", size)


_DIGESTS = {"Want-Digest": "sha-256, md5, adler32", "Want-Repr-Digest": "sha-256=9, md5=1"}


def _ask(path, first=0, last=None, headers=None):
    """The answer of a server, asked for bytes or for the whole file."""
    asked = {} if last is None else {"Range": f"bytes={first}-{last}"}
    try:
        return urllib.request.urlopen(urllib.request.Request(path, headers=asked | (headers or {})), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        raise


def _in_ranges_or_copied(path, stack):
    with _ask(path, 0, FIRST - 1, _DIGESTS) as answer:
        size = answer.headers.get("Content-Range", "").rpartition("/")[2]
        if answer.status == http.HTTPStatus.PARTIAL_CONTENT and size.isdigit():
            return Remote(path, answer.read(), int(size))
        logging.info("%s: the server has no ranges of bytes; the whole file is copied", path)
        copy = _copy(answer if answer.status == http.HTTPStatus.OK else _ask(path, headers=_DIGESTS), stack)
    with Path(copy).open("rb") as file:
        return Remote(copy, file.read(FIRST), Path(copy).stat().st_size)


class Ranges(io.RawIOBase):
    """A file behind an address, read in blocks, of which the last are kept.

    fault : what the server did at last, which libraries that read from here may not tell; None if nothing.
    """

    def __init__(self, path, size):
        self.path, self.size, self.fault, self._place = path, size, None, 0
        self._block = lru_cache(KEPT)(self._get)
        self._file = None if _is_http(path) else Filesystem(path)

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self._place

    def seek(self, offset, whence=os.SEEK_SET):
        self._place = offset + (0, self._place, self.size)[whence]
        return self._place

    def readinto(self, buffer):
        done, buffer = 0, memoryview(buffer).cast("B")
        while done < len(buffer) and self._place < self.size:
            number, skipped = divmod(self._place, BLOCK)
            part = self._block(number)[skipped : skipped + len(buffer) - done]
            buffer[done : done + len(part)] = part
            done, self._place = done + len(part), self._place + len(part)
        return done

    def _get(self, number):
        first = number * BLOCK
        last = min(first + BLOCK, self.size) - 1
        try:
            return again(lambda: self._once(first, last), self.path)
        except Exception as error:
            self.fault = error
            raise

    def _once(self, first, last):
        if self._file is not None:
            content = self._file.read(first, last)
        else:
            with _ask(self.path, first, last) as answer:
                content = answer.read()
        if len(content) != last - first + 1:
            raise Damaged(f"{len(content)} bytes came, and {last - first + 1} were asked for; was it exchanged?")
        return content


def _copy(answer, stack):
    """Write the body of an answer to a file, which goes with the stack, and compare it with what its headers say."""
    copy = _place_of_copy(stack)
    sums, size, adler = {"sha-256": hashlib.sha256(), "md5": hashlib.md5(usedforsecurity=False)}, 0, 1
    with answer, copy.open("wb") as file:
        while block := answer.read(BLOCK):
            file.write(block)
            size, adler = size + len(block), zlib.adler32(block, adler)
            for each in sums.values():
                each.update(block)
    length = answer.headers.get("Content-Length")
    if length is not None and size != int(length):
        raise http.client.IncompleteRead(b"", int(length) - size)
    found = {name: each.digest() for name, each in sums.items()} | {"adler32": adler.to_bytes(4, "big")}
    for name, told in _digests(answer.headers):
        if name in found and found[name] != told:
            raise Damaged(f"its {name} is {found[name].hex()}, and {told.hex()} on the server")
    return str(copy)


def _place_of_copy(stack):
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="unsculpt-"))) / "copy"


def _digests(headers):
    """The checksums in the headers of an answer, (name, bytes): RFC 9530, RFC 3230 and RFC 1864."""
    entries = [entry.strip() for key in ("Repr-Digest", "Digest") for entry in headers.get(key, "").split(",")]
    entries += [f"md5={headers['Content-MD5']}"] if "Content-MD5" in headers else []
    for entry in filter(None, entries):
        name, _, value = entry.partition("=")
        value = value.strip(":")
        with contextlib.suppress(ValueError):
            is_hex = re.fullmatch(r"[0-9a-fA-F]{8}|[0-9a-fA-F]{32}|[0-9a-fA-F]{64}", value)
            yield name.lower(), bytes.fromhex(value) if is_hex else base64.b64decode(value, validate=True)
