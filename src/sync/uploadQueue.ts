import { Emitter, type Event } from '../base/event.ts';

/** How many files are uploaded at a time: "Save All" must not take every connection of a site. */
const mostAtOnce = 3;

/** A file to upload. The same file always has the same key. */
export interface Upload {
  readonly key: string;
}

/** A file whose upload failed, and why. */
export interface FailedUpload<T extends Upload> {
  readonly upload: T;
  readonly error: unknown;
}

/** How many uploads are in each state. */
export interface UploadState {
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
}

/**
 * Uploads files in the order in which they were saved. Uploads of the same file run one after the other,
 * and two saves before an upload make only one upload. A failed upload stays until it is retried,
 * discarded or saved again.
 */
export class UploadQueue<T extends Upload> implements Disposable {
  readonly onDidChange: Event<UploadState>;
  /** Fires with an upload that was discarded. */
  readonly onDidDiscard: Event<T>;
  readonly #run: (upload: T, signal: AbortSignal) => Promise<void>;
  readonly #changed = new Emitter<UploadState>();
  readonly #discarded = new Emitter<T>();
  readonly #stop = new AbortController();
  // Maps keep the order of their keys: that is the order of the queue.
  readonly #waiting = new Map<string, T>();
  readonly #running = new Map<string, T>();
  readonly #failed = new Map<string, FailedUpload<T>>();

  /** `run` uploads what the file holds when it is called. */
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

  /** Uploads that run or wait. */
  get pending(): readonly T[] {
    return [...this.#running.values(), ...this.#waiting.values()];
  }

  /** Uploads that wait. */
  get queued(): readonly T[] {
    return [...this.#waiting.values()];
  }

  /** Failed uploads, the oldest first. */
  get failures(): readonly FailedUpload<T>[] {
    return [...this.#failed.values()];
  }

  /** Adds a file to the queue. One that already waits keeps its place, with the new values. */
  add(upload: T): void {
    this.#failed.delete(upload.key);
    this.#waiting.set(upload.key, upload);
    this.#next();
  }

  /** Adds uploads that failed in another window, or in an earlier run of this one. */
  restore(failures: readonly FailedUpload<T>[]): void {
    for (const failure of failures) {
      const { key } = failure.upload;
      const known = [this.#failed, this.#waiting, this.#running].some((each) => each.has(key));
      if (!known) this.#failed.set(key, failure);
    }
    this.#changed.fire(this.state);
  }

  /** Retries failed uploads, all or some, in their original order. */
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

  /** Discards an upload that failed or waits: the server's file stays as it is. */
  discard(key: string): void {
    const upload = this.#failed.get(key)?.upload ?? this.#waiting.get(key);
    if (!upload) return;
    this.#failed.delete(key);
    this.#waiting.delete(key);
    this.#discarded.fire(upload);
    this.#changed.fire(this.state);
  }

  /** Ends the running uploads and forgets the others. */
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
      // Not awaited: it never rejects, and starts the next one itself.
      void this.#upload(upload);
    }
    this.#changed.fire(this.state);
  }

  async #upload(upload: T): Promise<void> {
    try {
      await this.#run(upload, this.#stop.signal);
    } catch (error) {
      // If the file was saved again meanwhile, the next upload will tell whether it succeeds.
      if (!this.#waiting.has(upload.key)) this.#failed.set(upload.key, { upload, error });
    } finally {
      this.#running.delete(upload.key);
      if (!this.#stop.signal.aborted) this.#next();
    }
  }
}
