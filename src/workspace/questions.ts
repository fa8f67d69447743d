import type { RemotePath } from '../base/paths.ts';
import type { CertificateSummary } from '../ftp/errors.ts';
import type { Proxy } from '../ftp/options.ts';
import type { Expected } from '../session/remoteFileSystem.ts';
import type { Site } from './sites/site.ts';

/** A password or passphrase as somebody typed it, and whether it is to be kept beyond this window. */
export interface TypedPassword {
  readonly password: string;
  readonly keep: 'saved' | 'session';
}

/** A save met a file that is not the one whose bytes the editor holds. */
export interface ConflictQuestion {
  readonly site: Site;
  readonly path: RemotePath;
  /** What the editor's bytes came from; `undefined` when it never read the file. */
  readonly held: Expected | undefined;
  /** What is on the server now. */
  readonly found: Expected;
}

export type ConflictChoice = 'overwrite' | 'cancel' | 'compare';

/** What only a person can decide. The views ask; nobody below them knows how. */
export interface Questions {
  /** `undefined`: the user does not want to say. */
  password(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined>;
  /** Of the user whom the proxy's address names. */
  proxyPassword(
    site: Site,
    proxy: Proxy,
    why: 'missing' | 'refused',
  ): Promise<TypedPassword | undefined>;
  /** Of the key of the site's client certificate. */
  keyPassphrase(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined>;
  trust(site: Site, certificate: CertificateSummary): Promise<boolean>;
  /** `compare`: the user is shown both files, and has not decided. */
  conflict(question: ConflictQuestion): Promise<ConflictChoice>;
}

/** Asks by `asked`, unless a test has put answers of its own in the place of a question. */
export class ScriptedQuestions implements Questions {
  /** Answers in place of the user's; given by a test, and taken away by it. */
  script: Partial<Questions> = {};
  readonly #asked: Questions;

  constructor(asked: Questions) {
    this.#asked = asked;
  }

  password(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined> {
    return this.#answering().password(site, why);
  }

  proxyPassword(
    site: Site,
    proxy: Proxy,
    why: 'missing' | 'refused',
  ): Promise<TypedPassword | undefined> {
    return this.#answering().proxyPassword(site, proxy, why);
  }

  keyPassphrase(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined> {
    return this.#answering().keyPassphrase(site, why);
  }

  trust(site: Site, certificate: CertificateSummary): Promise<boolean> {
    return this.#answering().trust(site, certificate);
  }

  conflict(question: ConflictQuestion): Promise<ConflictChoice> {
    return this.#answering().conflict(question);
  }

  #answering(): Questions {
    return { ...this.#asked, ...this.script };
  }
}
