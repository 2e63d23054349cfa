/** Which languages a model reads and writes. */

/**
 * The tags that are served when the model has `languages`: "en" for "en-GB" as well.
 *
 * @param {string[]} languages BCP 47 tags.
 * @throws {RangeError} if one is malformed.
 */
export function supportedLanguages(languages) {
  return new Set(Intl.getCanonicalLocales(languages).flatMap((tag) => [...andWider(tag)]));
}

/**
 * What serves each of the requested languages, without repetition.
 *
 * @param {string[]} requested canonical BCP 47 tags.
 * @param {Set<string>} supported
 * @returns {string[] | null} null if one is not served.
 */
export function matchLanguages(requested, supported) {
  const matches = new Set();
  for (const language of requested) {
    const match = [...andWider(language)].find((tag) => supported.has(tag));
    if (match === undefined) return null;
    matches.add(match);
  }
  return [...matches];
}

/** "en-Latn-GB" -> "en-Latn-GB", "en-Latn", "en". */
function* andWider(tag) {
  for (let end = tag.length; end > 0; end = tag.lastIndexOf("-", end - 1)) yield tag.slice(0, end);
}
