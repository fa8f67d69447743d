import { expect } from 'vitest';
import { LoginError, TlsError } from '../../../src/ftp/errors.ts';
import { at, live, type Site } from '../support/site.ts';
import type { Cells } from './cells.ts';
import type { Ground } from './ground.ts';

/** Who the server is gets proved before anything is said, and data connections belong to it. */
export function connectingTests(test: Cells, ground: () => Ground): void {
  test('the best rung that the server offers is reached, and shown', async () => {
    const { disk, kind, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await using site = on.open();
    await site.files.connect({ signal: live });
    expect(site.files.state).toMatchObject({ connections: 1, rung: undefined });
    await site.files.readDirectory(at(folder), { signal: live });
    await site.files.readFile(at(`${folder}/file`), { signal: live });
    const [connection] = site.connections;
    expect(connection?.description.rung).toEqual(kind.rung);
    const opened = connection?.description.dataConnections ?? 0;
    expect(opened).toBeGreaterThanOrEqual(1);
    expect(connection?.description).toMatchObject(on.dataConnections(opened));
    expect(site.files.state.rung).toContain(kind.rung.mode);
  });

  test('the home of the user is told', async () => {
    const on = ground();
    await using site = on.open();
    expect(await site.files.homeDirectory({ signal: live })).toBe(on.server.home);
  });

  test('a wrong password is refused as that, and stands in no log', async () => {
    const on = ground();
    await using site = on.open({ credentials: { user: on.server.user, password: 'open sesame' } });
    const error = await refusalOf(site);
    expect(error).toBeInstanceOf(LoginError);
    expect(error).toMatchObject({ step: 'password' });
    expect(site.talk.join('\n')).not.toContain('sesame');
  });
}

/** The same for what TLS alone has. */
export function certificateTests(test: Cells, ground: () => Ground): void {
  test('a certificate that nobody trusts hears no user name', async () => {
    const on = ground();
    await using site = on.open({ fingerprints: ['00'.repeat(32)] });
    const error = await refusalOf(site);
    expect(error).toBeInstanceOf(TlsError);
    expect(error).toMatchObject({
      reason: 'untrusted',
      certificate: { fingerprint: on.server.fingerprint },
    });
    expect(site.talk).toContain('> AUTH TLS');
    expect(site.talk.filter((line) => /USER|PASS/.test(line))).toEqual([]);
  });
}

/** Why the site cannot be reached, in the engine's own words. */
async function refusalOf(site: Site): Promise<unknown> {
  const error: unknown = await site.files.connect({ signal: live }).catch((why: unknown) => why);
  expect(error).toMatchObject({ name: 'RemoteFileError', reason: 'unavailable' });
  return error instanceof Error ? error.cause : undefined;
}
