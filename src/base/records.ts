/**
 * Small values that several processes share, each under a key of its own, so that none takes away
 * what another has just written under another key. Values are JSON.
 */
export interface Records {
  /** `undefined` where nothing is written, or what is cannot be read. */
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  all(): Promise<readonly unknown[]>;
  /** Forgets the longest unwritten while there are more than `most`, but none of `kept`. */
  trim(most: number, kept: readonly string[]): Promise<void>;
}

/** Remembers until the process ends. */
export function memoryRecords(): Records {
  const values = new Map<string, unknown>();
  return {
    get: async (key) => structuredClone(values.get(key)),
    set: async (key, value) => {
      values.delete(key);
      values.set(key, structuredClone(value));
    },
    delete: async (key) => void values.delete(key),
    all: async () => structuredClone([...values.values()]),
    trim: async (most, kept) => {
      for (const key of [...values.keys()].filter((each) => !kept.includes(each))) {
        if (values.size <= most) return;
        values.delete(key);
      }
    },
  };
}
