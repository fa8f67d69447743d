/** Where small things are remembered between two starts. Values are JSON; a lost one is no harm. */
export interface Storage {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** Remembers until the process ends. */
export function memoryStorage(): Storage {
  const values = new Map<string, unknown>();
  return { get: (key) => values.get(key), set: (key, value) => void values.set(key, value) };
}
