"""The room itself: pages over HTTP, on one machine, for the physicians of one hospital, who need nothing but a browser.

What each may see is decided here and not in a page: an item is reached only through a lease, what others said only by an
adjudicator whose item it is, and all the rest only by an admin.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from medgo_data.review.room import tasks
from medgo_data.review.room.feed import Feed, FeedError
from medgo_data.review.room.ledger import LateError, Ledger, LedgerError, Lent, Round, Said, order
from medgo_data.review.room.looking import drawn, tells
from medgo_data.review.room.people import ROLES, Gate, People, Person
from medgo_data.review.room.tasks import Words
from medgo_data.review.sheet import NOTHING_ELSE
from medgo_data.review.words import IDENTIFIERS
from medgo_data.verdict import UNSURE, Verdict

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from medgo_data.store import Built

PAGES = Path(__file__).with_name("pages")
STATIC = {"review.css": "text/css", "review.js": "text/javascript"}
NOTHING: dict[str, Any] = {
    "turns": [], "question": None, "answers": [], "options": [], "texts": {}, "masks": [], "source": None, "cited": [], "about": None
}  # fmt: skip
COMPARED = ("pair", "ranking")
LATE = "这一条已不在您名下（可能已在另一页提交、已转给他人或已移出数据集），未重复记录。"
LONGEST = 1 << 20  # bytes of what is sent
LAMP = "medgo_review"  # the cookie of a session
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
ALWAYS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
Handler = Callable[["Request", Person], Awaitable[Response]]


class At(NamedTuple):
    """Who asks, and about which round."""

    request: Request
    person: Person
    round: Round


class RefusedError(Exception):
    """What is not done, as a sentence to whoever asked, and as a number to his browser."""

    def __init__(self, status: int, zh: str, en: str, wait: float = 0.0) -> None:
        super().__init__(en)
        self.status, self.zh, self.en, self.wait = status, zh, en, wait


@dataclass
class Room:
    """For example ``Room(ledger, {"guideline_qa": built}).app``, which uvicorn serves."""

    ledger: Ledger
    corpora: Mapping[str, Built] = field(default_factory=dict)  # that may be looked at
    secure: bool = False  # whether it is reached through TLS
    doors: Gate = field(
        default_factory=lambda: Gate(burst=10, rate=0.1)
    )  # guesses of a password, by alias and by address
    hands: Gate = field(default_factory=lambda: Gate(burst=200, rate=50))  # what one reviewer does
    wards: Gate = field(default_factory=lambda: Gate(burst=500, rate=100))  # what one program posts

    @cached_property
    def people(self) -> People:
        return People(self.ledger)

    @cached_property
    def feed(self) -> Feed:
        return Feed(self.ledger)

    @cached_property
    def pages(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader(PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals |= {
            "TASKS": tasks.TASKS,
            "SAYS": tasks.SAYS,
            "ROLES": tasks.ROLES,
            "TYPES": IDENTIFIERS | {"OTHER": "其他"},
        }
        made.filters |= {
            "pieces": pieces,
            "verbatim": verbatim,
            "clock": lambda at: datetime.fromisoformat(at).astimezone().strftime("%m-%d %H:%M"),
        }
        return made

    @cached_property
    def app(self) -> ASGIApp:
        """What a server serves."""
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        for path, method, handler in (
            ("/static/{name}", "GET", self.static),
            ("/in", "GET", self.door),
            ("/in", "POST", self.enter),
            ("/in/{word}", "GET", self.linked),
            ("/in/{word}", "POST", self.follow),
            ("/api/v1/feedback", "POST", self.post),
        ):
            app.add_api_route(path, self._answering(handler), methods=[method], response_model=None)
        for path, method, inside, roles in (
            ("/", "GET", self.home, ROLES),
            ("/me", "GET", self.me, ROLES),
            ("/me", "POST", self.change, ROLES),
            ("/out", "POST", self.leave, ROLES),
            ("/r/{number:int}", "GET", self.desk, ROLES[:2]),
            ("/r/{number:int}/mine", "GET", self.mine, ROLES[:2]),
            ("/r/{number:int}/say", "POST", self.say, ROLES[:2]),
            ("/r/{number:int}/skip", "POST", self.skip, ROLES[:2]),
            ("/r/{number:int}/undo", "POST", self.undo, ROLES[:2]),
            ("/look/{corpus}", "GET", self.look, ROLES),
            ("/admin", "GET", self.admin, ROLES[2:]),
            ("/admin/invite", "POST", self.invite, ROLES[2:]),
            ("/admin/close", "POST", self.close, ROLES[2:]),
            ("/admin/agreement/{number:int}", "GET", self.agreement, ROLES[2:]),
            ("/admin/verdicts/{number:int}", "GET", self.verdicts, ROLES[2:]),
        ):
            app.add_api_route(path, self._answering(self._inside(inside, roles)), methods=[method], response_model=None)
        return Guarded(app)

    # ---- who may --------------------------------------------------------------------------------------------------

    def _answering(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """A refusal is a page with a sentence, or that sentence alone for a program."""

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except RefusedError as no:
                headers = {"retry-after": str(int(no.wait) + 1)} if no.wait else {}
                if request.url.path.startswith("/api/"):
                    return Response(orjson.dumps({"error": no.en}), no.status, headers, "application/json")
                page = self._page(request, "refused.html", None, zh=no.zh, said=no.en, status=no.status)
                return HTMLResponse(page, no.status, headers)

        return answer

    def _inside(self, handler: Handler, roles: tuple[str, ...]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            person = self.people.who(request.cookies.get(LAMP))
            if person is None:
                if request.method == "GET":
                    return RedirectResponse("/in", 303)
                raise RefusedError(401, "登录已过期，请重新登录。", "Your session has ended: come in again.")
            if person.role not in roles:
                raise RefusedError(403, "您的身份无权查看此页。", f"This is not for a {person.role}.")
            if wait := self.hands.wait(person.alias):
                raise RefusedError(429, "操作过快，请稍候。", "Too fast: wait a moment.", wait)
            return await handler(request, person)

        return answer

    async def _form(self, request: Request, person: Person | None = None) -> dict[str, str]:
        """What a form of ours says. A form of another page has not its token."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        told = {name: some[0] for name, some in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
        if site not in ("same-origin", "none") or (person and told.get("token") != person.token):
            raise RefusedError(403, "请求不是由本页面发出的。", "That form is not from this page: load the page anew.")
        return told

    async def _told(self, request: Request, person: Person) -> dict[str, Any]:
        """What the script of our page says."""
        if request.headers.get("x-token") != person.token:
            raise RefusedError(403, "请求不是由本页面发出的。", "That is not from this page: load the page anew.")
        try:
            told = orjson.loads(await request.body())
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise RefusedError(422, "请求格式有误。", "That cannot be understood: load the page anew.")
        return told

    def _page(self, request: Request, name: str, person: Person | None, **told: Any) -> str:
        en = request.cookies.get("lang") == "en"
        words = {"t": (lambda zh, e: e if en else zh), "en": en, "person": person}
        return str(self.pages.get_template(name).render(**words, **told))

    # ---- coming in -------------------------------------------------------------------------------------------------

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            raise RefusedError(404, "没有此页。", "There is no such page.")
        return Response((PAGES / name).read_bytes(), media_type=STATIC[name])

    async def door(self, request: Request) -> Response:
        return HTMLResponse(self._page(request, "in.html", None, wrong=False, word=None))

    async def linked(self, request: Request) -> Response:
        """A page with a button: programs that look at links before people do must not use them up."""
        return HTMLResponse(self._page(request, "in.html", None, wrong=False, word=request.path_params["word"]))

    async def enter(self, request: Request) -> Response:
        told = await self._form(request)
        alias = told.get("alias", "")
        wait = max(
            self.doors.wait(f"alias {alias}"),
            self.doors.wait(f"address {request.client.host if request.client else ''}"),
        )
        if wait:
            raise RefusedError(429, "尝试次数过多，请稍后再试。", "Too many attempts: wait a minute.", wait)
        word = self.people.by_password(alias, told.get("password", ""))
        return (
            self._let_in(word)
            if word
            else HTMLResponse(self._page(request, "in.html", None, wrong=True, word=None), 401)
        )

    async def follow(self, request: Request) -> Response:
        await self._form(request)
        if not (word := self.people.by_link(request.path_params["word"])):
            raise RefusedError(
                410,
                "此链接已用过或已过期，请向管理员索取新链接。",
                "This link was used or has expired: ask for another.",
            )
        return self._let_in(word)

    def _let_in(self, word: str) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(LAMP, word, httponly=True, samesite="strict", secure=self.secure)
        return answer

    async def leave(self, request: Request, person: Person) -> Response:
        await self._form(request, person)
        self.people.leave(request.cookies[LAMP])
        return RedirectResponse("/in", 303)

    async def me(self, request: Request, person: Person) -> Response:
        return HTMLResponse(self._page(request, "me.html", person, said=None))

    async def change(self, request: Request, person: Person) -> Response:
        told = await self._form(request, person)
        try:
            self.people.set_password(person.alias, told.get("password", ""))
        except LedgerError:
            said = ("密码至少 10 个字符。", "A password has 10 characters or more.")
            return HTMLResponse(self._page(request, "me.html", person, said=said), 422)
        return HTMLResponse(self._page(request, "me.html", person, said=("密码已设置。", "Your password is set.")))

    # ---- reviewing -------------------------------------------------------------------------------------------------

    async def home(self, request: Request, person: Person) -> Response:
        rounds = [
            (told, self.ledger.said(person.alias, told.number), self.ledger.far(told, person.alias))
            for told in self.ledger.rounds()
        ]
        return HTMLResponse(
            self._page(request, "home.html", person, rounds=rounds, corpora=sorted(self._open_to(person)))
        )

    def _open_to(self, person: Person) -> dict[str, Built]:
        """The corpora that somebody may look at: who is to judge sees none in which it stands what others said."""
        return {
            name: built for name, built in self.corpora.items() if person.role == "admin" or name not in self._telling
        }

    @cached_property
    def _telling(self) -> set[str]:
        return {name for name, built in self.corpora.items() if tells(built)}

    def _round(self, request: Request) -> Round:
        try:
            return self.ledger.round(request.path_params["number"])
        except LedgerError:
            raise RefusedError(404, "没有此任务。", "There is no such task.") from None

    async def desk(self, request: Request, person: Person) -> Response:
        at = At(request, person, self._round(request))
        return HTMLResponse(self._desk(at, self._lent(at), whole=True))

    def _lent(self, at: At) -> Lent | None:
        return self.ledger.lend(at.round.number, at.person.alias, at.person.role)

    def _desk(self, at: At, lent: Lent | None, notice: Words | None = None, *, whole: bool = False) -> str:
        """The item as a page, or as what takes the place of the one before."""
        shown = NOTHING | dict(lent.shown if lent else {})
        if lent and len(shown["answers"]) > 1:
            shown["answers"] = [shown["answers"][k] for k in self._order(at, lent)]
        return self._page(
            at.request, "desk.html" if whole else "item.html", at.person,
            round=at.round, task=tasks.TASKS[at.round.task], lent=lent, shown=shown, notice=notice,
            said=self.ledger.said(at.person.alias, at.round.number), far=self.ledger.far(at.round, at.person.alias),
            opinions=[self._opinion(at, lent, one) for one in lent.opinions] if lent else [],
        )  # fmt: skip

    def _order(self, at: At, lent: Lent) -> list[int]:
        return order(at.round.seed, lent.name, at.person.alias, len(lent.shown.get("answers", ())))

    def _opinion(self, at: At, lent: Lent, one: Verdict) -> dict[str, Any]:
        """What a reviewer said, in the numbers under which this adjudicator sees the answers. Not who it was."""
        told = one.verdict
        if at.round.task in COMPARED:
            places = {str(k + 1): str(n + 1) for n, k in enumerate(self._order(at, lent))}
            told = re.sub(r"\d", lambda k: places[k[0]], told)
        return {
            "verdict": told,
            "reasons": one.reasons,
            "edited": one.edited,
            "comment": one.comment,
            "marks": one.marks,
        }

    async def say(self, request: Request, person: Person) -> Response:
        at, sent = At(request, person, self._round(request)), await self._told(request, person)
        try:
            self.ledger.say(sent["nonce"], person.alias, person.role, self._said(at, sent))
        except LateError as late:
            return self._next(at, (LATE, str(late)), 409)
        except (LedgerError, KeyError, TypeError, ValueError):
            raise RefusedError(
                422, "结论格式有误，未记录。", "That is no verdict on this item, and was not written down."
            ) from None
        return self._next(at)

    def _said(self, at: At, sent: Mapping[str, Any]) -> Said:
        verdict, reasons, seconds = str(sent["verdict"]), sent.get("reasons") or [], sent.get("seconds")
        if not isinstance(sent["nonce"], str) or not all(one in tasks.TASKS[at.round.task].reasons for one in reasons):
            raise ValueError
        if at.round.task in COMPARED and verdict != UNSURE:
            verdict = self._as_stored(at, sent["nonce"], verdict)
        return Said(
            verdict=verdict,
            reasons=tuple(dict.fromkeys(reasons)),
            edited=_text(sent.get("edited")),
            marks=tuple(map(str, sent.get("marks") or [])),
            comment=_text(sent.get("comment")) or None,
            seconds=float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e6 else None,
        )

    def _as_stored(self, at: At, nonce: str, verdict: str) -> str:
        """Which answer is better, in the order in which the rows stand, and not in that in which they were shown."""
        lent = self.ledger.under(nonce, at.person.alias)
        if lent is None:
            raise LateError("this item is no longer before you")
        places = self._order(at, lent)
        if sorted(re.findall(r"\d", verdict)) != [str(k + 1) for k in range(len(places))]:
            raise ValueError
        groups = [sorted(str(places[int(k) - 1] + 1) for k in group.split("=")) for group in verdict.split(">")]
        return ">".join("=".join(group) for group in groups)

    async def skip(self, request: Request, person: Person) -> Response:
        at, sent = At(request, person, self._round(request)), await self._told(request, person)
        self.ledger.skip(str(sent.get("nonce")), person.alias)
        return self._next(at)

    async def undo(self, request: Request, person: Person) -> Response:
        at, sent = At(request, person, self._round(request)), await self._told(request, person)
        decision = str(sent["decision"]) if sent.get("decision") else None
        try:
            lent = self.ledger.withdraw(at.round.number, person.alias, person.role, decision)
        except LateError as late:
            return self._next(at, ("这一条已由仲裁人裁定，不能撤回。", str(late)), 409)
        if lent is None:
            return self._next(at, ("没有可以撤回的结论。", "There is nothing to take back."))
        at = at._replace(round=self.ledger.round(at.round.number))
        return HTMLResponse(self._desk(at, lent, ("已撤回，请重新判断。", "Taken back: judge it anew.")))

    def _next(self, at: At, notice: Words | None = None, status: int = 200) -> Response:
        lent = self._lent(at)
        return HTMLResponse(self._desk(at._replace(round=self.ledger.round(at.round.number)), lent, notice), status)

    async def mine(self, request: Request, person: Person) -> Response:
        told = self._round(request)
        mine = self.ledger.mine(person.alias, told.number)
        return HTMLResponse(
            self._page(request, "mine.html", person, round=told, task=tasks.TASKS[told.task], mine=mine)
        )

    async def look(self, request: Request, person: Person) -> Response:
        """Rows of a corpus, drawn by lot, for whoever only wants to look."""
        built = self._open_to(person).get(request.path_params["corpus"])
        if built is None:
            raise RefusedError(404, "没有此数据集。", "There is no such corpus here.")
        asked = request.query_params
        seed = int(asked.get("seed", "1")) if asked.get("seed", "1").isdecimal() else 1
        shard = asked.get("shard", "") if asked.get("shard", "") in [path.name for path in built.shards] else ""
        rows = drawn(built, seed, shard)
        shards = [path.name for path in built.shards]
        return HTMLResponse(
            self._page(request, "look.html", person, built=built, rows=rows, seed=seed, shard=shard, shards=shards)
        )

    # ---- keeping the room ------------------------------------------------------------------------------------------

    async def admin(self, request: Request, person: Person, link: str | None = None) -> Response:
        everybody = [(alias, role, closed, sum(self.ledger.said(alias, told.number) for told in self.ledger.rounds()))
                     for alias, role, closed in self.people.all()]  # fmt: skip
        page = self._page(
            request, "admin.html", person, rounds=self.ledger.rounds(), people=everybody, roles=ROLES, link=link
        )
        return HTMLResponse(page)

    async def invite(self, request: Request, person: Person) -> Response:
        told = await self._form(request, person)
        try:
            word = self.people.invite(told.get("alias", ""), told.get("role", ""))
        except LedgerError as wrong:
            raise RefusedError(422, "代号只能用字母和数字，且一个代号只有一种身份。", str(wrong)) from None
        return await self.admin(request, person, link=str(request.base_url.replace(path=f"/in/{word}")))

    async def close(self, request: Request, person: Person) -> Response:
        told = await self._form(request, person)
        if told.get("alias") != person.alias:
            self.people.close(told.get("alias", ""))
        return RedirectResponse("/admin", 303)

    async def agreement(self, request: Request, _: Person) -> Response:
        from medgo_data.review import agreed
        from medgo_data.review.agreement import agreement

        told = self._round(request)
        found = agreement(self.ledger.verdicts(told.number), gold=self.ledger.gold(told.number) or None)
        return HTMLResponse(agreed.page(found), headers={"content-security-policy": NOTHING_ELSE})

    async def verdicts(self, request: Request, _: Person) -> Response:
        told = self._round(request)
        lines = "".join(f"{one.line}\n" for one in self.ledger.verdicts(told.number))
        name = f'attachment; filename="{told.corpus}.{told.task}.jsonl"'
        return PlainTextResponse(lines, media_type="application/x-ndjson", headers={"content-disposition": name})

    # ---- from the ward ---------------------------------------------------------------------------------------------

    async def post(self, request: Request) -> Response:
        """An answer that somebody was given, and what a physician said of it, from a program of the hospital's."""
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        program = self.people.program(word) if scheme.lower() == "bearer" else None
        if program is None:
            raise RefusedError(401, "", "there is no such key: ask for one with: medgo-data review key NAME")
        if wait := self.wards.wait(program):
            raise RefusedError(429, "", "too many at once: send it again after a while", wait)
        try:
            new, receipt = self.feed.take(await request.body(), program)
        except FeedError as wrong:
            raise RefusedError(wrong.status, "", str(wrong)) from None
        return Response(
            orjson.dumps({"receipt": receipt, "new": new}), 201 if new else 200, media_type="application/json"
        )


@dataclass(frozen=True)
class Guarded:
    """What is true of every answer: its headers; and of every request: it is not larger than it may be."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = dict(scope["headers"])
        size = told.get(b"content-length", b"0")
        if b"transfer-encoding" in told or not size.isdigit() or int(size) > LONGEST:
            refused = PlainTextResponse("larger than 1 MB, or of unknown length: send less at once", 413)
            await refused(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in ALWAYS if one[0] not in there)]
            await send(message)

        await self.app(scope, receive, guarded)


def verbatim(text: str) -> Markup:
    """Text that a browser reads to the character: places in it are counted."""
    return Markup(escape(text).replace("\r", Markup("&#13;")).replace("\0", "\ufffd"))  # noqa: S704  it was escaped


def pieces(text: str, spans: list[list[int]]) -> list[tuple[bool, str]]:
    """A text in stretches, and whether each lies in one of the spans."""
    found, at = [], 0
    for start, end in spans:
        found += [(False, text[at:start]), (True, text[start:end])]
        at = end
    return [(inside, said) for inside, said in [*found, (False, text[at:])] if said]


def _text(told: Any) -> str | None:
    if told is None or isinstance(told, str):
        return told
    raise ValueError
