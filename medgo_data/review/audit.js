// A row is marked in three ways: what leaks, which replacement should not be, and that it was read to its end.
// What is said is kept in this browser, and taken along as places and types; never the text.
"use strict";
const main = document.querySelector("main");
const articles = [...document.querySelectorAll("article")];
const reviewer = document.getElementById("reviewer");
const types = document.getElementById("types");
const place = { corpus: main.dataset.corpus, version: main.dataset.version, content: main.dataset.content, sample: main.dataset.sample };
const named = new Map([...types.children].map((button) => [button.dataset.type, button.firstChild.textContent]));
let verdicts = {}; // by row
let current = 0;
let since = Date.now();

// ---- what is kept

const alias = () => (reviewer.value !== "" && reviewer.validity.valid ? reviewer.value : "");
const shelf = (who) => `medgo-audit:${place.sample}:${who}`;

function keep() {
  try {
    localStorage.setItem(shelf(alias()), JSON.stringify(verdicts));
    if (alias()) localStorage.setItem(shelf("?"), alias());
  } catch {
    tell("此浏览器无法保存，关闭前请下载。 This browser keeps nothing: download before you close the page.");
  }
}

function recall() {
  try {
    verdicts = JSON.parse(localStorage.getItem(shelf(alias()))) ?? {};
  } catch {
    verdicts = {};
  }
}

// What was marked before there was an alias becomes that of the first one.
function rename() {
  const unnamed = verdicts;
  const before = rename.was;
  rename.was = alias();
  if (!alias() || alias() === before) return shown();
  recall();
  if (before === "" && Object.keys(verdicts).length === 0) {
    verdicts = unnamed;
    try {
      localStorage.removeItem(shelf(""));
    } catch {
      // it was never kept
    }
  }
  keep();
  articles.forEach(render);
  shown();
  tell(`${alias()}: 每个代号各存一份。 Each alias has verdicts of its own.`);
}

const of = (article) => (verdicts[article.dataset.row] ??= { leaks: [], over: [], done: false, at: null, seconds: 0 });

// ---- one row

const same = (a, b) => a.path === b.path && a.start === b.start && a.end === b.end;

for (const text of document.querySelectorAll(".text")) {
  text.chars = [...text.textContent]; // characters, where JavaScript would count halves of some
  text.masks = [...text.querySelectorAll("mark")].map((mark) => {
    const [start, end] = mark.dataset.at.split("-").map(Number);
    return { path: text.dataset.path, start, end, type: mark.dataset.type, title: mark.title };
  });
}

function render(article) {
  const told = of(article);
  for (const text of article.querySelectorAll(".text")) {
    const leaks = told.leaks.filter((leak) => leak.path === text.dataset.path);
    const cuts = new Set([0, text.chars.length]);
    for (const each of [...text.masks, ...leaks]) cuts.add(each.start).add(each.end);
    const ends = [...cuts].sort((a, b) => a - b);
    text.replaceChildren(...ends.slice(1).map((end, k) => piece(text, leaks, told, ends[k], end)));
  }
  const list = article.querySelector(".leaks");
  list.replaceChildren(...told.leaks.map((leak, k) => {
    const item = document.createElement("li");
    const undo = document.createElement("button");
    undo.type = "button";
    undo.textContent = "撤销 Take back";
    undo.addEventListener("click", () => change(article, () => told.leaks.splice(k, 1)));
    item.append(`遗漏 Leak: ${named.get(leak.type)} ${leak.type} · ${leak.path} ${leak.start}–${leak.end} `, undo);
    return item;
  }));
  const read = article.querySelector(".read");
  read.textContent = told.leaks.length
    ? `读完：遗漏 ${told.leaks.length} 处 · Done: ${told.leaks.length} left`
    : "读完：无遗漏 · Done: nothing was left";
  article.classList.toggle("finished", told.done);
}

function piece(text, leaks, told, start, end) {
  const said = text.chars.slice(start, end).join("");
  const mask = text.masks.find((each) => each.start <= start && end <= each.end);
  const leak = leaks.find((each) => each.start <= start && end <= each.end);
  let node = document.createTextNode(said);
  if (mask) {
    const over = told.over.some((each) => same(each, mask));
    const mark = document.createElement("mark");
    mark.append(node);
    mark.title = mask.title;
    mark.dataset.at = `${mask.start}-${mask.end}`;
    mark.dataset.type = mask.type;
    mark.tabIndex = 0;
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-pressed", String(over));
    node = mark;
  }
  if (leak) {
    const ins = document.createElement("ins");
    ins.append(node);
    ins.title = `${named.get(leak.type)} ${leak.type}`;
    node = ins;
  }
  return node;
}

function change(article, how) {
  const told = of(article);
  how(told);
  told.done = false; // what was changed is to be finished again
  render(article);
  keep();
  shown();
}

function finish(article) {
  clock();
  const told = of(article);
  told.done = true;
  told.at = stamp();
  render(article);
  keep();
  shown();
  const next = [...articles.keys()].map((k) => (current + 1 + k) % articles.length).find((k) => !of(articles[k]).done);
  if (next === undefined) tell("全部读完。 All rows are read.");
  else go(next);
}

function stamp() {
  const now = new Date();
  const shift = -now.getTimezoneOffset();
  const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  const here = new Date(now.getTime() + shift * 60000).toISOString().slice(0, 19);
  return `${here}${shift < 0 ? "-" : "+"}${two(shift / 60)}:${two(shift % 60)}`;
}

// ---- what is selected

function selected() {
  const selection = getSelection();
  if (selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0).cloneRange();
  const inside = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".text");
  const text = inside(range.startContainer);
  if (!text) return null;
  if (text !== inside(range.endContainer)) range.setEnd(text, text.childNodes.length); // as three clicks on a line select
  const before = document.createRange();
  before.selectNodeContents(text);
  before.setEnd(range.startContainer, range.startOffset);
  let start = [...before.toString()].length;
  let end = start + [...range.toString()].length;
  while (start < end && text.chars[start].trim() === "") start += 1;
  while (start < end && text.chars[end - 1].trim() === "") end -= 1;
  return start < end ? { article: text.closest("article"), path: text.dataset.path, start, end } : null;
}

function leak(type) {
  const found = selected();
  if (!found) return;
  const { article, path, start, end } = found;
  current = articles.indexOf(article);
  getSelection().removeAllRanges();
  change(article, (told) => {
    told.leaks = told.leaks.filter((each) => !same(each, { path, start, end }));
    told.leaks.push({ path, start, end, type });
  });
}

function over(mark) {
  const text = mark.closest(".text");
  const [start, end] = mark.dataset.at.split("-").map(Number);
  const one = { path: text.dataset.path, start, end, type: mark.dataset.type };
  const article = text.closest("article");
  current = articles.indexOf(article);
  change(article, (told) => {
    const there = told.over.findIndex((each) => same(each, one));
    if (there < 0) told.over.push(one);
    else told.over.splice(there, 1);
  });
  article.querySelector(`[data-path="${CSS.escape(one.path)}"] mark[data-at="${start}-${end}"]`)?.focus();
}

// ---- where one is

function clock() {
  const told = of(articles[current]);
  told.seconds = Math.round((told.seconds + (Date.now() - since) / 1000) * 10) / 10;
  since = Date.now();
}

function go(k) {
  clock();
  current = Math.max(0, Math.min(articles.length - 1, k));
  articles[current].focus({ preventScroll: true });
  articles[current].scrollIntoView({ block: "start" });
}

function shown() {
  const done = articles.filter((article) => of(article).done).length;
  document.getElementById("progress").value = done;
  document.getElementById("count").textContent = `${done} / ${articles.length}`;
  document.getElementById("download").disabled = done === 0 || !alias();
}

function tell(what) {
  document.getElementById("said").textContent = what;
}

// ---- what is taken along

function lines() {
  const only = ({ path, start, end, type }) => ({ path, start, end, type });
  const done = articles.filter((article) => of(article).done);
  return done.map((article) => {
    const told = of(article);
    const verdict = told.leaks.length ? "reject" : "accept";
    const said = { verdict, leaks: told.leaks.map(only), over: told.over.map(only), seconds: told.seconds, at: told.at };
    return `${JSON.stringify({ ...place, row: article.dataset.row, reviewer: alias(), ...said })}\n`;
  }).join("");
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([lines()], { type: "application/x-ndjson" }));
  link.download = "verdicts.jsonl";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- keys and clicks

document.addEventListener("selectionchange", () => { types.hidden = selected() === null; });
types.addEventListener("pointerdown", (event) => event.preventDefault()); // or the selection would be gone
types.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) leak(button.dataset.type);
});
main.addEventListener("click", (event) => {
  const article = event.target.closest("article");
  if (!article) return;
  if (event.target.closest(".read")) {
    current = articles.indexOf(article);
    finish(article);
  } else if (event.target.closest("mark") && getSelection().isCollapsed) over(event.target.closest("mark"));
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === reviewer) return;
  const mark = event.target.closest?.("mark");
  if (mark && (event.code === "Enter" || event.code === "Space")) {
    event.preventDefault();
    return over(mark);
  }
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  const type = digit && [...types.children].find((button) => button.querySelector("kbd")?.textContent === digit);
  if (type) leak(type.dataset.type);
  else if (event.code === "KeyD") finish(articles[current]);
  else if (event.code === "KeyJ") go(current + 1);
  else if (event.code === "KeyK") go(current - 1);
  else if (event.code === "KeyZ" && of(articles[current]).leaks.length) change(articles[current], (told) => told.leaks.pop());
});
document.getElementById("download").addEventListener("click", download);
reviewer.addEventListener("change", rename);

// ---- the beginning

try {
  reviewer.value = localStorage.getItem(shelf("?")) ?? "";
} catch {
  reviewer.value = "";
}
rename.was = alias();
recall();
articles.forEach(render);
shown();
const first = articles.findIndex((article) => !of(article).done);
if (Object.keys(verdicts).length && articles.some((article) => of(article).done) && first >= 0) go(first);
