// Which words to mark. The API counts in code points, JavaScript in UTF-16 units.

const LEAST_STRENGTH = 0.3; // of the strongest word's
const LEAST_SCALE = 0.5; // log-odds: where no word pushes that much, none is marked strongly

/**
 * Cut a text into parts; those that pushed the answer have a contribution and a strength.
 *
 * @param {string} text the tweet as it was sent
 * @param {{start: number, end: number, contribution: number}[]} words by code points, in order
 * @returns {{text: string, contribution?: number, strength?: 1 | 2 | 3}[]}
 */
export function cut(text, words) {
  const points = Array.from(text);
  const scale = Math.max(LEAST_SCALE, ...words.map((word) => Math.abs(word.contribution)));
  const parts = [];
  let at = 0;
  for (const { start, end, contribution } of words) {
    const share = Math.abs(contribution) / scale;
    if (share < LEAST_STRENGTH) continue;
    if (start > at) parts.push({ text: points.slice(at, start).join("") });
    const strength = share < 0.5 ? 1 : share < 0.8 ? 2 : 3;
    parts.push({ text: points.slice(start, end).join(""), contribution, strength });
    at = end;
  }
  if (at < points.length) parts.push({ text: points.slice(at).join("") });
  return parts;
}

/** Return up to three words that pushed one way (sign 1 or -1), the strongest first, each once. */
export function strongest(parts, sign) {
  const pushed = parts.filter((part) => part.contribution * sign > 0);
  pushed.sort((one, other) => (other.contribution - one.contribution) * sign);
  const seen = new Map(pushed.map(({ text }) => [text.toLowerCase(), text]));
  return [...seen.values()].slice(0, 3);
}
