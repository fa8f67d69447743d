import type * as vscode from 'vscode';
import * as v from 'valibot';
import { anonymous, type Credentials } from '../ftp/options.ts';
import type { Questions } from './questions.ts';
import type { Site } from './site.ts';

/** The user was asked and did not say; nobody asks again until the user does something. */
export class NoPasswordError extends Error {
  override readonly name = 'NoPasswordError';
  constructor() {
    super('No password was given. Connect again to be asked for it');
  }
}

/** To whom a password belongs: the same id may come to mean another server, or another user of it. */
export type PasswordOwner = Pick<Site, 'id' | 'host' | 'port' | 'username'>;

const keyStart = 'password:';
const keyOf = (siteId: string): string => keyStart + siteId;

const secretSchema = v.object({
  host: v.string(),
  port: v.number(),
  username: v.string(),
  password: v.string(),
});
type Secret = v.InferOutput<typeof secretSchema>;

/**
 * The passwords of the sites: in VS Code's SecretStorage, or only in this window's memory. Nothing
 * else ever holds one, and none goes to another server than the one that it was given for.
 */
export class Passwords {
  readonly #secrets: vscode.SecretStorage;
  readonly #questions: Questions;
  readonly #session = new Map<string, Secret>();
  readonly #refused = new Set<string>();
  // Typed to be kept, but not proved yet: a mistake in typing is not written down.
  readonly #unproved = new Map<string, Secret>();
  readonly #asking = new Map<string, Promise<string>>();

  constructor(secrets: vscode.SecretStorage, questions: Questions) {
    this.#secrets = secrets;
    this.#questions = questions;
  }

  /**
   * Who logs in. Asks when no password is known or the last one was refused; several connections
   * that need it at once share the question. Rejects with `NoPasswordError` when nobody says.
   */
  async credentials(site: Site): Promise<Credentials> {
    if (site.username === undefined) return anonymous;
    const password = (await this.#known(site)) ?? (await this.#ask(site));
    return {
      user: site.username,
      password,
      ...(site.account !== undefined && { account: site.account }),
    };
  }

  /** The server did not take it: it is not sent again, and the next connect asks. */
  refuse(siteId: string): void {
    this.endSession(siteId);
    this.#refused.add(siteId);
  }

  /**
   * The server took it: now it is saved, where the user wanted that. A saved one that was refused
   * before goes, as another has taken its place.
   */
  async accept(site: Site, password: string | undefined): Promise<void> {
    const typed = this.#unproved.get(site.id);
    this.#unproved.delete(site.id);
    const wasRefused = this.#refused.delete(site.id);
    if (typed && typed.password === password) await this.#store(site.id, typed);
    else if (wasRefused && (await this.#saved(site)) !== password) {
      await this.#secrets.delete(keyOf(site.id));
    }
  }

  /** Keeps a password that the user has typed elsewhere. */
  async save(owner: PasswordOwner, password: string): Promise<void> {
    await this.#store(owner.id, secretOf(owner, password));
    this.endSession(owner.id);
    this.#refused.delete(owner.id);
  }

  /** Forgets what was only for this window. */
  endSession(siteId: string): void {
    this.#session.delete(siteId);
    this.#unproved.delete(siteId);
  }

  /** The site is no more, and neither is its password. */
  async remove(siteId: string): Promise<void> {
    this.endSession(siteId);
    this.#refused.delete(siteId);
    await this.#secrets.delete(keyOf(siteId));
  }

  async #known(site: Site): Promise<string | undefined> {
    const session = passwordFor(site, this.#session.get(site.id));
    if (session !== undefined || site.askPassword || this.#refused.has(site.id)) return session;
    return this.#saved(site);
  }

  async #saved(site: Site): Promise<string | undefined> {
    return passwordFor(site, readSecret(await this.#secrets.get(keyOf(site.id))));
  }

  async #ask(site: Site): Promise<string> {
    const owner = JSON.stringify([site.id, site.host, site.port, site.username]);
    // The answer to another connection's question may have come while the storage was asked.
    const known = this.#asking.get(owner) ?? passwordFor(site, this.#session.get(site.id));
    if (known !== undefined) return known;
    const question = this.#askOnce(site).finally(() => this.#asking.delete(owner));
    this.#asking.set(owner, question);
    return question;
  }

  async #askOnce(site: Site): Promise<string> {
    const why = this.#refused.has(site.id) ? 'refused' : 'missing';
    const typed = await this.#questions.password(site, why);
    if (!typed) throw new NoPasswordError();
    const secret = secretOf(site, typed.password);
    this.#session.set(site.id, secret);
    if (typed.keep === 'saved') this.#unproved.set(site.id, secret);
    return typed.password;
  }

  async #store(siteId: string, secret: Secret): Promise<void> {
    await this.#secrets.store(keyOf(siteId), JSON.stringify(secret));
  }
}

function secretOf({ host, port, username = '' }: PasswordOwner, password: string): Secret {
  return { host, port, username, password };
}

function passwordFor(owner: PasswordOwner, secret: Secret | undefined): string | undefined {
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
