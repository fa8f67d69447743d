/**
 * What a server says of itself in the reply to FEAT: the name of each feature, in upper case, and what
 * stands behind it, or an empty string.
 */
export type ServerFeatures = ReadonlyMap<string, string>;

/**
 * Reads the lines of a 211 reply (RFC 2389, 3.2: each begins with one space, and its case means
 * nothing). Servers that leave the space away, or repeat the code before each line, are understood
 * too. A feature may stand more than once (AUTH TLS, AUTH SSL): its parameters are joined by ";".
 */
export function parseFeatures(lines: readonly string[]): ServerFeatures {
  // Joined once, at the end: each joining costs what stands there already.
  const found = new Map<string, string[]>();
  for (const line of lines.slice(1, -1)) {
    const text = line.trim();
    const blank = text.indexOf(' ');
    const name = (blank < 0 ? text : text.slice(0, blank)).toUpperCase();
    if (name === '') continue;
    const parameters = found.get(name) ?? [];
    found.set(name, parameters);
    if (blank >= 0) parameters.push(text.slice(blank).trim());
  }
  return new Map([...found].map(([name, parameters]) => [name, parameters.join(';')]));
}

/** Of a server that does not know FEAT, or has not been asked. */
export const noFeatures: ServerFeatures = new Map();

/** True where a server that said the one would say the other. */
export function sameFeatures(one: ServerFeatures, other: ServerFeatures): boolean {
  return one.size === other.size && [...one].every(([name, told]) => other.get(name) === told);
}

/** draft-bryan-ftp-hash, 3.2: the algorithm with the asterisk is the one that HASH uses. */
export function hashesBySha256(features: ServerFeatures): boolean {
  return /\bSHA-256\b\*/i.test(features.get('HASH') ?? '');
}
