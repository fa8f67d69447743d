import { concatBytes, sameBytes } from '../../src/base/bytes.ts';
import { CancelledError } from '../../src/base/abort.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { type RemotePath, toRemotePath } from '../../src/base/paths.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import { FtpError, LoginError, ReplyError } from '../../src/ftp/errors.ts';
import type { FolderListing, FtpConnection } from '../../src/ftp/ftpConnection.ts';
import {
  type Credentials,
  defaultOptions,
  type FtpConnectOptions,
  type Security,
} from '../../src/ftp/options.ts';
import {
  allRungs,
  type DataPortName,
  type Rung,
  type TransferModeName,
} from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { contentOf, type Dialogue, split } from './dialogue.ts';
import { controlPort, dialogueTls, serverHost } from './dialogueNetwork.ts';
import type { Chunking } from './dialoguePipe.ts';
import { DialoguePlayer } from './dialoguePlayer.ts';

/**
 * Plays a dialogue against the engine, its `@` lines as the user:
 *
 *   @ connect | quit              `! login USER PASSWORD ACCOUNT`, `! security`, `! rungs`
 *   @ list FOLDER = NAME NAME     the names in their order; `...` where there may be more
 *   @ retrieve PATH = CONTENT
 *   @ store PATH CONTENT
 *   @ size PATH = BYTES           and `delete`, `makeDirectory`, `probe`
 *   @ … fails KIND CODE …         each error's kind, its cause's after it; a reply with its code
 *   @ also …                      at once, without waiting for what came before
 *   @ cancel                      whatever is under way
 *
 * `! rungs block/default stream/epsv` is the ladder (`none`: no data port), `! depth` the pipeline's;
 * `! skip FEAT,MODE` is what the settings leave out;
 * `! framing proved` and `! MLSD raw`, `! LIST framed` are what the site's profile knows from before.
 * It knows, too, that the server's listings are in UTC, but for `! zone unknown`; and that STAT lists
 * nothing, but for `! stat unknown`.
 */
export async function playDialogue(dialogue: Dialogue, chunking: Chunking): Promise<void> {
  const user = new EngineUser(dialogue);
  const player = new DialoguePlayer(dialogue, chunking, (action) => user.act(action, player));
  try {
    await player.play();
  } finally {
    await user[Symbol.asyncDispose]();
  }
}

class EngineUser implements AsyncDisposable {
  readonly #dialogue: Dialogue;
  readonly #profile: ServerProfile;
  #connection: FtpConnection | undefined;
  #cancelling = new AbortController();

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
    this.#profile = profileOf(dialogue);
  }

  async act(action: string, player: DialoguePlayer): Promise<void> {
    if (action === 'cancel') {
      this.#cancelling.abort(new CancelledError('It'));
      this.#cancelling = new AbortController();
      return;
    }
    const [, what = '', how, expected = ''] = /^(.*?)(?: (=|fails) ?(.*))?$/.exec(action) ?? [];
    const outcome = await this.#outcome(what, player).catch((error: unknown) => {
      if (how === 'fails' && describe(error) === expected) return undefined;
      throw new Error(`"${what}" failed: ${describe(error)}: ${String(error)}`, { cause: error });
    });
    if (outcome === undefined) return;
    if (how === 'fails') throw new Error(`"${what}" did not fail`);
    if (how === '=') this.#compare(what, outcome, expected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
  }

  async #outcome(what: string, player: DialoguePlayer): Promise<string | Uint8Array> {
    const [verb, rest] = split(what);
    // A folder's path may hold blanks.
    const [target, content] = verb === 'list' ? ([rest, ''] as const) : split(rest);
    const { signal } = this.#cancelling;
    if (verb === 'connect') {
      this.#connection = await this.#connect(player, signal);
      return '';
    }
    const connection = this.#connection;
    if (!connection) throw new Error('Not connected');
    if (verb === 'quit') await connection[Symbol.asyncDispose]();
    if (verb === 'quit') return '';
    if (verb === 'probe') await connection.probe({ signal });
    if (verb === 'probe') return '';
    return await this.#onPath(connection, verb, toRemotePath(target), content, signal);
  }

  async #onPath(
    connection: FtpConnection,
    verb: string,
    path: RemotePath,
    content: string,
    signal: AbortSignal,
  ): Promise<string | Uint8Array> {
    const options = { signal };
    if (verb === 'retrieve') return await retrieve(connection, path, signal);
    if (verb === 'list') return namesOf(await connection.list(path, options));
    if (verb === 'renames') return (await connection.refusalToRename(path, options)) ? 'no' : 'yes';
    if (verb === 'size') return `${await connection.size(path, options)}`;
    if (verb === 'store') {
      return `${await connection.store(path, [contentOf(this.#dialogue, content)], options)}`;
    }
    if (verb === 'delete') await connection.deleteFile(path, options);
    else if (verb === 'makeDirectory') await connection.makeDirectory(path, options);
    else throw new Error(`The user cannot ${verb}`);
    return '';
  }

  async #connect(player: DialoguePlayer, signal: AbortSignal): Promise<FtpConnection> {
    const { settings } = this.#dialogue;
    const options: FtpConnectOptions = {
      ...defaultOptions,
      host: serverHost,
      port: controlPort,
      security: (settings.get('security') ?? 'none') as Security,
      rungs: rungsOf(this.#dialogue),
      pipelineDepth: Number(settings.get('depth') ?? 1),
      skipCommands: settings.get('skip')?.split(',') ?? [],
    };
    const { network, clock } = player;
    const tls = dialogueTls;
    const environment = { network, tls, clock, logger: silentLogger, profile: this.#profile };
    return await connectFtp(options, credentialsOf(this.#dialogue), environment, signal);
  }

  #compare(what: string, outcome: string | Uint8Array, expected: string): void {
    if (typeof outcome === 'string') {
      if (outcome !== expected) throw new Error(`"${what}" gave ${outcome}, not ${expected}`);
      return;
    }
    const content = contentOf(this.#dialogue, expected);
    if (!sameBytes(outcome, content)) {
      throw new Error(`"${what}" gave ${outcome.length} bytes that are not ${expected}`);
    }
  }
}

function namesOf({ entries, missing }: FolderListing): string {
  const names = entries.map(({ name }) => name);
  return (missing === undefined ? names : [...names, '...']).join(' ');
}

async function retrieve(
  connection: FtpConnection,
  path: RemotePath,
  signal: AbortSignal,
): Promise<Uint8Array> {
  await using retrieval = await connection.retrieve(path, { signal });
  const pieces: Uint8Array[] = [];
  for await (const piece of retrieval.bytes) pieces.push(piece);
  return concatBytes(pieces);
}

function profileOf(dialogue: Dialogue): ServerProfile {
  const profile = new ServerProfile(rungsOf(dialogue));
  const { settings } = dialogue;
  if (settings.get('framing') === 'proved') profile.framing.proved();
  if (settings.get('stat') !== 'unknown') profile.stat.refused();
  for (const verb of ['MLSD', 'LIST'] as const) {
    const known = settings.get(verb);
    if (known === 'raw' || known === 'framed') profile.framing.listingCame(verb, known);
  }
  if (settings.get('zone') !== 'unknown') knowUtc(profile);
  return profile;
}

// One time of summer and one of winter: with both known, the engine asks for no exact time of a file.
const seasons = ['2026-01-15', '2026-03-15', '2026-07-15', '2026-10-15'];

function knowUtc({ zone }: ServerProfile): void {
  for (const day of seasons) zone.see({ at: Date.parse(day), ahead: 0 });
}

function rungsOf({ settings }: Dialogue): readonly Rung[] {
  const names = settings.get('rungs');
  if (names === undefined) return allRungs;
  if (names === 'none') return [];
  return names.split(' ').map((name) => {
    const [mode, dataPort] = name.split('/') as [TransferModeName, DataPortName];
    return (
      allRungs.find((rung) => rung.mode === mode && rung.dataPort === dataPort) ?? {
        mode,
        dataPort,
      }
    );
  });
}

function credentialsOf({ settings }: Dialogue): Credentials {
  const [user = 'anna', password, account] = settings.get('login')?.split(' ') ?? [];
  return {
    user,
    ...(password !== undefined && { password }),
    ...(account !== undefined && { account }),
  };
}

/** "transfer reply 550": the kind of an error, then that of its cause. */
function describe(error: unknown): string {
  if (error instanceof CancelledError) return 'cancelled';
  if (!(error instanceof FtpError)) return 'other';
  const code =
    error instanceof ReplyError || error instanceof LoginError ? ` ${error.reply.code}` : '';
  return `${error.kind}${code}${error.cause instanceof FtpError ? ` ${describe(error.cause)}` : ''}`;
}
