// A reviewer's hands stay on the keys: every button says its own. What is said goes to the server, and the next item comes back.
// Nothing of a row is kept in this browser.
"use strict";
const $ = (id) => document.getElementById(id);
const desk = () => $("desk");
const visible = (element) => element && !element.hidden;
const began = performance.now(); // a clock that nobody sets
let since = performance.now();
let looked = 0; // seconds in which the page was seen
let said = 0; // since the page was opened
let marks = [];
let order = [];
let busy = false;

// ---- how it looks

function keep(name, value) {
  try { localStorage.setItem(`medgo-review:${name}`, value); } catch { /* then it is forgotten */ }
}
function kept(name) {
  try { return localStorage.getItem(`medgo-review:${name}`); } catch { return null; }
}
function look() {
  const theme = kept("theme");
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.style.setProperty("--size", `${kept("size") ?? 18}px`);
}
$("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme.includes("dark") && !getComputedStyle(document.documentElement).colorScheme.includes("light");
  const now = document.documentElement.dataset.theme ?? (dark || matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  keep("theme", now === "dark" ? "light" : "dark");
  look();
});
$("size").addEventListener("click", () => {
  const sizes = ["18", "21", "24", "16"];
  keep("size", sizes[(sizes.indexOf(kept("size") ?? "18") + 1) % sizes.length]);
  look();
});
$("lang").addEventListener("click", (event) => {
  document.cookie = `lang=${event.target.dataset.to}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
});

// ---- an item

function begin() {
  marks = [];
  order = [];
  looked = 0;
  since = performance.now();
  for (const text of document.querySelectorAll(".marked")) {
    text.chars = [...text.textContent]; // characters, where JavaScript would count halves of some
    text.masks = text.dataset.masks.trim().split(" ").filter(Boolean).map((mask) => mask.split("-").map(Number));
    drawn(text);
  }
  const cited = document.querySelector(".source mark");
  if (cited) cited.closest(".source").scrollTop = cited.offsetTop - cited.closest(".source").offsetTop - 60;
  const hours = (performance.now() - began) / 3600000;
  const pace = $("pace");
  if (pace && said > 2) pace.textContent = `· ${Math.round(said / hours)} ${pace.dataset.words}`;
}

function seen() {
  if (!document.hidden) looked += (performance.now() - since) / 1000;
  since = performance.now();
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) looked += (performance.now() - since) / 1000;
  since = performance.now();
});

async function send(what, body) {
  if (busy) return;
  busy = true;
  const page = desk();
  page.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/r/${page.dataset.round}/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-token": page.dataset.token },
      body: JSON.stringify({ nonce: page.dataset.nonce, ...body }),
    });
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = html.getElementById("desk");
    if (next) {
      page.replaceWith(document.adoptNode(next));
      if (answer.ok && what === "say") said += 1;
      if (answer.ok) scrollTo(0, 0);
      begin();
    } else trouble(html.querySelector(".notice")?.textContent.trim()); // what was written here stays here
  } catch {
    trouble(null);
  } finally {
    busy = false;
    desk().removeAttribute("aria-busy");
  }
}

function trouble(what) {
  const place = $("trouble");
  place.textContent = what || place.dataset.lost;
  place.hidden = false;
}

function say(verdict, more = {}) {
  seen();
  const reasons = [...document.querySelectorAll("[data-reason][aria-pressed=true]")].map((one) => one.dataset.reason);
  const comment = $("comment")?.value.trim() || null;
  return send("say", { verdict, reasons, comment, marks: marks.map((m) => `${m.path} ${m.start}-${m.end} ${m.type}`), seconds: looked, ...more });
}

function open(id, focus) {
  for (const one of ["reasons", "noting", "editing"]) if ($(one)) $(one).hidden = one !== id && !(one === "noting" && $("comment").value);
  if (id) $(id).hidden = false;
  if (focus) $(focus).focus();
}

function edit(text) {
  $("edited").value = text;
  open("editing", "edited");
}

const acts = {
  accept: () => (marks.length ? say("reject") : say("accept")),
  reject: () => open("reasons"),
  edit: () => edit($("answer").textContent),
  edited: () => ($("edited").value === $("answer").textContent ? say("accept") : say("edit", { edited: $("edited").value })),
  take: (button) => edit(button.parentElement.querySelector(".edited").textContent),
  unsure: () => say("unsure"),
  note: () => open("noting", "comment"),
  skip: () => send("skip", {}),
  undo: async (button) => {
    await send("undo", { decision: button.dataset.decision ?? null });
    if (button.dataset.decision) location.assign(`/r/${desk().dataset.round}`);
  },
  help: () => $("help").showModal(),
  close: () => {
    open(null);
    document.activeElement.blur();
  },
  equal: () => say("1=2"),
  enter: () => {
    if (visible($("reasons"))) return say(desk().dataset.task === "options" ? "none" : "reject");
    if (desk().dataset.task === "ranking") return order.length === answers().length ? say(order.join(">")) : null;
    const right = [...document.querySelectorAll("[data-option][aria-pressed=true]")].map((one) => one.dataset.option).sort();
    return right.length ? say(right.join("")) : open("reasons");
  },
};

const answers = () => [...document.querySelectorAll("[data-answer]")];

function choose(number) {
  if (desk().dataset.task === "pair") return say(number === 1 ? "1>2" : "2>1");
  if (order.includes(number)) order = order.filter((one) => one !== number);
  else order.push(number);
  if (order.length === answers().length - 1) order.push(...answers().map((a) => Number(a.dataset.answer)).filter((n) => !order.includes(n)));
  for (const answer of answers()) {
    const place = order.indexOf(Number(answer.dataset.answer));
    answer.querySelector(".rank").textContent = place < 0 ? "" : `#${place + 1}`;
  }
}

function reason(button, several) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  if (!several) say(desk().dataset.task === "options" ? "none" : "reject");
}

// ---- what was left of identifiers

function selected() {
  const selection = getSelection();
  if (selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  const inside = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".marked");
  const text = inside(range.startContainer);
  if (!text || text !== inside(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length;
  return { text, path: text.dataset.path, start, end: start + [...range.toString()].length };
}

function mark(type) {
  const found = selected();
  if (!found) return;
  marks.push({ path: found.path, start: found.start, end: found.end, type });
  getSelection().removeAllRanges();
  drawn(found.text);
}

function drawn(text) {
  const mine = marks.filter((m) => m.path === text.dataset.path).map((m) => [m.start, m.end]);
  const cuts = [...new Set([0, text.chars.length, ...mine.flat(), ...text.masks.flat()])].sort((a, b) => a - b);
  text.replaceChildren(...cuts.slice(1).map((end, k) => {
    const within = (some) => some.some(([from, to]) => from <= cuts[k] && end <= to);
    const said = document.createTextNode(text.chars.slice(cuts[k], end).join(""));
    if (!within(mine) && !within(text.masks)) return said;
    const piece = document.createElement(within(mine) ? "ins" : "mark");
    piece.append(said);
    return piece;
  }));
  $("leaks").replaceChildren(...marks.map((m, k) => {
    const item = document.createElement("li");
    const back = document.createElement("button");
    back.type = "button";
    back.textContent = "×";
    back.addEventListener("click", () => {
      marks.splice(k, 1);
      drawn(document.querySelector(`.marked[data-path="${CSS.escape(m.path)}"]`));
    });
    item.append(`${m.type} ${m.path} ${m.start}–${m.end} `, back);
    return item;
  }));
}
document.addEventListener("selectionchange", () => { if ($("types")) $("types").hidden = selected() === null; });
document.addEventListener("pointerdown", (event) => { if (event.target.closest?.("#types")) event.preventDefault(); }); // or the selection would be gone

// ---- keys and clicks

document.addEventListener("click", (event) => {
  const on = (what) => event.target.closest(what);
  if (on("[data-act]")) acts[on("[data-act]").dataset.act](on("[data-act]"));
  else if (on("[data-reason]")) reason(on("[data-reason]"), event.shiftKey);
  else if (on("[data-type]")) mark(on("[data-type]").dataset.type);
  else if (on("[data-option]")) on("[data-option]").setAttribute("aria-pressed", String(on("[data-option]").getAttribute("aria-pressed") !== "true"));
  else if (on("[data-answer]") && getSelection().isCollapsed) choose(Number(on("[data-answer]").dataset.answer));
});

document.addEventListener("keydown", (event) => {
  if (!desk() || event.isComposing || event.keyCode === 229 || event.repeat || $("help")?.open) return; // an input method is at work, or a key is held
  if (event.code === "Escape") return acts.close();
  if (event.code === "Enter" && (event.ctrlKey || event.metaKey) && visible($("editing"))) return acts.edited();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const digit = Number(/^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? NaN);
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const act = document.querySelector(`.bar [data-key="${event.code.replace("Numpad", "Digit")}"]`);
  const option = letter && document.querySelector(`[data-option="${letter}"]`);
  const why = visible($("reasons")) && document.querySelectorAll("[data-reason]")[digit - 1];
  let done = true;
  if (event.key === "?") acts.help();
  else if (digit >= 0 && visible($("types"))) mark($("types").children[(digit + 9) % 10].dataset.type);
  else if (why) reason(why, event.shiftKey);
  else if (option) option.click();
  else if (event.code === "Enter" && visible($("reasons"))) acts.enter();
  else if (document.querySelector(`[data-answer="${digit}"]`)) choose(digit);
  else if (act) act.click();
  else done = false;
  if (done) event.preventDefault();
});

look();
if (desk()) begin();
