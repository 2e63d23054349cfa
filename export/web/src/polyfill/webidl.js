/** What Web IDL makes of JavaScript's values and classes: https://webidl.spec.whatwg.org/ */

/** DOMString: lone surrogates stay, a symbol is refused. */
export function toDOMString(value) {
  return `${value}`;
}

/** An enumeration: the string has to be one of `values`. */
export function enumeration(name, values) {
  return (value) => {
    const string = toDOMString(value);
    if (!values.includes(string)) {
      throw new TypeError(`"${string}" is no ${name}: use one of ${values.join(", ")}.`);
    }
    return string;
  };
}

/** `sequence<DOMString>`: anything that can be iterated, but a string. */
export function toStrings(value) {
  if (!isObject(value) || typeof value[Symbol.iterator] !== "function") {
    throw new TypeError(`${String(value)} is no list of strings.`);
  }
  const strings = [];
  for (const item of value) strings.push(toDOMString(item));
  return strings;
}

/** A callback function. */
export function toFunction(value) {
  if (typeof value !== "function") throw new TypeError(`${String(value)} is no function.`);
  return value;
}

const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted").get;

/** An `AbortSignal`, also one of another frame. */
export function toAbortSignal(value) {
  try {
    isAborted.call(value);
  } catch {
    throw new TypeError(`${String(value)} is no AbortSignal.`);
  }
  return value;
}

/**
 * A dictionary: undefined and null are one without members.
 *
 * @param {[name: string, convert: (value: any) => any, fallback?: any][]} members in the order in
 *   which they are read: those of the parent first, by name.
 */
export function dictionary(members) {
  return (value) => {
    const given = value ?? {};
    if (!isObject(given)) throw new TypeError(`${String(value)} is no object of options.`);
    const result = {};
    for (const [name, convert, fallback] of members) {
      const member = given[name];
      if (member !== undefined) result[name] = convert(member);
      else if (fallback !== undefined) result[name] = fallback;
    }
    return result;
  };
}

/**
 * Makes a class look like an interface: enumerable members, and its name as the tag.
 *
 * @param {string} name said again, because bundlers shorten those of classes.
 */
export function asInterface(constructor, name) {
  for (const [target, except] of [
    [constructor, ["length", "name", "prototype"]],
    [constructor.prototype, ["constructor"]],
  ]) {
    for (const member of Object.getOwnPropertyNames(target)) {
      if (!except.includes(member)) Object.defineProperty(target, member, { enumerable: true });
    }
  }
  Object.defineProperty(constructor, "name", { value: name, configurable: true });
  Object.defineProperty(constructor.prototype, Symbol.toStringTag, {
    value: name,
    configurable: true,
  });
  return constructor;
}

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
