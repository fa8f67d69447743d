// Loads and activates the extension in Node.js, beside a VS Code that takes everything and does nothing:
// `loadingPeer EXTENSION CACHE`. It prints the milliseconds. VS Code keeps what it compiled, as is done here.
import module, { createRequire } from 'node:module';

const [extension = '', cache = ''] = process.argv.slice(2);

/** Whatever is asked of it: a value, a function, a class. */
const anything: object = new Proxy(function () {}, {
  get: (target, key) => {
    if (key === 'prototype') return target.prototype as unknown;
    if (key === Symbol.toPrimitive) return () => '';
    if (key === Symbol.iterator) return [][Symbol.iterator].bind([]);
    return key === 'then' ? undefined : anything;
  },
  set: () => true,
  apply: () => anything,
  construct: () => anything,
});

interface Loader {
  _load(name: string, ...rest: readonly unknown[]): unknown;
}

const loader = module as unknown as Loader;
const usual = loader._load.bind(loader);
// The bundle makes a module of its own of it, with the same prototype.
const vscode: object = Object.create(anything);
loader._load = (name, ...rest) => (name === 'vscode' ? vscode : usual(name, ...rest));

const folder = { scheme: 'file', fsPath: cache, path: cache };
const memento = {
  get: (_: string, usually: unknown) => usually,
  update: async () => {},
  keys: () => [],
};
const context = {
  extensionMode: 1,
  subscriptions: [],
  globalState: memento,
  workspaceState: memento,
  secrets: anything,
  extension: anything,
  extensionUri: folder,
  globalStorageUri: folder,
  logUri: folder,
};

module.enableCompileCache(cache);
const started = performance.now();
const load = createRequire(import.meta.url);
const { activate } = load(extension) as { readonly activate: (given: object) => unknown };
await activate(context);
process.stdout.write(`${performance.now() - started}\n`);
process.exit(0);
