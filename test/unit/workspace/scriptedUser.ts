import type {
  ConflictQuestion,
  Questions,
  TypedPassword,
} from '../../../src/workspace/questions.ts';

/** A user who answers as the test says, and remembers what was asked. */
export class ScriptedUser implements Questions {
  readonly asked: string[] = [];
  readonly conflicts: ConflictQuestion[] = [];
  passwords: (TypedPassword | undefined)[] = [];
  proxyPasswords: (TypedPassword | undefined)[] = [];
  passphrases: (TypedPassword | undefined)[] = [];
  trusts: boolean[] = [];
  choices: ('overwrite' | 'cancel')[] = [];
  /** Awaited before every answer. */
  think: () => Promise<void> = async () => {};

  password: Questions['password'] = async (site, why) => {
    this.asked.push(`password of ${site.id}: ${why}`);
    await this.think();
    return this.passwords.shift();
  };

  proxyPassword: Questions['proxyPassword'] = async (site, { host }, why) => {
    this.asked.push(`password of ${site.id} for ${host}: ${why}`);
    await this.think();
    return this.proxyPasswords.shift();
  };

  keyPassphrase: Questions['keyPassphrase'] = async (site, why) => {
    this.asked.push(`passphrase of ${site.id}: ${why}`);
    await this.think();
    return this.passphrases.shift();
  };

  trust: Questions['trust'] = async (site, { fingerprint }) => {
    this.asked.push(`trust ${site.id} ${fingerprint.slice(0, 4)}`);
    await this.think();
    return this.trusts.shift() ?? false;
  };

  conflict: Questions['conflict'] = async (question) => {
    this.asked.push(`conflict at ${question.path}`);
    this.conflicts.push(question);
    await this.think();
    return this.choices.shift() ?? 'cancel';
  };
}
