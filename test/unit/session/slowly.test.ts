import { describe, expect, it } from 'vitest';
import { FakeServer } from './fakeConnection.ts';
import { bytes, calm, openFake, path } from './fakeSession.ts';

const pieces = 10;
const content = Buffer.alloc(pieces * 65_536, 'x');
const rules = { create: true, overwrite: true };

/** Each piece takes most of what one may take; all of them take many times that. */
function readSlowly(server: FakeServer): { readonly operationTimeoutMs: number } {
  server.piece = () => server.clock.advance(700);
  return { operationTimeoutMs: 1_000 };
}

describe('a file that comes slowly, but comes', () => {
  it('is compared to its end before a write over it', async () => {
    const server = new FakeServer().file('/a', content);
    await using files = openFake(server, readSlowly(server));
    const { identity } = await files.readFile(path('/a'), calm());
    // Its time is another now, its bytes are the same: only they can tell.
    server.clock.advance(5_000);
    server.file('/a', content);
    const expecting = { ...calm(), ...rules, expected: identity };
    const outcome = await files.writeFile(path('/a'), () => [bytes('new')], expecting);
    expect([outcome.kind, server.count('RETR')]).toEqual(['written', 2]);
  });

  it('is kept to its end before it is written over in place', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', content);
    await using files = openFake(server, readSlowly(server));
    await files.writeFile(path('/a'), () => [bytes('new')], { ...calm(), ...rules });
    expect([server.text('/a'), server.count('RETR')]).toEqual(['new', 1]);
  });

  it('is looked at to its end before its old bytes are put back', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', content);
    // Refused before a byte of the old ones is gone.
    server.fault = (_, command) => (command === 'STOR /a' ? 'reply550' : undefined);
    await using files = openFake(server, readSlowly(server));
    const writing = files.writeFile(path('/a'), () => [bytes('new')], { ...calm(), ...rules });
    await expect(writing).rejects.toMatchObject({ reason: 'noPermissions' });
    expect([server.nodes.get(path('/a'))?.content, server.count('RETR')]).toEqual([content, 2]);
  });
});
