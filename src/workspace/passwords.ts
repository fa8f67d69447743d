import type * as vscode from 'vscode';
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

const keyOf = (siteId: string): string => `password:${siteId}`;

/**
 * The passwords of the sites: in VS Code's SecretStorage, or only in this window's memory. Nothing
 * else ever holds one.
 */
export class Passwords {
  readonly #secrets: vscode.SecretStorage;
  readonly #questions: Questions;
  readonly #session = new Map<string, string>();
  readonly #refused = new Set<string>();
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
    this.#session.delete(siteId);
    this.#refused.add(siteId);
  }

  /** Keeps a password that the user has typed elsewhere. */
  async save(siteId: string, password: string): Promise<void> {
    await this.#secrets.store(keyOf(siteId), password);
    this.#session.delete(siteId);
    this.#refused.delete(siteId);
  }

  /** Forgets what was only for this window. */
  endSession(siteId: string): void {
    this.#session.delete(siteId);
  }

  /** The site is no more, and neither is its password. */
  async remove(siteId: string): Promise<void> {
    this.#session.delete(siteId);
    this.#refused.delete(siteId);
    await this.#secrets.delete(keyOf(siteId));
  }

  async #known(site: Site): Promise<string | undefined> {
    const session = this.#session.get(site.id);
    if (session !== undefined || site.askPassword || this.#refused.has(site.id)) return session;
    return this.#secrets.get(keyOf(site.id));
  }

  async #ask(site: Site): Promise<string> {
    // The answer to another connection's question may have come while the storage was asked.
    const known = this.#asking.get(site.id) ?? this.#session.get(site.id);
    if (known !== undefined) return known;
    const question = this.#askOnce(site).finally(() => this.#asking.delete(site.id));
    this.#asking.set(site.id, question);
    return question;
  }

  async #askOnce(site: Site): Promise<string> {
    const why = this.#refused.has(site.id) ? 'refused' : 'missing';
    const typed = await this.#questions.password(site, why);
    if (!typed) throw new NoPasswordError();
    this.#refused.delete(site.id);
    this.#session.set(site.id, typed.password);
    if (typed.keep === 'saved') await this.#secrets.store(keyOf(site.id), typed.password);
    return typed.password;
  }
}
