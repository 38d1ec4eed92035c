"""A server on this machine that speaks the part of the hub's protocol that its client uses, and gives plain files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class World:
    """What the server gives.

    `files`: plain files by name. `repositories`: id -> commit -> file -> content; the last commit is `main`. Files of a
    suffix in `large` have a SHA-256 at the hub. `refuse`: a file that is answered with 403. `cut`: how many answers
    break off half-way; `busy`: how many say 503.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    repositories: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    large: tuple[str, ...] = (".safetensors", ".bin")
    asked: list[str] = field(default_factory=list)
    refuse: str = ""
    cut: int = 0
    busy: int = 0
    ranges: list[str] = field(default_factory=list)

    def publish(self, repository: str, files: dict[str, bytes]) -> str:
        """Add a commit to a repository; return its name."""
        commits = self.repositories.setdefault(repository, {})
        commit = hashlib.sha1(f"{repository}{len(commits)}".encode()).hexdigest()
        commits[commit] = files
        return commit

    def last(self, repository: str) -> str:
        """Its newest commit."""
        return list(self.repositories[repository])[-1]


@contextmanager
def serving(world: World) -> Iterator[World]:
    """Run the server while the body runs."""

    class Handler(_Handler):
        pass

    Handler.world = world
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = urlsplit(self.path).path.lstrip("/")
        self.world.asked.append(f"{self.command} {path}")
        if self.world.busy and body:
            self.world.busy -= 1
            return self._send(503, b"busy", {}, body)
        if path.startswith("api/models/"):
            return self._info(path.removeprefix("api/models/"), body)
        if "/resolve/" in path:
            return self._resolve(path, body)
        if path in self.world.files:
            return self._content(self.world.files[path], {}, body)
        return self._send(404, b"not found", {}, body)

    def _commit(self, repository: str, revision: str) -> str | None:
        commits = self.world.repositories.get(repository, {})
        return list(commits)[-1] if revision == "main" and commits else revision if revision in commits else None

    def _info(self, path: str, body: bool) -> None:
        repository, _, revision = path.partition("/revision/")
        if repository not in self.world.repositories:
            return self._send(401, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
        commit = self._commit(repository, revision or "main")
        if commit is None:
            return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body)
        siblings = []
        for name, content in self.world.repositories[repository][commit].items():
            row: dict[str, object] = {"rfilename": name, "size": len(content)}
            if name.endswith(self.world.large):
                digest = hashlib.sha256(content).hexdigest()
                row["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(row)
        answer = {"id": repository, "sha": commit, "siblings": siblings, "private": False, "tags": [], "downloads": 0}
        return self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"}, body)

    def _resolve(self, path: str, body: bool) -> None:
        repository, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        commit = self._commit(repository, revision)
        content = self.world.repositories.get(repository, {}).get(commit or "", {}).get(name)
        if name == self.world.refuse:
            return self._send(403, b"", {}, body)
        if content is None:
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit or ""}, body)
        return self._content(content, {"X-Repo-Commit": commit or ""}, body)

    def _content(self, content: bytes, headers: dict[str, str], body: bool) -> None:
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", **headers}
        wanted = self.headers.get("Range")
        if wanted and self.headers.get("If-Range", etag) == etag:
            self.world.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(content):
                return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"}, body)
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._send(206, content[start:], headers, body)
        return self._send(200, content, headers, body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body and self.world.cut and status in (200, 206) and "ETag" in headers:
            self.world.cut -= 1
            content, self.close_connection = content[: len(content) // 2], True
        if body:
            self.wfile.write(content)
