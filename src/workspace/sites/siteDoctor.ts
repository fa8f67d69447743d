import { raceAbort } from '../../base/abort.ts';
import type { DoctorOptions } from '../../doctor/doctorOptions.ts';
import type { DoctorReport, FixChanges, Stage } from '../../doctor/report/report.ts';
import type { Credentials } from '../../ftp/options.ts';
import type { Passwords } from './passwords.ts';
import type { Site } from './site.ts';
import { siteConnectOptions, type SiteParts } from './siteConnectOptions.ts';
import type { LoginSources, SiteLogin } from './siteLogin.ts';
import { readSiteParts } from './siteParts.ts';
import type { SiteProfiles } from './siteProfiles.ts';
import type { SiteStore } from './siteStore.ts';

/** The Connection Doctor, which already has its parts. */
export type Diagnose = (
  site: Site,
  options: DoctorOptions,
  credentials: Credentials,
  signal: AbortSignal,
  onStage: (stage: Stage) => void,
) => Promise<DoctorReport>;

export interface SiteDoctorParts {
  readonly sources: LoginSources;
  readonly passwords: Passwords;
  readonly login: Pick<SiteLogin, 'allowQuestions'>;
  readonly store: Pick<SiteStore, 'edit'>;
  readonly profiles: Pick<SiteProfiles, 'sayAll'>;
  readonly diagnose: Diagnose;
}

/** How a site is tested. */
export interface SiteExamination {
  /** The test may write, rename and delete two small files. */
  readonly writes: boolean;
  readonly signal: AbortSignal;
  readonly onStage: (stage: Stage) => void;
}

/** Tests sites as they are set, and changes their settings as the diagnosis proposes. */
export class SiteDoctor {
  readonly #parts: SiteDoctorParts;

  constructor(parts: SiteDoctorParts) {
    this.#parts = parts;
  }

  /** Rejects with the signal's reason, or where the settings cannot be used. */
  async examine(
    siteId: string,
    { writes, signal, onStage }: SiteExamination,
  ): Promise<DoctorReport> {
    const { sources, passwords, profiles, diagnose } = this.#parts;
    const site = sources.site(siteId);
    const parts = await readSiteParts(site, sources.readPem, passwords, signal);
    const credentials = await raceAbort(passwords.credentials(site), signal);
    const options: DoctorOptions = {
      connect: siteConnectOptions(site, parts),
      connections: site.maxConnections,
      writes: writes && !site.readOnly,
      ...(site.root !== undefined && { folder: site.root }),
    };
    // The test sends every command again, also those left out lately, and so do the next connections.
    profiles.sayAll(siteId);
    const report = await diagnose(site, options, credentials, signal, onStage);
    // The next test, and the next connection, ask for the password again.
    if (report.cause === 'login-refused') passwords.refuse(siteId);
    else if (report.network.control === 'loggedIn') {
      // If saving fails, the user is asked again later; the report is not lost.
      await this.#keep(site, parts, credentials).catch(() => {});
    }
    return report;
  }

  async #keep(site: Site, { proxy, client }: SiteParts, { password }: Credentials): Promise<void> {
    const { passwords } = this.#parts;
    await passwords.accept(site, password);
    await passwords.acceptOthers(site, { proxy, keyPassphrase: client?.passphrase });
  }

  /** Changes the site's settings, and lets a site that could not connect try again. */
  async apply(siteId: string, { fingerprint, ...changes }: FixChanges): Promise<void> {
    const { store, sources, login } = this.#parts;
    if (fingerprint !== undefined) await sources.trust(sources.site(siteId), fingerprint);
    if (Object.keys(changes).length > 0) await store.edit(siteId, changes);
    login.allowQuestions(siteId);
  }
}
