import type { Clock } from '../../base/clock.ts';
import type { Storage } from '../../base/storage.ts';
import { parseRememberedProfile } from '../../ftp/profile/rememberedProfile.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import type { Rung } from '../../ftp/rung.ts';
import { siteRungs } from './siteConnectOptions.ts';
import type { Site } from './site.ts';

interface Kept {
  readonly key: string;
  readonly profile: ServerProfile;
  written: string;
}

/** What Portside has learnt about each site's server: shared by its connections, kept between starts. */
export class SiteProfiles {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #profiles = new Map<string, Kept>();

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** The profile of the site as it is set now: a new one if the site means another server or user. */
  of({ id, host, port, username = '' }: Site, rungs: readonly Rung[]): ServerProfile {
    const ladder = rungs.map(({ mode, dataPort }) => `${mode}-${dataPort}`).join(',');
    const key = `profile:${id}:${host}:${port}:${username}:${ladder}`;
    const known = this.#profiles.get(id);
    if (known?.key === key) return known.profile;
    const remembered = parseRememberedProfile(this.#storage.get(key), this.#clock.now());
    const profile = new ServerProfile(rungs, remembered);
    this.#profiles.set(id, { key, profile, written: '' });
    return profile;
  }

  /** The same, for the rungs that the settings allow. */
  ofSite(site: Site): ServerProfile {
    return this.of(site, siteRungs(site));
  }

  /** Sends every command to the site's server again: what it did not survive may have been repaired. */
  sayAll(siteId: string): void {
    this.#profiles.get(siteId)?.profile.omissions.forget();
  }

  /** Saves what is known about a site's server, if there is anything new. */
  keep(siteId: string): void {
    const known = this.#profiles.get(siteId);
    const remembered = known?.profile.remember(this.#clock.now());
    if (!known || !remembered) return;
    // Only the time of its last use has changed: that is not worth a write.
    const written = JSON.stringify(remembered, (key, value: unknown) =>
      key === 'at' ? undefined : value,
    );
    if (written === known.written) return;
    known.written = written;
    this.#storage.set(known.key, remembered);
  }
}
