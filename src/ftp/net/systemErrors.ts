/** Why the system could not connect, for people; `undefined` where its code is not known here. */
export function systemErrorWords(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  return words[String(error.code)];
}

// The system's own messages name the address once more, and the call that failed.
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program answers at this port',
  ECONNRESET: 'the server broke it off',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ENOTFOUND: 'there is no host of this name',
  ETIMEDOUT: 'the host does not answer',
};
