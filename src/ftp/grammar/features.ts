/** What a server says of itself in the reply to FEAT. Names are compared without case. */
export interface ServerFeatures {
  /** In upper case. */
  readonly names: readonly string[];
  has(feature: string): boolean;
  /** What stands behind the name, or an empty string; `undefined` where the feature is missing. */
  parameters(feature: string): string | undefined;
}

/**
 * Reads the lines of a 211 reply (RFC 2389, 3.2: each begins with one space). Servers that leave
 * the space away, or repeat the code before each line, are understood too. A feature may stand
 * more than once (AUTH TLS, AUTH SSL): its parameters are joined by ";".
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
  const features = new Map([...found].map(([name, parameters]) => [name, parameters.join(';')]));
  return {
    names: [...features.keys()],
    has: (feature) => features.has(feature.toUpperCase()),
    parameters: (feature) => features.get(feature.toUpperCase()),
  };
}

/** Of a server that does not know FEAT, or has not been asked. */
export const noFeatures: ServerFeatures = {
  names: [],
  has: () => false,
  parameters: () => undefined,
};
