/**
 * A DOMException that says why.
 *
 * @param {string} message one sentence.
 * @param {string} name the DOMException's, such as "NetworkError".
 * @param {unknown} [cause]
 */
export function exception(message, name, cause) {
  return Object.assign(new DOMException(message, name), cause === undefined ? {} : { cause });
}
