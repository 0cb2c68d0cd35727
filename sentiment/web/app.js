// The page: what the user does, what the service answers, and what is shown of it.

import { ApiError, pause, post, readiness } from "./api.js";
import { acknowledgement, card, tone } from "./card.js";
import { toCsv } from "./csv.js";
import { byId, make } from "./dom.js";
import { forgetKey, keepKey, readKey } from "./key.js";
import { choose, current, say, translate } from "./i18n.js";
import { LIMITS } from "./translations.js";

const MOST_RECENT = 500;
const ASKING = { phrase: "asking", canStop: true };
const EXAMPLES = [
  "My phone finally arrived and it is gorgeous 😍 best birthday ever",
  "two hours on the phone with support and still no answer :(",
  "The concert is on Thursday at the old town hall",
];

let entries = []; // newest first
let nextId = 1;
let work = null; // the AbortController of the request under way
let shown = null; // what the message says, so that it can be said in the other language

// What is asked

const tweets = byId("tweets");

function lines() {
  const whole = tweets.value.replace(/\p{Surrogate}/gu, "\ufffd"); // half characters are no UTF-8
  return whole.split(/\r\n?|\n/).map((line) => line.trim()).filter(Boolean);
}

function complaint(texts) {
  if (!texts.length) return { phrase: "nothing" };
  if (texts.length > LIMITS.most) return { phrase: "tooMany", values: { count: texts.length } };
  const line = texts.findIndex((text) => Array.from(text).length > LIMITS.longest) + 1;
  return line ? { phrase: "tooLong", values: { line } } : null;
}

async function ask() {
  if (work) return;
  const texts = lines();
  const wrong = complaint(texts);
  tweets.setAttribute("aria-invalid", Boolean(wrong));
  if (wrong) {
    showMessage({ ...wrong, isError: true });
    tweets.focus();
    return;
  }
  const explain = texts.length <= LIMITS.explained;
  try {
    const { model, predictions } = await working(() => request("predict", { texts, explain }));
    const time = new Date();
    const fresh = texts.map((text, at) => ({
      id: nextId++, time, text, answer: predictions[at], model: model.version,
    }));
    entries = [...fresh, ...entries].slice(0, MOST_RECENT);
    byId("model").textContent = model.version;
    showMessage(null);
    announce("answered", { count: fresh.length });
    render();
  } catch (error) {
    showMessage({ ...explained(error, texts.length), again: ask });
  }
}

/** Run a request with the form locked and a way to stop it. */
async function working(action) {
  work = new AbortController();
  byId("submit").setAttribute("aria-disabled", "true");
  showMessage(ASKING);
  try {
    return await action();
  } finally {
    work = null;
    byId("submit").removeAttribute("aria-disabled");
  }
}

/** Send a request; where the service wants a key, ask the user for it and send it again. */
async function request(path, body) {
  for (;;) {
    const key = readKey();
    try {
      const onPause = (kind, seconds) =>
        showMessage({ phrase: kind, retry: Math.ceil(seconds), canStop: Boolean(work) });
      return await post(path, body, { key, signal: work?.signal, onPause });
    } catch (error) {
      if (error.kind !== "key" || !(await askForKey(Boolean(key)))) throw error;
      showMessage({ phrase: "asking", canStop: Boolean(work) });
    }
  }
}

// What is said of an answer

async function judge(entry, verdict) {
  if (entry.sending) return;
  const consent = verdict !== "retracted" && Boolean(entry.consent);
  change(entry, { sending: true, note: null });
  try {
    const body = { prediction_id: entry.answer.prediction_id, verdict };
    const recorded = await request("feedback", consent ? { ...body, text: entry.text, consent } : body);
    const isGiven = recorded.verdict !== "retracted";
    change(entry, {
      sending: false,
      verdict: isGiven ? recorded.verdict : null,
      kept: recorded.text_stored,
      note: isGiven ? null : "undone",
    });
    showMessage(work && ASKING);
    said(acknowledgement(entry));
  } catch (error) {
    change(entry, { sending: false, note: null });
    showMessage({ ...explained(error), canStop: Boolean(work), again: () => judge(entry, verdict) });
  }
}

/** Change an entry and show it; the focus stays in its card. */
function change(entry, values) {
  Object.assign(entry, values);
  const old = cardOf(entry);
  if (!old) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const fresh = card(entry, { judge });
  old.replaceWith(fresh);
  if (focused) {
    const same = focused.className && fresh.querySelector(`button.${focused.className}`);
    (same || fresh.querySelector("button, input"))?.focus();
  }
}

const cardOf = (entry) => byId("cards").querySelector(`[data-id="${entry.id}"]`);

// The key

const dialog = byId("key");
let answerKey = null;

/** Return whether the user gave a key. */
function askForKey(refused) {
  byId("key-refused").textContent = refused ? say("keyRefused") : "";
  byId("key-value").value = "";
  if (!dialog.open) dialog.showModal();
  byId("key-value").focus();
  return new Promise((resolve) => {
    answerKey = resolve;
  });
}

function useKey(event) {
  event.preventDefault();
  const key = byId("key-value").value.trim();
  if (!/^[\x20-\x7e]+$/.test(key)) {
    byId("key-refused").textContent = say(key ? "keyRefused" : "keyEmpty");
    return;
  }
  keepKey(key);
  byId("forget").hidden = false;
  answerKey?.(true);
  answerKey = null;
  dialog.close();
}

function dropKey() {
  forgetKey();
  byId("forget").hidden = true;
  announce("forgotten");
  byId("tweets").focus();
}

// What is shown

function explained(error, count = 0) {
  if (!(error instanceof ApiError)) throw error;
  const line = Number(/^\$\.texts\[(\d+)\]/.exec(error.field)?.[1]) + 1;
  const phrase = error.kind === "refused" && line && count > 1 ? "refusedLine" : error.kind;
  return { phrase, values: { line }, detail: error.detail, isError: error.kind !== "stopped" };
}

/** Show a message, or none: without words its place takes no room. */
function showMessage(message) {
  shown = message;
  const { phrase, values, detail = "", retry, isError, canStop, again } = message ?? {};
  const whole = [
    phrase && say(phrase, values),
    detail && make("span", { lang: "en" }, detail), // the service speaks English
    retry != null && say("retrying", { count: retry }),
  ].filter(Boolean);
  byId("message").classList.toggle("error", Boolean(isError));
  byId("status").replaceChildren(...whole.flatMap((part, at) => (at ? [" ", part] : [part])));
  byId("stop").hidden = !canStop;
  byId("again").hidden = !again;
}

/** Let a screen reader say it. */
function said(text) {
  byId("said").textContent = text;
}

const announce = (phrase, values) => said(say(phrase, values));

function render() {
  byId("recent").hidden = !entries.length;
  byId("cards").replaceChildren(...entries.map((entry) => card(entry, { judge })));
  const count = (name) => entries.filter(({ answer }) => tone(answer) === name).length;
  byId("summary").textContent = say("summary", {
    count: entries.length,
    positive: count("positive"),
    negative: count("negative"),
    unsure: count("unsure"),
  });
}

function count() {
  const number = lines().length;
  byId("count").textContent = number ? say("count", { count: number }) : "";
}

function switchTo(code) {
  choose(code);
  count();
  showMessage(shown);
  render();
}

function download() {
  const file = new Blob([toCsv(entries)], { type: "text/csv;charset=utf-8" });
  const url = URL.createObjectURL(file);
  make("a", { href: url, download: "tweets.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function clear() {
  entries = [];
  render();
  tweets.focus();
}

// Whether the service is ready

async function watch() {
  for (let remarked = null; ; ) {
    try {
      byId("model").textContent = await readiness();
      if (remarked && shown) remark({ phrase: "ready" });
      return;
    } catch (error) {
      const message = explained(error);
      if (message.phrase !== remarked && remark(message)) remarked = message.phrase;
      await pause(5);
    }
  }
}

/** Show what nobody asked for, but in the place of no answer to the user; return whether it was. */
function remark(message) {
  const isBusy = work || entries.some(({ sending }) => sending);
  if (isBusy || (shown && !shown.isRemark)) return false;
  if (shown?.phrase !== message.phrase) showMessage({ ...message, isRemark: true });
  return true;
}

/** Show that the network is gone or back; what could be done before can be done still. */
function showNetwork(phrase) {
  const again = shown?.again;
  const isRemark = !work && !again;
  showMessage({ phrase, isError: phrase === "offline", canStop: Boolean(work), again, isRemark });
}

// Wiring

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
tweets.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("ask").requestSubmit();
});
tweets.addEventListener("input", () => {
  tweets.removeAttribute("aria-invalid");
  count();
});
byId("example").addEventListener("click", () => {
  tweets.value = EXAMPLES.join("\n");
  count();
  tweets.focus();
});
byId("stop").addEventListener("click", () => work?.abort());
byId("again").addEventListener("click", () => shown?.again?.());
byId("download").addEventListener("click", download);
byId("clear").addEventListener("click", clear);
byId("forget").addEventListener("click", dropKey);
byId("key-cancel").addEventListener("click", () => dialog.close());
dialog.querySelector("form").addEventListener("submit", useKey);
dialog.addEventListener("close", () => {
  answerKey?.(false);
  answerKey = null;
});
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => switchTo(button.dataset.language));
}
window.addEventListener("offline", () => showNetwork("offline"));
window.addEventListener("online", () => shown?.phrase === "offline" && showNetwork("online"));

byId("forget").hidden = !readKey();
if (current() !== document.documentElement.lang) translate();
watch();
