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

/** What has been learnt of each site's server: shared by its connections, kept between starts. */
export class SiteProfiles {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #profiles = new Map<string, Kept>();

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** The profile of the site as it is set now; a new one when it has come to mean another server or account. */
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

  /** The same by the settings alone. */
  ofSite(site: Site): ServerProfile {
    return this.of(site, siteRungs(site));
  }

  /** Everything is said again to the site's server: what it did not survive may be mended. */
  sayAll(siteId: string): void {
    this.#profiles.get(siteId)?.profile.omissions.forget();
  }

  /** Writes down what is known of a site's server by now, if that is anything new. */
  keep(siteId: string): void {
    const known = this.#profiles.get(siteId);
    const remembered = known?.profile.remember(this.#clock.now());
    if (!known || !remembered) return;
    // When it was last used is no news by itself.
    const written = JSON.stringify(remembered, (key, value: unknown) =>
      key === 'at' ? undefined : value,
    );
    if (written === known.written) return;
    known.written = written;
    this.#storage.set(known.key, remembered);
  }
}
