import type * as vscode from 'vscode';
import * as v from 'valibot';
import type { TypedPassword } from '../questions.ts';

/** To whom a secret is told: the same site may come to mean another server, or another user of it. */
export interface SecretOwner {
  /** Of the site. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Left out: nobody has a name. What else tells two secrets of one place apart may stand here too. */
  readonly username: string | undefined;
}

/** How a secret comes about that is not known yet. */
export interface SecretQuestion {
  readonly ask: (why: 'missing' | 'refused') => Promise<TypedPassword | undefined>;
  /** It is asked for in each session, and never taken from the storage. */
  readonly eachTime?: boolean;
}

const secretSchema = v.object({
  host: v.string(),
  port: v.number(),
  username: v.string(),
  // Of every kind: the name is that of the first kind there was.
  password: v.string(),
});
type Secret = v.InferOutput<typeof secretSchema>;

/**
 * The secrets of one kind, of all sites: in VS Code's SecretStorage, or only in this window's memory.
 * Nothing else ever holds one, and none goes to another place than the one that it was given for.
 */
export class SiteSecrets {
  readonly #storage: vscode.SecretStorage;
  readonly #keyStart: string;
  readonly #session = new Map<string, Secret>();
  readonly #refused = new Set<string>();
  // Typed to be kept, but not proved yet: a mistake in typing is not written down.
  readonly #unproved = new Map<string, Secret>();
  readonly #asking = new Map<string, Promise<string | undefined>>();

  /** `kind` begins the keys of the storage. */
  constructor(storage: vscode.SecretStorage, kind: string) {
    this.#storage = storage;
    this.#keyStart = `${kind}:`;
  }

  /**
   * The secret. Asks when none is known or the last one was refused; who needs it at the same time
   * shares the question. `undefined` when nobody says.
   */
  async of(owner: SecretOwner, question: SecretQuestion): Promise<string | undefined> {
    const known = await this.#known(owner, question.eachTime === true);
    return known ?? (await this.#ask(owner, question));
  }

  /** True where `of` would ask nobody. */
  async isKnown(owner: SecretOwner, eachTime: boolean): Promise<boolean> {
    return (await this.#known(owner, eachTime)) !== undefined;
  }

  /** It was not taken: it is not used again, and the next time asks. */
  refuse(siteId: string): void {
    this.endSession(siteId);
    this.#refused.add(siteId);
  }

  /**
   * It was taken: now it is saved, where the user wanted that. A saved one that was refused before
   * goes, as another has taken its place.
   */
  async accept(owner: SecretOwner, secret: string | undefined): Promise<void> {
    const typed = this.#unproved.get(owner.id);
    this.#unproved.delete(owner.id);
    const wasRefused = this.#refused.delete(owner.id);
    if (typed && typed.password === secret) await this.#store(owner.id, typed);
    else if (wasRefused && (await this.#saved(owner)) !== secret) {
      await this.#storage.delete(this.#keyOf(owner.id));
    }
  }

  /** Keeps what the user has typed elsewhere. */
  async save(owner: SecretOwner, secret: string): Promise<void> {
    await this.#store(owner.id, secretOf(owner, secret));
    this.endSession(owner.id);
    this.#refused.delete(owner.id);
  }

  /** Forgets what was only for this window. */
  endSession(siteId: string): void {
    this.#session.delete(siteId);
    this.#unproved.delete(siteId);
  }

  /** Forgets all of the site. */
  async remove(siteId: string): Promise<void> {
    this.endSession(siteId);
    this.#refused.delete(siteId);
    await this.#storage.delete(this.#keyOf(siteId));
  }

  #keyOf(siteId: string): string {
    return this.#keyStart + siteId;
  }

  async #known(owner: SecretOwner, eachTime: boolean): Promise<string | undefined> {
    const session = secretFor(owner, this.#session.get(owner.id));
    if (session !== undefined || eachTime || this.#refused.has(owner.id)) return session;
    return this.#saved(owner);
  }

  async #saved(owner: SecretOwner): Promise<string | undefined> {
    return secretFor(owner, readSecret(await this.#storage.get(this.#keyOf(owner.id))));
  }

  async #ask(owner: SecretOwner, question: SecretQuestion): Promise<string | undefined> {
    const { id, host, port, username } = owner;
    const key = JSON.stringify([id, host, port, username]);
    // The answer to another connection's question may have come while the storage was asked.
    const known = this.#asking.get(key) ?? secretFor(owner, this.#session.get(id));
    if (known !== undefined) return known;
    const answer = this.#askOnce(owner, question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, answer);
    return answer;
  }

  async #askOnce(owner: SecretOwner, { ask }: SecretQuestion): Promise<string | undefined> {
    const typed = await ask(this.#refused.has(owner.id) ? 'refused' : 'missing');
    if (!typed) return undefined;
    const secret = secretOf(owner, typed.password);
    this.#session.set(owner.id, secret);
    if (typed.keep === 'saved') this.#unproved.set(owner.id, secret);
    return typed.password;
  }

  async #store(siteId: string, secret: Secret): Promise<void> {
    await this.#storage.store(this.#keyOf(siteId), JSON.stringify(secret));
  }
}

function secretOf({ host, port, username = '' }: SecretOwner, password: string): Secret {
  return { host, port, username, password };
}

function secretFor(owner: SecretOwner, secret: Secret | undefined): string | undefined {
  const { host, port, username = '' } = owner;
  const same = secret?.host === host && secret.port === port && secret.username === username;
  return same ? secret.password : undefined;
}

function readSecret(text: string | undefined): Secret | undefined {
  try {
    const read = v.safeParse(secretSchema, JSON.parse(text ?? ''));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
