"use strict";
(() => {
  const STEP = 40; // items that are shown at once
  const WORDS = {
    ok: "ok", empty: "空 · empty", invalid: "无法解析 · invalid", missing: "缺失 · missing", seen: "在训练数据中 · in the training data",
    value: "理解为 · understood", gold: "标准答案 · gold", score: "得分 · score", numbers: "指标 · numbers", group: "组 · group", none: "（没有回复 · no reply）",
  };
  const at = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(at(id).textContent);
  const index = read("index");
  const kept = new Map();
  const [task, model, filter, find] = ["task", "model", "filter", "find"].map(at);
  let shown = [], upTo = 0;

  // everything that a model or a benchmark has said goes in as text
  const el = (tag, kind, ...inside) => {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    made.append(...inside.filter((one) => one !== null && one !== undefined));
    return made;
  };
  const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? null));
  const short = (value) => { const said = plain(value); return said.length > 60 ? said.slice(0, 59) + "…" : said; };

  const block = (number) => {
    if (!kept.has(number)) {
      const told = read(`rows-${number}`);
      told.by = told.rows.map((rows) => new Map((rows || []).map((row) => [row[0], row])));
      told.known = told.seen.map((ids) => new Set(ids));
      kept.set(number, told);
    }
    return kept.get(number);
  };

  const fits = (told, row, m) => {
    const [id, , , , , state, , , score] = row;
    switch (filter.value) {
      case "wrong": return score === null || score < 1;
      case "differs": return told.by.some((rows) => rows.has(id) && rows.get(id)[8] !== score);
      case "seen": return told.known[m].has(id);
      case "all": return true;
      default: return state === filter.value;
    }
  };

  const look = () => {
    const told = block(Number(task.value)), m = Number(model.value), word = find.value.trim().toLowerCase();
    const has = (row) => !word || [row[0], plain(told.prompts[row[2]]), plain(row[3])].some((text) => text.toLowerCase().includes(word));
    const rows = told.rows[m] || [];
    shown = rows.filter((row) => fits(told, row, m) && has(row));
    upTo = 0;
    at("items").replaceChildren();
    at("count").textContent = `${shown.length.toLocaleString()} / ${rows.length.toLocaleString()} 题 · items`;
    further();
  };

  const further = () => {
    const told = block(Number(task.value)), m = Number(model.value);
    at("items").append(...shown.slice(upTo, upTo + STEP).map((row) => card(told, row, m)));
    upTo += STEP;
    at("more").hidden = upTo >= shown.length;
  };

  const badge = (row, seen) => {
    const [state, score] = [row[5], row[8]];
    const kind = state && state !== "ok" ? "care" : score === 1 ? "good" : score === null || score === undefined ? "soft" : score > 0 ? "part" : "bad";
    const said = state && state !== "ok" ? WORDS[state] || state : score === null || score === undefined ? "–" : String(Math.round(score * 1000) / 1000);
    return [el("span", `badge ${kind}`, said), seen ? el("span", "badge care", WORDS.seen) : null];
  };

  const card = (told, row, m) => {
    const summary = el("summary", "", el("code", "", row[0]), ...badge(row, told.known[m].has(row[0])),
      el("span", "brief", `${short(row[4])} ⟵ ${short(row[6])}`));
    const made = el("details", "item", summary);
    made.dataset.id = row[0];
    made.addEventListener("toggle", () => { if (made.open && made.childElementCount === 1) made.append(inside(told, row, m)); });
    return made;
  };

  const inside = (told, row, m) => {
    const prompt = told.prompts[row[2]];
    const made = el("div", "inside");
    for (const turn of Array.isArray(prompt) ? prompt : [prompt])
      made.append(el("div", "turn", el("b", "", plain(turn.role ?? "")), el("pre", "", plain(turn.content ?? turn))));
    told.rows.forEach((rows, other) => {
      const mine = other === m ? row : told.by[other].get(row[0]);
      if (!mine) return;
      const head = el("div", "who", el("i", `dot m${other % 6}`), el("b", "", index.models[other]), ...badge(mine, false));
      made.append(el("div", other === m ? "reply mine" : "reply", head, ...replies(mine[3]), facts(mine)));
    });
    return made;
  };

  const replies = (said) => {
    const every = Array.isArray(said) ? said : said === null || said === undefined ? [] : [said];
    return every.length ? every.map((text) => el("pre", "", plain(text))) : [el("p", "note", WORDS.none)];
  };

  const facts = (row) => {
    const list = el("dl", "facts");
    for (const [name, value] of [["value", row[4]], ["gold", row[6]], ["score", row[8]], ["numbers", row[7]], ["group", row[1]]])
      if (value !== null && value !== undefined) list.append(el("dt", "", WORDS[name]), el("dd", "", plain(value)));
    return list;
  };

  const offer = (select, names) => select.replaceChildren(...names.map(([value, name]) => { const made = el("option", "", name); made.value = value; return made; }));
  const models = () => {
    const told = block(Number(task.value)), before = model.value;
    const there = index.models.map((name, m) => [String(m), name]).filter(([m]) => told.rows[m]);
    offer(model, there);
    if (there.some(([m]) => m === before)) model.value = before;
  };

  offer(task, index.tasks.map((name, number) => [String(number), name]));
  models();
  task.addEventListener("change", () => { models(); look(); });
  model.addEventListener("change", look);
  filter.addEventListener("change", look);
  let waiting = 0;
  find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 150); });
  at("more").addEventListener("click", further);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-item]");
    if (!link) return;
    event.preventDefault();
    task.value = String(index.tasks.indexOf(link.dataset.task));
    filter.value = "all";
    find.value = link.dataset.item;
    models();
    look();
    const met = [...at("items").children].find((one) => one.dataset.id === link.dataset.item);
    if (met) { met.open = true; met.scrollIntoView({ block: "start" }); } else at("drill").scrollIntoView();
  });
  look();
})();
