import * as vscode from 'vscode';
import { raceAbort } from '../../base/abort.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { ConnectionError, LoginError, TlsError } from '../../ftp/errors.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import type { Credentials, FtpConnectOptions } from '../../ftp/options.ts';
import type { Questions } from '../questions.ts';
import { sentenceOf } from '../sentence.ts';
import { NoPasswordError, type Passwords, type SecretKind } from './passwords.ts';
import type { Site } from './site.ts';
import { siteConnectOptions } from './siteConnectOptions.ts';
import { type ReadPem, readSiteParts } from './siteParts.ts';
import type { SiteStore } from './siteStore.ts';

/** The engine's `connectFtp`, which already has its parts. */
export type Connect = (
  site: Site,
  options: FtpConnectOptions,
  credentials: Credentials,
  signal: AbortSignal,
) => Promise<FtpConnection>;

/** What logging in needs of the settings and of the disk. */
export interface LoginSources {
  /** Throws where the settings no longer have the site. */
  site(siteId: string): Site;
  /** Saves in the settings that the user trusts the certificate. */
  trust(site: Site, fingerprint: string): Promise<void>;
  /** The text of a PEM file. */
  readonly readPem: ReadPem;
}

/**
 * Logs in the connections of all sites, and asks the user what only the user can decide. After a
 * question without an answer, every login fails without asking again until `allowQuestions`: VS Code
 * asks for files by itself, many times a minute.
 */
export class SiteLogin {
  readonly #sources: LoginSources;
  readonly #passwords: Passwords;
  readonly #questions: Questions;
  readonly #connect: Connect;
  readonly #logger: Logger;
  readonly #refusals = new Map<string, Error>();
  readonly #provedPasswords = new Map<string, string | undefined>();
  readonly #trusted = new Map<string, Promise<boolean>>();

  constructor(
    sources: LoginSources,
    passwords: Passwords,
    questions: Questions,
    connect: Connect,
    logger: Logger = silentLogger,
  ) {
    this.#sources = sources;
    this.#passwords = passwords;
    this.#questions = questions;
    this.#connect = connect;
    this.#logger = logger;
  }

  /** The user acts on this site: it may be asked again what it did not answer before. */
  allowQuestions(siteId: string): void {
    this.#refusals.delete(siteId);
  }

  /** The user disconnects: a password that was given for this session only is forgotten. */
  endSession(siteId: string): void {
    this.#passwords.endSession(siteId);
  }

  /** One more logged-in connection. Rejects with an `FtpError`, or a `NoPasswordError`. */
  async connect(siteId: string, signal: AbortSignal): Promise<FtpConnection> {
    const refusal = this.#refusals.get(siteId);
    if (refusal) throw refusal;
    const site = this.#sources.site(siteId);
    try {
      return await this.#logIn(site, signal);
    } catch (error) {
      if (!signal.aborted) {
        this.#logger.scope(site.name).warn(`No connection: ${sentenceOf(error)}`);
      }
      if (needsUser(error)) this.#refusals.set(siteId, error);
      throw error;
    }
  }

  async #logIn(site: Site, signal: AbortSignal): Promise<FtpConnection> {
    const parts = await readSiteParts(site, this.#sources.readPem, this.#passwords, signal);
    const credentials = await raceAbort(this.#passwords.credentials(site), signal);
    const options = siteConnectOptions(site, parts);
    try {
      const connection = await this.#connectTrusted(site, options, credentials, signal);
      this.#provedPasswords.set(site.id, credentials.password);
      await this.#accept(site, options, credentials);
      return connection;
    } catch (error) {
      const refused = refusedSecret(error);
      if (refused) this.#passwords.refuse(site.id, refused);
      const proved = this.#provedPasswords.get(site.id);
      // Servers also answer 530 to one connection too many. A password that worked before is not wrong.
      if (isRefusedLogin(error) && (proved === undefined || proved !== credentials.password)) {
        this.#passwords.refuse(site.id);
      }
      throw error;
    }
  }

  // If saving fails, the user is asked again later; the connection is not lost.
  async #accept(
    site: Site,
    { proxy, trust }: FtpConnectOptions,
    { password }: Credentials,
  ): Promise<void> {
    try {
      await this.#passwords.accept(site, password);
      const keyPassphrase = trust.client?.passphrase;
      await this.#passwords.acceptOthers(site, { proxy, keyPassphrase });
    } catch (error) {
      const why = sentenceOf(error);
      this.#logger.scope(site.name).warn(`The password could not be saved: ${why}`);
    }
  }

  async #connectTrusted(
    site: Site,
    options: FtpConnectOptions,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<FtpConnection> {
    try {
      return await this.#connect(site, options, credentials, signal);
    } catch (error) {
      if (!(error instanceof TlsError) || error.reason !== 'untrusted') throw error;
      if (!error.certificate || !(await raceAbort(this.#mayTrust(site, error), signal))) {
        throw error;
      }
      const fingerprints = [error.certificate.fingerprint];
      const trusting = { ...options, trust: { ...options.trust, fingerprints } };
      return await this.#connect(site, trusting, credentials, signal);
    }
  }

  // Several connections may meet the same certificate at once: one question answers for all of them.
  #mayTrust(site: Site, error: TlsError): Promise<boolean> {
    const { certificate } = error;
    if (!certificate) return Promise.resolve(false);
    const key = `${site.id} ${certificate.fingerprint}`;
    const asked = this.#trusted.get(key);
    if (asked) return asked;
    const answer = this.#questions.trust(site, certificate).then(async (trusted) => {
      if (trusted) await this.#sources.trust(site, certificate.fingerprint);
      return trusted;
    });
    this.#trusted.set(key, answer);
    const forget = (): void => void this.#trusted.delete(key);
    answer.then(forget, forget);
    return answer;
  }
}

/** Why a login failed: asking the user again helps only with some of the reasons. */
export type LoginFailure = 'unreachable' | 'refused' | 'untrusted';

/** The reason that an error of `connect` stands for. */
export function loginFailureOf(error: unknown): LoginFailure {
  if (error instanceof NoPasswordError || isRefusedLogin(error)) return 'refused';
  if (refusedSecret(error)) return 'refused';
  return error instanceof TlsError && error.reason === 'untrusted' ? 'untrusted' : 'unreachable';
}

// The user's own password is not among them: a server may refuse a login for other reasons too.
function refusedSecret(error: unknown): SecretKind | undefined {
  if (error instanceof ConnectionError && error.proxy === 'login') return 'proxyPassword';
  return error instanceof TlsError && error.problem === 'passphrase' ? 'keyPassphrase' : undefined;
}

function isRefusedLogin(error: unknown): boolean {
  // A server that refuses the connection at the greeting has not seen the password.
  return error instanceof LoginError && error.remedy === 'none' && error.step !== 'greeting';
}

function needsUser(error: unknown): error is Error {
  return error instanceof Error && loginFailureOf(error) !== 'unreachable';
}

/** The settings and files of this machine that a login reads and writes. */
export function loginSources(store: SiteStore): LoginSources {
  return {
    site: (siteId) => store.get(siteId),
    // It replaces the fingerprints trusted before: a key that the server no longer uses may be stolen.
    trust: ({ id }, fingerprint) => store.edit(id, { fingerprints: [fingerprint] }),
    readPem: async (path) => {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path));
      return new TextDecoder().decode(bytes);
    },
  };
}
