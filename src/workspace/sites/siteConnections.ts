import { Emitter, type Event } from '../../base/event.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import type {
  FoundLeftOvers,
  PartialListing,
  RemoteChange,
  RemoteFileSystem,
  SessionState,
} from '../../session/remoteFileSystem.ts';
import type { Activity } from '../activity.ts';
import { sentenceOf } from '../sentence.ts';
import { connectsDifferently, type Site } from './site.ts';
import { type LoginFailure, loginFailureOf, type SiteLogin } from './siteLogin.ts';
import type { SiteStore } from './siteStore.ts';

/** The state of a site, as the user sees it. */
export type SiteState =
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly session: SessionState }
  | { readonly kind: 'failed'; readonly why: LoginFailure; readonly reason: string };

/** Opens a file system whose connections are made by `connect`. */
export type OpenFileSystem = (
  site: Site,
  connect: (signal: AbortSignal) => Promise<FtpConnection>,
) => RemoteFileSystem;

/** What changed among the files of one site. */
export interface ChangedFiles {
  readonly siteId: string;
  readonly changes: readonly RemoteChange[];
}

/** A value that is about one site. */
type OfSite<T> = T & { readonly siteId: string };

interface OpenSite {
  readonly site: Site;
  readonly files: RemoteFileSystem;
  readonly listeners: readonly Disposable[];
  kind: SiteState['kind'];
  why: LoginFailure;
  reason: string;
}

/**
 * One file system for each site in use. It is opened when it is first needed, connects by itself, and is
 * opened again after the site's settings have changed.
 */
export class SiteConnections implements AsyncDisposable {
  /** Fires with the id of a site whose state has changed. */
  readonly onDidChange: Event<string>;
  readonly onDidChangeFiles: Event<ChangedFiles>;
  readonly onDidListInPart: Event<OfSite<PartialListing>>;
  readonly onDidFindLeftOvers: Event<OfSite<FoundLeftOvers>>;
  readonly #store: SiteStore;
  readonly #login: SiteLogin;
  readonly #activity: Activity;
  readonly #openFiles: OpenFileSystem;
  readonly #open = new Map<string, OpenSite>();
  readonly #failures = new WeakSet<Error>();
  readonly #changed = new Emitter<string>();
  readonly #filesChanged = new Emitter<ChangedFiles>();
  readonly #parts = new Emitter<OfSite<PartialListing>>();
  readonly #leftOvers = new Emitter<OfSite<FoundLeftOvers>>();
  readonly #listener: Disposable;

  constructor(store: SiteStore, login: SiteLogin, activity: Activity, openFiles: OpenFileSystem) {
    this.#store = store;
    this.#login = login;
    this.#activity = activity;
    this.#openFiles = openFiles;
    this.onDidChange = this.#changed.event;
    this.onDidChangeFiles = this.#filesChanged.event;
    this.onDidListInPart = this.#parts.event;
    this.onDidFindLeftOvers = this.#leftOvers.event;
    this.#listener = store.onDidChange(() => this.#applySettings());
  }

  state(siteId: string): SiteState {
    const open = this.#open.get(siteId);
    if (!open) return { kind: 'disconnected' };
    switch (open.kind) {
      case 'connected':
        return { kind: 'connected', session: open.files.state };
      case 'failed':
        return { kind: 'failed', why: open.why, reason: open.reason };
      default:
        return { kind: open.kind };
    }
  }

  /** Every site of the settings. */
  get sites(): readonly Site[] {
    return this.#store.sites;
  }

  /** The site as it is set now. Throws where there is none. */
  site(siteId: string): Site {
    return this.#store.get(siteId);
  }

  /** The site's files. No connection is made before they are asked for something. */
  files(siteId: string): RemoteFileSystem {
    const open = this.#open.get(siteId) ?? this.#openSite(this.site(siteId));
    return open.files;
  }

  /** The user wants to connect: Portside may ask again for what the user did not answer before. */
  async connect(siteId: string): Promise<void> {
    this.#login.allowQuestions(siteId);
    const files = this.files(siteId);
    await this.#activity.run(siteId, 'question', (options) => files.connect(options));
  }

  /** True when an operation failed because the login failed: the site's state already says so. */
  isLoginFailure(error: unknown): boolean {
    return this.loginFailure(error) !== undefined;
  }

  /** The error of the login, where an operation failed because of it. */
  loginFailure(error: unknown): Error | undefined {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      if (this.#failures.has(cause)) return cause;
    }
    return undefined;
  }

  /** The user acts on this site: Portside may ask again what the user did not answer before. */
  allowQuestions(siteId: string): void {
    this.#login.allowQuestions(siteId);
  }

  /** Ends what runs and closes every connection. The next operation connects again. */
  async disconnect(siteId: string): Promise<void> {
    const open = this.#open.get(siteId);
    if (!open) return;
    this.#open.delete(siteId);
    for (const listener of open.listeners) listener[Symbol.dispose]();
    this.#activity.cancel(siteId);
    this.#login.endSession(siteId);
    this.#changed.fire(siteId);
    await open.files[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener[Symbol.dispose]();
    await Promise.all([...this.#open.keys()].map((siteId) => this.disconnect(siteId)));
    this.#changed[Symbol.dispose]();
    this.#filesChanged[Symbol.dispose]();
    this.#parts[Symbol.dispose]();
    this.#leftOvers[Symbol.dispose]();
  }

  #openSite(site: Site): OpenSite {
    const files = this.#openFiles(site, (signal) => this.#connectOne(open, signal));
    const listeners = [
      files.onDidChangeState(() => this.#changed.fire(site.id)),
      files.onDidChange((changes) => this.#filesChanged.fire({ siteId: site.id, changes })),
      files.onDidListInPart((part) => this.#parts.fire({ siteId: site.id, ...part })),
      files.onDidFindLeftOvers((found) => this.#leftOvers.fire({ siteId: site.id, ...found })),
    ];
    const open: OpenSite = {
      site,
      files,
      listeners,
      kind: 'disconnected',
      why: 'unreachable',
      reason: '',
    };
    this.#open.set(site.id, open);
    return open;
  }

  async #connectOne(open: OpenSite, signal: AbortSignal): Promise<FtpConnection> {
    if (open.kind !== 'connected') this.#enter(open, 'connecting');
    try {
      const connection = await this.#login.connect(open.site.id, signal);
      this.#enter(open, 'connected');
      return connection;
    } catch (error) {
      // If other connections are open, the server only refuses one more: the site has not failed.
      if (open.files.state.connections === 0 && !signal.aborted) {
        if (error instanceof Error) this.#failures.add(error);
        open.why = loginFailureOf(error);
        this.#enter(open, 'failed', sentenceOf(error));
      }
      throw error;
    }
  }

  #enter(open: OpenSite, kind: SiteState['kind'], reason = ''): void {
    const { id } = open.site;
    // A login may end after its site was disconnected, or even opened again.
    if (this.#open.get(id) !== open || (open.kind === kind && open.reason === reason)) return;
    open.kind = kind;
    open.reason = reason;
    this.#changed.fire(id);
  }

  #applySettings(): void {
    for (const { site } of this.#open.values()) {
      const now = this.#store.find(site.id);
      if (now && !connectsDifferently(site, now)) continue;
      this.allowQuestions(site.id);
      // Not awaited: it closes by itself.
      void this.disconnect(site.id);
    }
  }
}
