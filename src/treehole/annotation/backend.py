"""A model behind Label Studio: a comment without a prediction gets one when it is opened.

Label Studio asks over HTTP, by the protocol of its ML backends: `GET /health`, `POST /setup` when
it is connected to a project, `POST /predict` with tasks, `POST /webhook` for what happens there.
What it asks for is answered by rules and a model, in the form that `treehole annotate push` uses;
nothing is kept and nothing is learned.

Rules and model live in the main thread, and requests are answered in another: SWI-Prolog answers
none but the thread that started it, and Label Studio takes a backend that says nothing for a second
for dead.
"""

import asyncio
import base64
import json
import logging
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from treehole.annotation.connection import Address, explained
from treehole.annotation.evidence import Evidence, EvidenceReader
from treehole.annotation.forms import Answer, form_of, misfit, result_of
from treehole.annotation.projects import MODEL_VERSION, Project
from treehole.annotation.pushing import shown_level
from treehole.errors import TreeholeError
from treehole.knowledge.version import KnowledgeFiles
from treehole.models.datasets import Tier
from treehole.models.scoring import open_scorer, scored

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

log = logging.getLogger(__name__)

Prediction = dict[str, Any]
Ask = Callable[[Sequence[str], Tier], Awaitable[list[Prediction]]]

USER = "treehole"
"""Under which Label Studio gives the password."""

TITLE = "treehole serve"
"""By which the connection is found again. It must differ from `MODEL_VERSION`: of a backend of that
name Label Studio would show nothing but what it says at the moment, and nothing while it is down.
"""

_BLOCK = 64
"""Comments judged at a time; in between, others get their turn."""
_MOST_BYTES = 64 * 2**20
"""Of a request; more is no handful of comments."""
_POLL = 0.05
"""Seconds between looks whether it is up."""
_GRACE = 5
"""Seconds that answers under way have when the backend is to end."""


class Prelabeller:
    """Says of comments what people are shown; in the thread that made it."""

    def __init__(self, model: str, files: KnowledgeFiles) -> None:
        """Load the knowledge and the model.

        Args:
            model: `rules`, or the folder of a model.
            files: The knowledge.

        Raises:
            InputError: The folder is missing, or is no model.
            KnowledgeError: An ontology or rule file is wrong.
            PrologError: SWI-Prolog is missing, or runs in another thread.
        """
        self._scorer = open_scorer(model, files)
        self._rules = EvidenceReader(files)

    def predictions(self, texts: Sequence[str], tier: Tier) -> list[Prediction]:
        """What is said of some comments.

        Args:
            texts: The comments.
            tier: In whose form.

        Returns:
            One a comment, as Label Studio takes it.

        Raises:
            InputError: The model is damaged.
        """
        scores = scored(self._scorer, texts)
        levels = [None] * len(texts) if scores.levels is None else scores.levels.tolist()
        evidence = self._rules.read(texts)
        rows = zip(texts, scores.probabilities.tolist(), levels, evidence, strict=True)
        return [self._prediction(*row, tier) for row in rows]

    def _prediction(
        self, text: str, probability: float, level: int | None, evidence: Evidence, tier: Tier
    ) -> Prediction:
        risk = "high" if probability >= self._scorer.threshold else "low"
        known = {"risk": risk, "level": level, "rules_level": evidence.level}
        answer = Answer(label=risk, level=shown_level(known), spans=evidence.spans)
        return {
            "model_version": MODEL_VERSION,
            "score": round(probability, 6),
            "result": result_of(answer, tier, text),
        }


def application(ask: Ask, tier: Tier | None = None, password: str | None = None) -> Starlette:
    """The backend as an ASGI application.

    Args:
        ask: Gives predictions.
        tier: Serve no other projects than those of this tier; None for both.
        password: Ask for it, with `USER`, as HTTP Basic authentication; None to serve everybody.
    """

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "UP", "model_class": USER})

    async def setup(request: Request) -> Response:
        _tier_of((await _asked(request)).get("schema"), tier)
        return JSONResponse({"model_version": MODEL_VERSION})

    async def predict(request: Request) -> Response:
        asked = await _asked(request)
        of_tier = _tier_of(asked.get("label_config"), tier)
        tasks = asked.get("tasks")
        if not isinstance(tasks, list):
            raise HTTPException(400, "there is no list of tasks")
        texts = [_text_of(task) for task in tasks]
        found = iter(await ask([text for text in texts if text], of_tier))
        # A task without a text has an empty list: were it left out, the others would count as lost.
        return JSONResponse({"results": [[next(found)] if text else [] for text in texts]})

    async def webhook(_request: Request) -> Response:
        return JSONResponse({})

    routes = [
        Route("/", health),
        Route("/health", health),
        Route("/setup", setup, methods=["POST"]),
        Route("/predict", predict, methods=["POST"]),
        Route("/webhook", webhook, methods=["POST"]),
    ]
    guarded = [] if password is None else [Middleware(_Guard, password=password)]
    handlers = {HTTPException: _refused, TreeholeError: _failed}
    return Starlette(routes=routes, middleware=guarded, exception_handlers=handlers)


class _Guard:
    """Lets in who gives the password."""

    def __init__(self, app: ASGIApp, password: str) -> None:
        self._app = app
        self._right = base64.b64encode(f"{USER}:{password}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("authorization", "") if scope["type"] == "http" else ""
        kind, _, secret = given.partition(" ")
        right = secrets.compare_digest(secret.strip().encode("utf-8"), self._right)
        if scope["type"] == "http" and not (kind.lower() == "basic" and right):
            refusal = JSONResponse(
                {"error": "the password is wrong, or was not given"},
                401,
                {"WWW-Authenticate": "Basic"},
            )
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  it is registered for these
    log.warning("a request was refused: %s", error.detail)
    return JSONResponse({"error": error.detail}, error.status_code)


async def _failed(_request: Request, error: Exception) -> Response:
    log.error("a prediction failed: %s", error)
    return JSONResponse({"error": str(error)}, 500)


async def _asked(request: Request) -> Mapping[str, Any]:
    """The JSON of a request."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, f"more than {_MOST_BYTES >> 20} MiB; send fewer tasks")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "that is no JSON") from error
    if not isinstance(asked, dict):
        raise HTTPException(400, "that is no JSON object")
    return asked


def _tier_of(config: object, tier: Tier | None) -> Tier:
    """The tier whose form a labelling configuration is."""
    if not isinstance(config, str):
        raise HTTPException(400, "there is no labelling configuration")
    reasons = []
    for one in (Tier.EASY, Tier.HARD) if tier is None else (tier,):
        reason = _misfit(config, one)
        if reason is None:
            return one
        reasons.append(f"{one}: {reason}")
    raise HTTPException(400, f"the labelling configuration is not ours ({'; '.join(reasons)})")


@lru_cache(maxsize=16)
def _misfit(config: str, tier: Tier) -> str | None:
    return misfit(config, form_of(tier))


def _text_of(task: Any) -> str | None:
    data = task.get("data") if isinstance(task, dict) else None
    text = data.get("text") if isinstance(data, dict) else None
    return text if isinstance(text, str) and text.strip() else None


def serve(
    prelabeller: Prelabeller,
    listener: socket.socket,
    tier: Tier | None = None,
    password: str | None = None,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Serve until the process is told to end; requests under way are answered first.

    Args:
        prelabeller: Made in this thread, which must be the main one.
        listener: Where.
        tier: Serve no other projects than those of this tier; None for both.
        password: Ask for it; None to serve everybody.
        then: Called once requests are answered, in a thread of its own; if it fails, all ends.
    """
    asyncio.run(_serve(prelabeller, listener, tier, password, then))


async def _serve(
    prelabeller: Prelabeller,
    listener: socket.socket,
    tier: Tier | None,
    password: str | None,
    then: Callable[[], None],
) -> None:
    here = asyncio.get_running_loop()

    async def answer(texts: Sequence[str], tier: Tier) -> list[Prediction]:
        return prelabeller.predictions(texts, tier)

    async def ask(texts: Sequence[str], tier: Tier) -> list[Prediction]:  # in the other thread
        found: list[Prediction] = []
        for first in range(0, len(texts), _BLOCK):
            block = answer(texts[first : first + _BLOCK], tier)
            found += await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(block, here))
        return found

    server = uvicorn.Server(
        uvicorn.Config(
            application(ask, tier, password),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=_GRACE,
        )
    )
    serving = asyncio.create_task(asyncio.to_thread(server.run, sockets=[listener]))
    try:
        while not (server.started or serving.done()):
            await asyncio.sleep(_POLL)
        await asyncio.to_thread(then)
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


def register(
    client: "LabelStudio", address: Address, project: Project, url: str, password: str | None
) -> None:
    """Connects a backend that is up to a project; one that was connected before is moved.

    Args:
        client: Of the server.
        address: Of the server.
        project: It.
        url: Of the backend, as the server reaches it.
        password: That the backend asks for, if it does.

    Raises:
        ServerError: The server is down or refuses, as if it does not reach the backend.
    """
    access = {} if password is None else {"basic_auth_user": USER, "basic_auth_pass": password}
    told = {
        "url": url,
        "project": project.id,
        "title": TITLE,
        "auth_method": "BASIC_AUTH" if access else "NONE",
        "is_interactive": False,
        **access,
    }
    with explained(address):
        ours = [one for one in client.ml.list(project=project.id) if one.title == TITLE]
        if ours:
            client.ml.update(ours[0].id, **told)
        else:
            client.ml.create(**told)
        # The server made a webhook, by which it would send every answer at once, and wait for us.
        for one in client.webhooks.list(project=str(project.id)):
            if one.url == f"{url}/webhook":
                client.webhooks.delete(one.id)
        # Without this, only a task opened by its own page is asked about, none in the stream.
        client.projects.update(project.id, evaluate_predictions_automatically=True)
