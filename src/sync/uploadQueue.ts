import { Emitter, type Event } from '../base/event.ts';

/** How many files go up at a time; a "Save All" must not take every connection of a site. */
const mostAtOnce = 3;

/** A file that is to go up. The key is the same for the same file. */
export interface Upload {
  readonly key: string;
}

/** A file that did not go up, and why. */
export interface FailedUpload<T extends Upload> {
  readonly upload: T;
  readonly error: unknown;
}

/** How many are where. */
export interface UploadState {
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
}

/**
 * Uploads in the order in which files were saved, one after the other for the same file, and never
 * twice what was saved twice before it went up. What fails stays until it is retried, discarded or
 * saved again.
 */
export class UploadQueue<T extends Upload> implements Disposable {
  readonly onDidChange: Event<UploadState>;
  /** Fires with what was given up. */
  readonly onDidDiscard: Event<T>;
  readonly #run: (upload: T, signal: AbortSignal) => Promise<void>;
  readonly #changed = new Emitter<UploadState>();
  readonly #discarded = new Emitter<T>();
  readonly #stop = new AbortController();
  // Maps keep the order in which keys came: that is the order of the queue.
  readonly #waiting = new Map<string, T>();
  readonly #running = new Map<string, T>();
  readonly #failed = new Map<string, FailedUpload<T>>();

  /** `run` uploads what the file holds by then. */
  constructor(run: (upload: T, signal: AbortSignal) => Promise<void>) {
    this.#run = run;
    this.onDidChange = this.#changed.event;
    this.onDidDiscard = this.#discarded.event;
  }

  get state(): UploadState {
    return {
      waiting: this.#waiting.size,
      running: this.#running.size,
      failed: this.#failed.size,
    };
  }

  /** What is on its way or waits for its turn. */
  get pending(): readonly T[] {
    return [...this.#running.values(), ...this.#waiting.values()];
  }

  /** What waits for its turn. */
  get queued(): readonly T[] {
    return [...this.#waiting.values()];
  }

  /** What failed, the oldest first. */
  get failures(): readonly FailedUpload<T>[] {
    return [...this.#failed.values()];
  }

  /** Puts a file in the queue. One that waits already keeps its place, with what is new about it. */
  add(upload: T): void {
    this.#failed.delete(upload.key);
    this.#waiting.set(upload.key, upload);
    this.#next();
  }

  /** Takes up what failed in another window's time, or in another run of this one. */
  restore(failures: readonly FailedUpload<T>[]): void {
    for (const failure of failures) {
      const { key } = failure.upload;
      const known = [this.#failed, this.#waiting, this.#running].some((each) => each.has(key));
      if (!known) this.#failed.set(key, failure);
    }
    this.#changed.fire(this.state);
  }

  /** Tries again what failed, in the order in which it was first to go up: all, or some. */
  retry(which: (upload: T) => boolean = () => true): void {
    const again = this.failures.filter(({ upload }) => which(upload));
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const { upload } of again) {
      this.#failed.delete(upload.key);
      this.#waiting.set(upload.key, upload);
    }
    for (const [key, upload] of later) this.#waiting.set(key, upload);
    this.#next();
  }

  /** Gives up what failed, or waits: the server's file stays as it is. */
  discard(key: string): void {
    const upload = this.#failed.get(key)?.upload ?? this.#waiting.get(key);
    if (!upload) return;
    this.#failed.delete(key);
    this.#waiting.delete(key);
    this.#discarded.fire(upload);
    this.#changed.fire(this.state);
  }

  /** Ends what runs and forgets the rest. */
  [Symbol.dispose](): void {
    this.#waiting.clear();
    this.#stop.abort(new Error('The window is closing'));
    this.#changed[Symbol.dispose]();
    this.#discarded[Symbol.dispose]();
  }

  #next(): void {
    for (const [key, upload] of this.#waiting) {
      if (this.#running.size >= mostAtOnce) break;
      if (this.#running.has(key)) continue;
      this.#waiting.delete(key);
      this.#running.set(key, upload);
      // It settles by itself and starts the next one.
      void this.#upload(upload);
    }
    this.#changed.fire(this.state);
  }

  async #upload(upload: T): Promise<void> {
    try {
      await this.#run(upload, this.#stop.signal);
    } catch (error) {
      // Saved again meanwhile: the newer bytes are about to be tried, and tell what comes of it.
      if (!this.#waiting.has(upload.key)) this.#failed.set(upload.key, { upload, error });
    } finally {
      this.#running.delete(upload.key);
      if (!this.#stop.signal.aborted) this.#next();
    }
  }
}
