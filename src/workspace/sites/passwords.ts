import * as v from 'valibot';
import type * as vscode from 'vscode';
import { anonymous, type Credentials, type Proxy } from '../../ftp/options.ts';
import type { Questions, TypedPassword } from '../questions.ts';
import type { Site } from './site.ts';

/** The site, server and user that a secret is for. A site may later mean another server or user. */
export interface SecretOwner {
  /** Of the site. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** `undefined` without a user name. Anything else that tells two secrets apart may stand here too. */
  readonly username: string | undefined;
}

/** How to ask for a secret that is not known yet. */
export interface SecretQuestion {
  readonly ask: (why: 'missing' | 'refused') => Promise<TypedPassword | undefined>;
  /** The user is asked in each session; the storage is not used. */
  readonly eachTime?: boolean;
}

const secretSchema = v.object({
  host: v.string(),
  port: v.number(),
  username: v.string(),
  // The secret of any kind; passwords were the first kind.
  password: v.string(),
});
type Secret = v.InferOutput<typeof secretSchema>;

/**
 * The secrets of one kind, for all sites: in VS Code's SecretStorage, or only in the memory of this
 * window. Nothing else ever holds them, and each is used only for the server that it was given for.
 */
class SiteSecrets {
  readonly #storage: vscode.SecretStorage;
  readonly #keyStart: string;
  readonly #session = new Map<string, Secret>();
  readonly #refused = new Set<string>();
  // Typed and to be kept, but not proved yet: a typing mistake is not saved.
  readonly #unproved = new Map<string, Secret>();
  readonly #asking = new Map<string, Promise<string | undefined>>();

  /** `kind` begins the keys of the storage. */
  constructor(storage: vscode.SecretStorage, kind: string) {
    this.#storage = storage;
    this.#keyStart = `${kind}:`;
  }

  /**
   * The secret. Asks when none is known or the last one was refused. Callers that need it at the same
   * time share the question. `undefined` when the user gives no answer.
   */
  async of(owner: SecretOwner, question: SecretQuestion): Promise<string | undefined> {
    const known = await this.#known(owner, question.eachTime === true);
    return known ?? (await this.#ask(owner, question));
  }

  /** True where `of` would not ask the user. */
  async isKnown(owner: SecretOwner, eachTime: boolean): Promise<boolean> {
    return (await this.#known(owner, eachTime)) !== undefined;
  }

  /** It was refused: it is not used again, and the next call asks. */
  refuse(siteId: string): void {
    this.endSession(siteId);
    this.#refused.add(siteId);
  }

  /**
   * It was accepted: now it is saved, if the user wanted that. A saved one that was refused before is
   * deleted.
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

  /** Saves a secret that the user typed elsewhere. */
  async save(owner: SecretOwner, secret: string): Promise<void> {
    await this.#store(owner.id, secretOf(owner, secret));
    this.endSession(owner.id);
    this.#refused.delete(owner.id);
  }

  /** Forgets what was kept for this window only. */
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
    // Another connection's question may have been answered while the storage was read.
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

/** The user was asked and gave no answer. The question does not come again until the user acts. */
export class NoPasswordError extends Error {
  override readonly name = 'NoPasswordError';
  constructor(what = 'password') {
    super(`No ${what} was given. Connect again to be asked for it`);
  }
}

/** The site, server and user that a password is for. */
export type PasswordOwner = SecretOwner;

/** The secrets that a site may need: for its server, for its proxy, and for the key of its user. */
export type SecretKind = 'password' | 'proxyPassword' | 'keyPassphrase';

/**
 * The passwords of the sites, and the other secrets that are needed to connect to them. Each secret is
 * used only for the server that it was given for.
 */
export class Passwords {
  readonly #questions: Questions;
  readonly #kinds: Readonly<Record<SecretKind, SiteSecrets>>;

  constructor(secrets: vscode.SecretStorage, questions: Questions) {
    this.#questions = questions;
    this.#kinds = {
      password: new SiteSecrets(secrets, 'password'),
      proxyPassword: new SiteSecrets(secrets, 'proxyPassword'),
      keyPassphrase: new SiteSecrets(secrets, 'keyPassphrase'),
    };
  }

  /** User name and password. Asks if needed; rejects with `NoPasswordError` when the user gives no answer. */
  async credentials(site: Site): Promise<Credentials> {
    if (site.username === undefined) return anonymous;
    const password = await this.#kinds.password.of(site, {
      ask: (why) => this.#questions.password(site, why),
      eachTime: site.askPassword,
    });
    if (password === undefined) throw new NoPasswordError();
    return {
      user: site.username,
      password,
      ...(site.account !== undefined && { account: site.account }),
    };
  }

  /** True where `credentials` would not ask: work that begins by itself must not disturb the user. */
  async isKnown(site: Site): Promise<boolean> {
    if (site.username === undefined) return true;
    return this.#kinds.password.isKnown(site, site.askPassword);
  }

  /** The password for the proxy; `undefined` where its address names no user. */
  async proxyPassword(site: Site, proxy: Proxy): Promise<string | undefined> {
    if (proxy.user === undefined) return undefined;
    const password = await this.#kinds.proxyPassword.of(proxyOwner(site, proxy), {
      ask: (why) => this.#questions.proxyPassword(site, proxy, why),
    });
    if (password === undefined) throw new NoPasswordError("proxy's password");
    return password;
  }

  /** The passphrase of the site's client key, which is known to be encrypted. */
  async keyPassphrase(site: Site): Promise<string> {
    const passphrase = await this.#kinds.keyPassphrase.of(keyOwner(site), {
      ask: (why) => this.#questions.keyPassphrase(site, why),
    });
    if (passphrase === undefined) throw new NoPasswordError('passphrase');
    return passphrase;
  }

  /** The secret was refused: it is not sent again, and the next connect asks. */
  refuse(siteId: string, kind: SecretKind = 'password'): void {
    this.#kinds[kind].refuse(siteId);
  }

  /** The server accepted the password: now it is saved, if the user wanted that. */
  async accept(site: Site, password: string | undefined): Promise<void> {
    await this.#kinds.password.accept(site, password);
  }

  /** The same for the proxy's password and the passphrase, where there are any. */
  async acceptOthers(
    site: Site,
    { proxy, keyPassphrase }: { proxy: Proxy | undefined; keyPassphrase: string | undefined },
  ): Promise<void> {
    if (proxy?.user !== undefined) {
      await this.#kinds.proxyPassword.accept(proxyOwner(site, proxy), proxy.password);
    }
    if (keyPassphrase !== undefined) {
      await this.#kinds.keyPassphrase.accept(keyOwner(site), keyPassphrase);
    }
  }

  /** Saves a password that the user typed elsewhere. */
  async save(owner: PasswordOwner, password: string): Promise<void> {
    await this.#kinds.password.save(owner, password);
  }

  /** Forgets what was kept for this window only. */
  endSession(siteId: string): void {
    for (const kind of Object.values(this.#kinds)) kind.endSession(siteId);
  }

  /** Forgets the secret of a kind; without a kind, all secrets, because the site was removed. */
  async remove(siteId: string, kind?: SecretKind): Promise<void> {
    const kinds = kind === undefined ? Object.values(this.#kinds) : [this.#kinds[kind]];
    for (const each of kinds) await each.remove(siteId);
  }
}

// The server is part of the owner: a site that means another server starts without secrets.
function proxyOwner(site: Site, { kind, host, port, user = '' }: Proxy): SecretOwner {
  return { id: site.id, host: `${kind}://${host}`, port, username: `${user} for ${site.host}` };
}

function keyOwner({ id, host, port, clientKey, clientCertificate }: Site): SecretOwner {
  return { id, host, port, username: clientKey ?? clientCertificate };
}
