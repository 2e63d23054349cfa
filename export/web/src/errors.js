/** A model or its scores can't be used; the message is one sentence that says what to do. */
export class BertsumError extends Error {
  name = "BertsumError";
}
