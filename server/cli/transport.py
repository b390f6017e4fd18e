"""Operations over HTTP, as a command sends them: files as multipart requests, waiting where the server says so, one sentence on failure."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx2
from pydantic import BaseModel

_RETRIES: Final = 3
_CONNECT_SECONDS: Final = 10
_ANSWER_SECONDS: Final = 120  # a notebook of 100 MB is written and read within it
_LONGEST_WAIT_SECONDS: Final = 120
_WAIT_SECONDS: Final = 1.0
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_ACCEPT: Final = "application/graphql-response+json, application/json;q=0.9"


class OperationFailed(Exception):
    """The server did not do it; one sentence for each reason, in which the token does not stand."""

    def __init__(self, *messages: str) -> None:
        """Take the sentences."""
        super().__init__(" ".join(messages))
        self.messages = messages


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """The scalar Upload: a file, read anew whenever it is sent."""

    path: Path


class Transport:
    """Sends the operations of the generated client; what it sends twice is the same to the byte, so keys for retries hold."""

    def __init__(
        self, url: str, token: str, *, answer_seconds: float = _ANSWER_SECONDS, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Take the API's address and whom to be."""
        self.url, self._token, self._sleep, self._answer_seconds = url, token, sleep, answer_seconds
        headers = {"authorization": f"Bearer {token}", "accept": _ACCEPT, "graphql-require-preflight": "1"}
        self._http = httpx2.Client(headers=headers, timeout=httpx2.Timeout(answer_seconds, connect=_CONNECT_SECONDS))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def execute(self, query: str, operation_name: str, variables: Mapping[str, object]) -> httpx2.Response:
        """Send an operation, up to three times more while the answer gets lost or the server is busy; raises OperationFailed."""
        reason, wait = "", _WAIT_SECONDS
        for attempt in range(_RETRIES + 1):
            if attempt:
                self._sleep(wait)
            try:
                response = self._send(query, operation_name, variables)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                msg = f"No connection to {self.url}: {self.clean(str(error))}. Does the server run, and is NBINSIGHT_URL right?"
                raise OperationFailed(msg) from error
            except httpx2.TimeoutException:
                reason, wait = f"{self.url} gave no answer within {self._answer_seconds:g} s", _WAIT_SECONDS
                continue
            except httpx2.RequestError as error:
                reason, wait = f"The connection to {self.url} broke: {self.clean(str(error)) or type(error).__name__}", _WAIT_SECONDS
                continue
            if response.status_code not in _BUSY:
                return response
            wait = _seconds_to_wait(response)
            reason = f"The server is busy or limits how much one may ask (HTTP {response.status_code})"
            if wait > _LONGEST_WAIT_SECONDS:
                msg = f"{reason}: it asks to come back in {wait:g} s."
                raise OperationFailed(msg)
        msg = f"{reason}; asked {_RETRIES + 1} times."
        raise OperationFailed(msg)

    def get_data(self, response: httpx2.Response) -> dict[str, Any]:
        """Return the data of an answer without errors; raises OperationFailed."""
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            msg = "The server does not know the token, or it has ended (HTTP 401): put another one into NBINSIGHT_TOKEN."
            raise OperationFailed(msg)
        try:
            answer = _Answer.model_validate_json(response.content)
        except ValueError as error:
            msg = f"{self.url} answered HTTP {response.status_code} and not as a GraphQL server does: is NBINSIGHT_URL right?"
            raise OperationFailed(msg) from error
        if answer.errors:
            raise OperationFailed(*(self.clean(fault.message) for fault in answer.errors))
        if answer.data is None:
            msg = f"{self.url} answered HTTP {response.status_code} without data."
            raise OperationFailed(msg)
        return answer.data

    def clean(self, text: str) -> str:
        """Return what others wrote as one line that cannot steer a terminal, without the token."""
        return "".join(letter if letter.isprintable() else " " for letter in text).replace(self._token, "[token]").strip()

    def _send(self, query: str, operation_name: str, variables: Mapping[str, object]) -> httpx2.Response:
        files = [(name, value) for name, value in variables.items() if isinstance(value, NotebookFile)]
        plain = {name: _plain(value) for name, value in variables.items()}
        operation = {"query": query, "operationName": operation_name, "variables": plain}
        if not files:
            return self._http.post(self.url, json=operation)
        [(name, file)] = files
        form = {"operations": json.dumps(operation), "map": json.dumps({"0": [f"variables.{name}"]})}
        with file.path.open("rb") as opened:
            return self._http.post(self.url, data=form, files={"0": (file.path.name, opened, "application/x-ipynb+json")})


class _Fault(BaseModel):
    message: str


class _Answer(BaseModel):
    data: dict[str, Any] | None = None
    errors: list[_Fault] = []


def _plain(value: object) -> object:
    match value:
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        case NotebookFile():
            return None
        case _:
            return value


def _seconds_to_wait(response: httpx2.Response) -> float:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else _WAIT_SECONDS
