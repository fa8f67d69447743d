import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CertificateSummary } from '../../../src/ftp/errors.ts';
import { type World, eventually, openWorld, portside } from './world.ts';

const user = { name: 'anna', password: 'secret-4711' };

/** Who is believed, and who is told a secret. */
export function trust(): void {
  describe('a site that has to be trusted', () => {
    let world: World;

    afterEach(async () => {
      (await portside()).questions.script = {};
      await world[Symbol.asyncDispose]();
    });

    it('is told no user name while its certificate is not trusted', async () => {
      world = await openWorld({ id: 'stranger', trusted: false });
      const shown = await scriptTrust(false);
      await assert.rejects(async () => list(world));
      assert.deepEqual(
        shown.map(({ fingerprint }) => fingerprint),
        [world.fingerprint],
      );
      assert.ok(world.commands.includes('AUTH TLS'));
      assert.ok(!world.commands.some((command) => /^(USER|PASS)\b/.test(command)));
    });

    it('is trusted for good once the user has said so', async () => {
      world = await openWorld({ id: 'friend', trusted: false });
      await scriptTrust(true);
      assert.deepEqual(await list(world), []);
      await eventually('the settings hold the fingerprint', () => {
        const settings = JSON.stringify(vscode.workspace.getConfiguration('portside').get('sites'));
        assert.ok(settings.includes(world.fingerprint));
      });
    });

    it('is given the password that the user types, which is written to no settings', async () => {
      world = await openWorld({ id: 'private', user });
      const asked = await scriptPasswords('wrong', user.password);
      await assert.rejects(async () => list(world));
      await (await portside()).connections.connect('private');
      assert.deepEqual(await list(world), []);
      assert.deepEqual(asked, ['missing', 'refused']);
      const settings = JSON.stringify(vscode.workspace.getConfiguration('portside'));
      assert.ok(!settings.includes(user.password));
    });
  });
}

async function list(world: World): Promise<[string, vscode.FileType][]> {
  return vscode.workspace.fs.readDirectory(world.uri('/'));
}

async function scriptTrust(answer: boolean): Promise<CertificateSummary[]> {
  const shown: CertificateSummary[] = [];
  (await portside()).questions.script = {
    trust: (_, certificate) => {
      shown.push(certificate);
      return Promise.resolve(answer);
    },
  };
  return shown;
}

async function scriptPasswords(...answers: string[]): Promise<string[]> {
  const asked: string[] = [];
  (await portside()).questions.script = {
    password: (_, why) => {
      asked.push(why);
      const password = answers.shift();
      return Promise.resolve(password === undefined ? undefined : { password, keep: 'session' });
    },
  };
  return asked;
}
