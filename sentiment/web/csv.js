// Answers as a CSV file (RFC 4180) that a spreadsheet shows and never computes.

const COLUMNS = [
  ["time", (entry) => entry.time.toISOString()],
  ["text", (entry) => entry.text],
  ["label", ({ answer }) => answer.label],
  ["probability_positive", ({ answer }) => answer.probability],
  ["confidence", ({ answer }) => answer.confidence],
  ["certain", ({ answer }) => answer.certain],
  ["english", ({ answer }) => answer.english],
  ["truncated", ({ answer }) => answer.truncated],
  ["model_version", (entry) => entry.model],
  ["verdict", (entry) => entry.verdict ?? ""],
  ["text_kept", (entry) => (entry.verdict ? entry.kept : "")],
];

// What a spreadsheet takes for the beginning of a formula, full-width forms included.
const FORMULA = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20\t\r\n]/u;

/** Return the content of the file; the mark at its start tells Excel that it is UTF-8. */
export function toCsv(entries) {
  const rows = entries.map((entry) => COLUMNS.map(([, read]) => cell(read(entry))));
  const head = COLUMNS.map(([name]) => name);
  return "\ufeff" + [head, ...rows].map((row) => row.join(",") + "\r\n").join("");
}

function cell(value) {
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
