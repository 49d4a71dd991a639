"use strict";
const { columns, sheet, lines } = JSON.parse(document.getElementById("content").textContent);
const QUESTIONS = ["grammatical", "meaning"];
const STORE = "structclip-audit-" + sheet;
const WORDING = {
  negative: { name: "Hard negative", meaning: "Does the meaning change, so that it says something else?" },
  positive: { name: "Hard positive", meaning: "Is the meaning kept, so that it says the same?" },
};
const element = (id) => document.getElementById(id);

let place = 0;
let question = 0;
let answers = restore();

function restore() {
  const none = lines.map(() => ({ grammatical: "", meaning: "" }));
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    return Array.isArray(kept) && kept.length === none.length ? kept : none;
  } catch {
    return none;
  }
}

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(answers));
  } catch {
    element("notice").textContent = "This browser keeps no marks: download the CSV before you close the page.";
    element("notice").hidden = false;
  }
}

const given = (i) => QUESTIONS.filter((name) => answers[i][name]).length;

function state(i) {
  if (given(i) === 0) return "";
  if (given(i) === 1) return "half";
  return QUESTIONS.every((name) => answers[i][name] === "yes") ? "good" : "bad";
}

function firstOpen(i) {
  return Math.max(0, QUESTIONS.findIndex((name) => !answers[i][name]));
}

function go(to) {
  if (to < 0 || to >= lines.length) return;
  place = to;
  question = firstOpen(to);
  show();
}

function goUnanswered() {
  for (let step = 1; step <= lines.length; step++) {
    const i = (place + step) % lines.length;
    if (given(i) < QUESTIONS.length) return go(i);
  }
}

function answer(name, word) {
  answers[place][name] = word;
  keep();
  const open = QUESTIONS.findIndex((other) => !answers[place][other]);
  if (open >= 0) question = open;
  else if (place + 1 < lines.length) return go(place + 1);
  show();
}

function takeBack() {
  const name = QUESTIONS[question];
  if (answers[place][name]) {
    answers[place][name] = "";
  } else if (question > 0) {
    question -= 1;
    answers[place][QUESTIONS[question]] = "";
  } else if (place > 0) {
    place -= 1;
    question = QUESTIONS.length - 1;
    answers[place][QUESTIONS[question]] = "";
  }
  keep();
  show();
}

function startOver() {
  if (!confirm("Take all marks of this sheet back?")) return;
  answers = lines.map(() => ({ grammatical: "", meaning: "" }));
  keep();
  go(0);
}

function csvField(text) {
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function csvText() {
  const rows = lines.map((line, i) => [...line.fields, ...QUESTIONS.map((name) => answers[i][name])]);
  return [columns, ...rows].map((row) => row.map(csvField).join(",") + "\n").join("");
}

function download() {
  const url = URL.createObjectURL(new Blob([csvText()], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "sheet-marked.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function write(target, pieces) {
  target.replaceChildren(
    ...pieces.map(([text, changed]) => {
      const node = document.createElement(changed ? "mark" : "span");
      node.textContent = text;
      return node;
    }),
  );
}

function show() {
  const line = lines[place];
  element("place").textContent = `${place + 1} of ${lines.length}`;
  element("kind").textContent = line.kind.replaceAll("_", " ");
  element("list").textContent = WORDING[line.list].name;
  element("meaning").textContent = WORDING[line.list].meaning;
  write(element("caption"), line.caption);
  write(element("variant"), line.variant);
  document.querySelectorAll(".question").forEach((row, i) => {
    row.classList.toggle("current", i === question);
    row.querySelectorAll("button").forEach((button) => {
      button.setAttribute("aria-pressed", String(answers[place][row.dataset.question] === button.dataset.answer));
    });
  });
  const done = lines.filter((_, i) => given(i) === QUESTIONS.length).length;
  element("bar").value = done / lines.length;
  element("progress").textContent =
    done === lines.length ? `all ${done} answered: download the CSV` : `${done} of ${lines.length} answered`;
  element("back").disabled = place === 0;
  element("forward").disabled = place === lines.length - 1;
  element("unanswered").disabled = done === lines.length;
  [...element("strip").children].forEach((dot, i) => {
    dot.className = state(i);
    dot.toggleAttribute("aria-current", i === place);
  });
}

const KEYS = {
  y: () => answer(QUESTIONS[question], "yes"),
  n: () => answer(QUESTIONS[question], "no"),
  ArrowUp: () => { question = Math.max(question - 1, 0); show(); },
  ArrowDown: () => { question = Math.min(question + 1, QUESTIONS.length - 1); show(); },
  ArrowLeft: () => go(place - 1),
  ArrowRight: () => go(place + 1),
  Home: () => go(0),
  End: () => go(lines.length - 1),
  " ": goUnanswered,
  Backspace: takeBack,
  d: download,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

lines.forEach((_, i) => {
  const dot = document.createElement("button");
  dot.type = "button";
  dot.tabIndex = -1;
  dot.title = `variant ${i + 1}`;
  dot.addEventListener("click", () => go(i));
  element("strip").append(dot);
});
document.querySelectorAll(".question button").forEach((button) => {
  button.addEventListener("click", () => answer(button.closest(".question").dataset.question, button.dataset.answer));
});
element("back").addEventListener("click", () => go(place - 1));
element("forward").addEventListener("click", () => go(place + 1));
element("unanswered").addEventListener("click", goUnanswered);
element("download").addEventListener("click", download);
element("clear").addEventListener("click", startOver);
const firstUnanswered = lines.findIndex((_, i) => given(i) < QUESTIONS.length);
go(Math.max(0, firstUnanswered));
