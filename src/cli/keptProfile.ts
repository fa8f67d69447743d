import type { Clock } from '../base/clock.ts';
import type { Records } from '../base/records.ts';
import type { FtpConnectOptions } from '../ftp/options.ts';
import {
  parseRememberedProfile,
  type RememberedProfile,
} from '../ftp/profile/rememberedProfile.ts';
import { ServerProfile } from '../ftp/profile/serverProfile.ts';

/** What is known of a server, from earlier commands and from this one. */
export interface KeptProfile {
  readonly profile: ServerProfile;
  /** Keeps it for the next command. Never rejects: what is lost costs a few questions. */
  readonly keep: () => Promise<void>;
}

// Nobody works with more servers in a month: of more, the longest unused is forgotten.
const maxServers = 256;

const dayMs = 24 * 60 * 60 * 1000;

/** The profile of the server of these options for this user, as earlier commands have left it. */
export async function keptProfile(
  options: FtpConnectOptions,
  user: string,
  { records, clock }: { readonly records: Records; readonly clock: Clock },
): Promise<KeptProfile> {
  const key = keyOf(options, user);
  const remembered = parseRememberedProfile(await records.get(key), clock.now());
  const profile = new ServerProfile(options.rungs, remembered);
  return {
    profile,
    keep: async () => {
      const learnt = profile.remember(clock.now());
      if (!learnt || (remembered && newsOf(learnt) === newsOf(remembered))) return;
      try {
        await records.set(key, learnt);
        await records.trim(maxServers, [key]);
      } catch {
        // The disk is full or read-only: the command has done what it was asked to do.
      }
    },
  };
}

// What one user may do another may not; a server may offer less without TLS; and a rung that was
// chosen by an option is not the one to begin with where there is a choice.
function keyOf({ host, port, security, rungs }: FtpConnectOptions, user: string): string {
  const ladder = rungs.map(({ mode, dataPort }) => `${mode}-${dataPort}`);
  return JSON.stringify([host.toLowerCase(), port, security, user, ladder]);
}

/** All but the hour of its last use, which alone is not worth a write. */
function newsOf(profile: RememberedProfile): string {
  return JSON.stringify(profile, (key, value: unknown) =>
    key === 'at' && typeof value === 'number' ? Math.floor(value / dayMs) : value,
  );
}
