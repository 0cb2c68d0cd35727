// One answer as a card: the text with its words marked, the bar, and what the user says of it.

import { make } from "./dom.js";
import { percent, say } from "./i18n.js";
import { cut, strongest } from "./words.js";

/**
 * Return the card of an entry.
 *
 * @param {object} entry text, answer of the API, verdict, kept, sending, note
 * @param {{judge: (entry: object, verdict: string, consent: boolean) => void}} actions
 */
export function card(entry, actions) {
  const { answer } = entry;
  const parts = cut(entry.text, answer.explanation ?? []);
  const lang = answer.english ? "en" : null; // of the tweet, whatever the page is in
  return make(
    "li",
    { class: `card ${tone(answer)}`, "data-id": entry.id },
    make("p", { class: "text", dir: "auto", lang }, ...parts.map(part)),
    make("div", { class: "answer" }, label(answer), bar(answer)),
    pushed(parts, lang),
    !answer.english && make("p", { class: "note" }, say("foreign")),
    answer.truncated && make("p", { class: "note" }, say("truncated")),
    feedback(entry, actions),
  );
}

/** Return "positive", "negative" or, where the model is not sure, "unsure". */
export const tone = (answer) => (answer.certain ? answer.label : "unsure");

function part({ text, contribution, strength }) {
  if (!strength) return text;
  const side = contribution > 0 ? "up" : "down";
  return make("mark", { class: `${side} s${strength}` }, text);
}

function label(answer) {
  const shown = [make("strong", {}, say(tone(answer)))];
  if (!answer.certain) shown.push(` ${say("leans", { label: say(answer.label).toLowerCase() })}`);
  return make("p", { class: "label" }, ...shown, " ", make("span", {}, percent(answer.confidence)));
}

function bar(answer) {
  const share = answer.probability;
  const fill = make("span", { class: "fill" });
  fill.style.setProperty("--from", Math.min(share, 0.5));
  fill.style.setProperty("--to", Math.max(share, 0.5));
  const meter = {
    class: "bar",
    role: "meter",
    "aria-label": say("probability"),
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": Math.round(share * 100),
    "aria-valuetext": percent(share),
  };
  return make(
    "div",
    { class: "scale" },
    make("div", meter, fill),
    make("span", { "aria-hidden": "true" }, say("negative")),
    make("span", { "aria-hidden": "true" }, say("positive")),
  );
}

function pushed(parts, lang) {
  const sides = [
    ["up", "pushedUp", strongest(parts, 1)],
    ["down", "pushedDown", strongest(parts, -1)],
  ].filter(([, , words]) => words.length);
  if (!sides.length) return null;
  return make(
    "ul",
    { class: "pushed" },
    ...sides.map(([side, phrase, words]) =>
      make(
        "li",
        { class: side },
        `${say("towards", { side: say(phrase) })} `,
        ...words.flatMap((word, at) => [at ? ", " : "", make("bdi", { lang }, word)]),
      ),
    ),
  );
}

function feedback(entry, actions) {
  if (!entry.answer.prediction_id) return make("p", { class: "faint" }, say("noFeedback"));
  return entry.verdict ? given(entry, actions) : question(entry, actions);
}

function question(entry, actions) {
  const title = `question-${entry.id}`;
  const consent = make("input", { type: "checkbox", checked: entry.consent });
  consent.addEventListener("change", () => (entry.consent = consent.checked));
  const choice = (verdict, phrase) =>
    make(
      "button",
      {
        type: "button",
        class: verdict,
        "aria-disabled": entry.sending ? "true" : null,
        onclick: () => actions.judge(entry, verdict),
      },
      say(phrase),
    );
  return make(
    "div",
    { class: "feedback", role: "group", "aria-labelledby": title },
    make("span", { id: title }, say("question")),
    choice("correct", "right"),
    choice("incorrect", "wrong"),
    make("label", { class: "consent" }, consent, " ", make("span", {}, say("consent"))),
    note(entry),
  );
}

function given(entry, actions) {
  const undo = {
    type: "button",
    class: "undo",
    "aria-disabled": entry.sending ? "true" : null,
    onclick: () => actions.judge(entry, "retracted"),
  };
  return make(
    "div",
    { class: "feedback given" },
    make("span", {}, acknowledgement(entry)),
    make("button", undo, say("undo")),
    note(entry),
  );
}

/** Return what was recorded, as the service acknowledged it. */
export function acknowledgement(entry) {
  if (!entry.verdict) return say("undone");
  const recorded = say(entry.verdict === "correct" ? "recordedRight" : "recordedWrong");
  return `${recorded} ${say(entry.kept ? "kept" : "notKept")}`;
}

function note(entry) {
  const phrase = entry.sending ? "sending" : entry.note;
  return phrase ? make("p", { class: "faint" }, say(phrase)) : null;
}
