import { beforeEach, describe, expect, test, vi } from 'vitest';
import { toRemotePath } from '../../../src/base/paths.ts';
import type { FileIdentity } from '../../../src/session/remoteFileSystem.ts';
import { dialogs } from '../../../src/views/dialogs.ts';
import { formatsOf } from '../../../src/views/formats.ts';
import { someSite } from '../workspace/someSite.ts';

const window = vi.hoisted(() => ({
  presses: [] as ((buttons: readonly string[]) => string | undefined)[],
  questions: [] as string[],
  ran: [] as string[],
  typed: 'geheim' as string | undefined,
}));

vi.mock('vscode', async () => ({
  ...(await import('../../support/vscode.ts')),
  window: {
    showInputBox: async ({ title = '', prompt = '', password }: Record<string, string>) => {
      window.questions.push(`${title} / ${prompt} / ${password}`);
      return window.typed;
    },
    showQuickPick: async (choices: readonly unknown[]) => choices[0],
    showWarningMessage: async (message: string, _: object, ...buttons: readonly string[]) => {
      window.questions.push(message);
      return window.presses.shift()?.(buttons);
    },
  },
  commands: {
    executeCommand: async (command: string, ...uris: readonly unknown[]) => {
      window.ran.push([command, ...uris].map(String).join(' '));
    },
  },
}));

const enter = (buttons: readonly string[]): string | undefined => buttons[0];
const press =
  (button: string) =>
  (buttons: readonly string[]): string | undefined =>
    buttons.find((each) => each === button);
const escape = (): undefined => {};

const found: FileIdentity = {
  size: 3,
  modified: 1,
  unique: undefined,
  sha256: undefined,
  settled: true,
};
const path = toRemotePath('/www/[a](command:b)');
const question = { site: someSite(), path, held: found, found };
const questions = dialogs(formatsOf('en'));

beforeEach(() => {
  window.presses = [];
  window.questions = [];
  window.ran = [];
});

describe('the question for a secret', () => {
  const site = someSite({
    username: 'anna',
    clientCertificate: '/own.pem',
    proxy: 'socks5://berta@proxy:1080',
  });
  const proxy = { kind: 'socks5', host: 'proxy', port: 1080, user: 'berta' } as const;

  test('says whose it is, hides it, and keeps it where the user wants it', async () => {
    const saved = { password: 'geheim', keep: 'saved' };
    expect(await questions.password(site, 'missing')).toEqual(saved);
    expect(await questions.proxyPassword(site, proxy, 'missing')).toEqual(saved);
    expect(await questions.proxyPassword(site, proxy, 'refused')).toEqual(saved);
    expect(await questions.keyPassphrase(site, 'missing')).toEqual(saved);
    expect(await questions.keyPassphrase(site, 'refused')).toEqual(saved);
    expect(window.questions).toEqual([
      'Password of anna at Shop / Enter the password of anna on ftp.example.com:21. / true',
      'Password of berta at the proxy proxy:1080 / Portside connects to Shop through this proxy. / true',
      'Password of berta at the proxy proxy:1080 / The proxy refused the last password. / true',
      'Passphrase of the client certificate for Shop / It decrypts the key in /own.pem. / true',
      'Passphrase of the client certificate for Shop / The last passphrase does not decrypt the key. / true',
    ]);
  });

  test('may stay without an answer', async () => {
    window.typed = undefined;
    expect(await questions.keyPassphrase(site, 'missing')).toBeUndefined();
    window.typed = 'geheim';
  });
});

describe('the question about a file that has changed on the server', () => {
  test("shows the server's file on Enter, and puts nothing over it", async () => {
    window.presses = [enter, enter];
    expect(await questions.conflict(question)).toBe('compare');
    expect(window.questions).toHaveLength(1);
    expect(await questions.conflict({ ...question, found: { ...found, size: 7 } })).toBe('compare');
    const [first = '', second = ''] = window.ran;
    expect(first).toMatch(/^vscode\.diff portside-server:\/\/shop\S+ portside:\/\/shop/);
    expect(second).not.toBe(first);
  });

  test('overwrites only where that was pressed', async () => {
    window.presses = [press('Overwrite')];
    expect(await questions.conflict(question)).toBe('overwrite');
    expect(window.ran).toEqual([]);
  });

  test('has no link in it, whatever the file is called', async () => {
    window.presses = [enter, escape];
    await questions.conflict(question);
    expect([...window.questions, ...window.ran].join('\n')).not.toMatch(/\[a\]\(/);
  });

  test('that was deleted there offers nothing to compare with', async () => {
    window.presses = [enter];
    expect(await questions.conflict({ ...question, found: 'absent' })).toBe('overwrite');
    expect(window.ran).toEqual([]);
  });
});
