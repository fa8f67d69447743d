// Running tests inside the extension host of a VS Code server, by VS Code's own mechanism.
import type { Browser } from 'playwright-core';
import { within } from '../waiting.ts';
import { type Host, windowUrl } from './host.ts';
import { testLine } from './testLine.ts';

/** What is to be run, and where. */
export interface ExtensionTestsOptions {
  readonly host: Host;
  readonly browser: Browser;
  /** The folder that holds the extension's package.json; it is loaded from there. */
  readonly extension: string;
  /** The module whose exported `run` runs the tests. */
  readonly tests: string;
  /** The URI or path of the folder to open. */
  readonly folder: string;
  /** How long the tests may take, in milliseconds. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Without this argument the host ignores what the window's address says of tests. */
export const extensionTestsArgument = '--enable-smoke-test-driver';

/** Runs the tests; returns the exit code that VS Code gives them: 0 when `run` resolved. */
export async function runExtensionTests(options: ExtensionTestsOptions): Promise<number> {
  const { host, browser, folder, deadline } = options;
  const signal = within(options.signal, deadline);
  const page = await browser.newPage();
  const exited = Promise.withResolvers<number>();
  const giveUp = (): void => exited.reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  await page.exposeFunction('codeAutomationExit', (code: number) => exited.resolve(code));
  await page.exposeFunction('codeAutomationLog', printTestLine);
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remoteUri(host, options.extension)],
    ['extensionTestsPath', remoteUri(host, options.tests)],
  ]);
  try {
    // The deadline of the whole is the only one: a busy machine opens a page slowly.
    const options = { waitUntil: 'domcontentloaded', timeout: 0 } as const;
    const opening = page.goto(windowUrl(host, { folder }, { payload }), options);
    opening.catch(exited.reject);
    return await exited.promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
    await page.close();
  }
}

function printTestLine(_kind: string, args: readonly unknown[]): void {
  const text = args.map(String).join(' ');
  const at = text.indexOf(testLine);
  if (at !== -1) process.stdout.write(`${text.slice(at + testLine.length)}\n`);
}

function remoteUri(host: Host, path: string): string {
  return `vscode-remote://${host.authority}${path}`;
}
