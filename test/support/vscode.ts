// The part of VS Code's API that unit tests need: values and a little bookkeeping, no window. The suites
// under test/vscode use the real one.

export class Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;

  private constructor(scheme: string, authority: string, path: string, query = '') {
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
    this.query = query;
  }

  static from(parts: { scheme: string; authority?: string; path?: string }): Uri {
    return new Uri(parts.scheme, parts.authority ?? '', parts.path ?? '');
  }

  static file(path: string): Uri {
    return new Uri('file', '', path);
  }

  static parse(text: string): Uri {
    const { protocol, host, pathname } = new URL(text);
    return new Uri(protocol.replace(':', ''), host, decodeURI(pathname));
  }

  static joinPath(base: Uri, ...names: readonly string[]): Uri {
    const path = [base.path, ...names].filter((name) => name !== '').join('/');
    return new Uri(base.scheme, base.authority, path);
  }

  with(parts: { scheme?: string; query?: string }): Uri {
    return new Uri(
      parts.scheme ?? this.scheme,
      this.authority,
      this.path,
      parts.query ?? this.query,
    );
  }

  toString(): string {
    const query = this.query === '' ? '' : `?${this.query}`;
    return `${this.scheme}://${this.authority}${encodeURI(this.path)}${query}`;
  }
}

export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;
export const FilePermission = { Readonly: 1 } as const;
export const FileChangeType = { Changed: 1, Created: 2, Deleted: 3 } as const;

export class FileSystemError extends Error {
  readonly code: string;

  constructor(message = '', code = 'Unknown') {
    super(message);
    this.code = code;
  }

  static FileNotFound(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'FileNotFound');
  }
  static FileExists(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'FileExists');
  }
  static FileNotADirectory(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'FileNotADirectory');
  }
  static FileIsADirectory(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'FileIsADirectory');
  }
  static NoPermissions(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'NoPermissions');
  }
  static Unavailable(this: void, about: unknown): FileSystemError {
    return new FileSystemError(String(about), 'Unavailable');
  }
}

export class Disposable {
  readonly #dispose: () => void;

  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }

  static from(...all: readonly { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }

  dispose(): void {
    this.#dispose();
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener);
    return new Disposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export const l10n: { t(message: string, values?: Readonly<Record<string, unknown>>): string } = {
  t: (message, values = {}) =>
    message.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name])),
};

/** What tests put there; read by `workspace`. */
export const world: {
  settings: Map<string, unknown>;
  files: Map<string, Uint8Array>;
  readonly configurationChanged: EventEmitter<{ affectsConfiguration(key: string): boolean }>;
} = {
  settings: new Map(),
  files: new Map(),
  configurationChanged: new EventEmitter(),
};

export const ConfigurationTarget = { Global: 1 } as const;

interface Configuration {
  get(key: string): unknown;
  update(key: string, value: unknown): Promise<void>;
}

function configuration(section: string): Configuration {
  return {
    get: (key) => world.settings.get(`${section}.${key}`),
    update: async (key, value) => {
      const changed = `${section}.${key}`;
      world.settings.set(changed, structuredClone(value));
      world.configurationChanged.fire({ affectsConfiguration: (asked) => asked === changed });
    },
  };
}

export const workspace: {
  readonly onDidChangeConfiguration: typeof world.configurationChanged.event;
  readonly getConfiguration: (section: string) => Configuration;
  readonly fs: { readFile(uri: Uri): Promise<Uint8Array> };
} = {
  onDidChangeConfiguration: world.configurationChanged.event,
  getConfiguration: configuration,
  fs: {
    readFile: async ({ path }) => {
      const bytes = world.files.get(path);
      if (!bytes) throw FileSystemError.FileNotFound(path);
      return bytes;
    },
  },
};
